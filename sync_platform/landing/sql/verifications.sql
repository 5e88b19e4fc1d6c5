-- name: store_answer
-- The partner answered: its figures, ours and the verdict take the place of the day's last ones.
insert into sync.verification (
    system, entity, business_day, scope, verdict, words, asked_until, partner_count, landed_count, dead_letters,
    partner_sums, landed_sums, dead_letter_sums, missing_here, missing_there, changed, rejected, searched, requests,
    asked_at, compared_at, compared_load_at, exchange_id
) values (
    %(system)s, %(entity)s, %(day)s, %(scope)s, %(verdict)s, %(words)s, %(asked_until)s, %(partner_count)s,
    %(landed_count)s, %(dead_letters)s, %(partner_sums)s, %(landed_sums)s, %(dead_letter_sums)s, %(missing_here)s,
    %(missing_there)s, %(changed)s, %(rejected)s, %(searched)s, %(requests)s, %(asked_at)s, now(),
    %(compared_load_at)s, %(exchange_id)s
)
on conflict (system, entity, business_day, scope) do update
set verdict = excluded.verdict, words = excluded.words, asked_until = excluded.asked_until,
    partner_count = excluded.partner_count, landed_count = excluded.landed_count,
    dead_letters = excluded.dead_letters, partner_sums = excluded.partner_sums, landed_sums = excluded.landed_sums,
    dead_letter_sums = excluded.dead_letter_sums, missing_here = excluded.missing_here,
    missing_there = excluded.missing_there, changed = excluded.changed, rejected = excluded.rejected,
    searched = excluded.searched, requests = excluded.requests, asked_at = excluded.asked_at,
    compared_at = excluded.compared_at, compared_load_at = excluded.compared_load_at,
    exchange_id = excluded.exchange_id, failed_at = null, failure_kind = null, failure = null

-- name: store_failure
-- The partner was asked in vain: what it said before stays, and nothing that was not verified becomes so.
insert into sync.verification (
    system, entity, business_day, scope, verdict, words, requests, failed_at, failure_kind, failure
) values (
    %(system)s, %(entity)s, %(day)s, %(scope)s, 'unanswered', %(words)s, %(requests)s, now(), %(failure_kind)s,
    %(failure)s
)
on conflict (system, entity, business_day, scope) do update
set failed_at = excluded.failed_at, failure_kind = excluded.failure_kind, failure = excluded.failure

-- name: forget_differences
-- The keys that the day's last verification found.
delete from sync.verification_difference
where system = %(system)s and entity = %(entity)s and business_day = %(day)s and scope = %(scope)s

-- name: store_difference
-- A key that differs.
insert into sync.verification_difference (system, entity, business_day, scope, record_key, kind, fields, note)
values (%(system)s, %(entity)s, %(day)s, %(scope)s, %(record_key)s, %(kind)s, %(fields)s, %(note)s)

-- name: verdicts
-- What is known of each day's verification, with the day's own clock to tell whether it changed since.
select d.business_day, v.verdict, d.loaded_at is distinct from v.compared_load_at as changed_since,
    now() - v.compared_at as rested, now() - v.failed_at as failed_ago
from sync.entity_day d
left join sync.verification v
    on v.system = d.system and v.entity = d.entity and v.business_day = d.business_day and v.scope = 'day'
where d.system = %(system)s and d.entity = %(entity)s and d.complete_at is not null
    and d.business_day between %(since)s and %(through)s
order by d.business_day

-- name: judge_through
-- Up to which day every settled day agrees: counted over the calendar's days, so that a day that was never loaded or
-- never verified is a hole like one that differs.
with known as (
    select coalesce(%(since)s::date, min(business_day)) as first_day
    from sync.entity_day
    where system = %(system)s and entity = %(entity)s and state <> 'not_obtainable'
),
days as (
    select day::date as business_day
    from known, generate_series(known.first_day, %(settled)s::date, interval '1 day') as day
),
hole as (
    select days.business_day,
        case
            when d.complete_at is null then 'never loaded whole'
            when v.verdict is null then 'not verified'
            else v.verdict
        end as hole
    from days
    left join sync.entity_day d
        on d.system = %(system)s and d.entity = %(entity)s and d.business_day = days.business_day
    left join sync.verification v
        on v.system = %(system)s and v.entity = %(entity)s and v.business_day = days.business_day and v.scope = 'day'
    where d.complete_at is null or v.verdict is null or v.verdict not in ('agrees', 'explained')
    order by days.business_day
    limit 1
)
insert into sync.verified_through (
    system, entity, verified_from, verified_through, settled_through, hole_day, hole, judged_at
)
select %(system)s, %(entity)s, known.first_day,
    case
        when hole.business_day is null and known.first_day <= %(settled)s then %(settled)s::date
        when hole.business_day > known.first_day then hole.business_day - 1
    end,
    %(settled)s, hole.business_day, hole.hole, now()
from known left join hole on true
on conflict (system, entity) do update
set verified_from = excluded.verified_from, verified_through = excluded.verified_through,
    settled_through = excluded.settled_through, hole_day = excluded.hole_day, hole = excluded.hole,
    judged_at = excluded.judged_at
returning verified_from, verified_through, settled_through, hole_day, hole

-- name: read_through
-- Up to which day each entity was verified.
select system, entity, verified_from, verified_through, settled_through, hole_day, hole
from sync.verified_through
