-- name: exchange
-- A request and its answer that are over age, whatever came of them.
t.requested_at < %(exchanges)s

-- name: uneventful_exchange
-- A poll that succeeded and brought nothing: no change came with it, and nothing was loaded of its entity meanwhile. A
-- request for the whole system, like a token's, counts with whatever was loaded of the system. The request that a day's
-- verification rests on stays.
t.requested_at < %(uneventful_exchanges)s
and t.requested_at >= %(exchanges)s
and t.error_kind is null
and t.status < 400
and not exists (select from sync.change c where c.exchange_id = t.exchange_id)
and not exists (select from sync.verification v where v.exchange_id = t.exchange_id)
and not exists (
    select from sync.load l
    where l.correlation_id = t.correlation_id and l.system = t.system and l.entity = coalesce(t.entity, l.entity)
)

-- name: exchange_body
-- The body of an answer that is over age, or whose request is no longer kept; not while a change that it brought waits.
-- Those that lie in a store go with their files (audit/moved_bodies.py).
t.stored_as is null
and (
    t.kept_at < %(exchange_bodies)s
    or not exists (select from sync.exchange e where e.exchange_id = t.exchange_id)
)
and not exists (select from sync.change c where c.exchange_id = t.exchange_id and c.applied_load_id is null)

-- name: change
-- A change that was applied, and that not by a recent load. A waiting one never: it is all there is of its record.
t.captured_at < %(changes)s
and t.applied_load_id is not null
and not exists (select from sync.load l where l.load_id = t.applied_load_id and l.started_at >= %(changes)s)

-- name: load
-- A load with a later one of the same day and outcome. The newest of each outcome says how the day stands and why it
-- last failed; what the day, a dead letter or a rule's result names stays too. Changes need no asking: they are never
-- kept for longer than loads.
t.started_at < %(loads)s
and exists (
    select from sync.load n
    where n.system = t.system and n.entity = t.entity and n.business_day = t.business_day and n.outcome = t.outcome
        and (n.started_at, n.load_id) > (t.started_at, t.load_id)
)
and not exists (
    select from sync.entity_day d
    where d.system = t.system and d.entity = t.entity and d.business_day = t.business_day
        and t.load_id in (d.complete_load_id, d.reported_load_id)
)
and not exists (select from sync.dead_letter m where m.load_id = t.load_id)
and not exists (select from sync.check_result c where c.load_id = t.load_id)

-- name: webhook_delivery
-- A delivery that was taken in or ignored. A waiting one never, nor a dead one: it is all there is of its event.
t.received_at < %(webhook_deliveries)s and t.state in ('captured', 'ignored')

-- name: dead_letter
-- A letter that somebody resolved. An open one never.
t.last_at < %(dead_letters)s and t.state <> 'open'

-- name: dead_letter_action
-- What was done with a letter that is no longer kept.
not exists (
    select from sync.dead_letter d
    where d.dead_letter_id = t.dead_letter_id and not (d.last_at < %(dead_letters)s and d.state <> 'open')
)

-- name: run_request
-- A request with a later one for the same purpose: only the last one is ever looked at.
t.asked_at < %(run_requests)s
and exists (
    select from sync.run_request n where n.system = t.system and n.purpose = t.purpose and n.asked_at > t.asked_at
)

-- name: branch_clock
-- The branches of a past day that was not looked at again since. All of them go together: without the oldest one, the
-- day would seem to be limited by another. What the day is true as of stays in sync.entity_day.
t.business_day < %(branch_clocks)s::date
and not exists (
    select from sync.branch_clock n
    where n.system = t.system and n.entity = t.entity and n.business_day = t.business_day
        and n.looked_at >= %(branch_clocks)s
)

-- name: stock_comparison
-- A day's comparison, whole; the newest one stays however old it is.
t.business_day < %(stock_comparisons)s::date
and t.business_day < (select max(n.business_day) from sync.stock_comparison n)

-- name: stock_comparison_day
-- A day's comparison in figures, as long as its rows.
t.business_day < %(stock_comparisons)s::date
and t.business_day < (select max(n.business_day) from sync.stock_comparison_day n)

-- name: profile
-- What a day's values look like, once no day is compared with it any more.
t.business_day < %(profiles)s::date

-- name: shape
-- The shape of a day's records; those of the first day under each version of a contract say what was known when it was
-- released, and stay.
t.business_day < %(profiles)s::date
and t.observed_at >= (
    select min(f.observed_at) + interval '1 day' from sync.shape f
    where f.system = t.system and f.entity = t.entity and f.contract_version = t.contract_version
)

-- name: volume
-- A day's rows by branch and hour; the same season of last year is kept.
t.business_day < %(volumes)s::date

-- name: lease
-- The lease of a past day. With its row its fencing token is forgotten, so a writer that still lives may not have it: its
-- session would be older than the lease's end.
t.scope ~ '^\d\d\d\d-\d\d-\d\d$'
and t.scope < %(leases)s::date::text
and t.expires_at < %(leases)s
and t.expires_at < (
    select coalesce(min(s.backend_start), 'infinity') from pg_stat_activity s
    where s.datname = current_database() and s.application_name = 'sync_platform' and s.pid <> pg_backend_pid()
)

-- name: freshness_lag
-- A sample of how old data was: a trend, which nothing refers to.
t.sampled_at < %(freshness_lags)s

-- name: access_log
-- A look or action of long ago; the table refuses to lose a younger one (migration 0013).
t.at < %(accesses)s
