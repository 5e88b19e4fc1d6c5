-- name: record_whole
-- A day was read whole and published. `unchecked`: what is served is not all what was checked, so its rules are due.
insert into sync.entity_day as d (
    system, entity, business_day, state, rows, as_of, looked_at, loaded_at, complete_at, read_began_at,
    complete_load_id, dirty_since, checked_at, checks_passed, checks_failed, blocking_failed
) values (
    %(system)s, %(entity)s, %(day)s, 'complete', %(rows)s, %(as_of)s, %(looked_at)s, now(), %(looked_at)s, %(read_began_at)s,
    %(load_id)s, case when %(unchecked)s then now() end, now(), %(checks_passed)s, %(checks_failed)s, 0
)
on conflict (system, entity, business_day) do update
set state = 'complete', rows = excluded.rows, as_of = greatest(d.as_of, excluded.as_of),
    looked_at = greatest(d.looked_at, excluded.looked_at), loaded_at = excluded.loaded_at,
    complete_at = excluded.complete_at, read_began_at = excluded.read_began_at,
    complete_load_id = excluded.complete_load_id, dirty_since = excluded.dirty_since,
    checked_at = excluded.checked_at, checks_passed = excluded.checks_passed, checks_failed = excluded.checks_failed,
    blocking_failed = 0, rejected_since = null

-- name: record_delta
-- Changes were applied to a day; a day that was never read whole stays partial. Where branches report one by one, a
-- change of one of them says nothing of the day as a whole: `moves_as_of` is false. Nor is a day true as of a change
-- while others of its changes could not be taken in.
insert into sync.entity_day as d (system, entity, business_day, state, rows, as_of, looked_at, loaded_at, dirty_since)
values (%(system)s, %(entity)s, %(day)s, 'partial', %(rows)s, %(as_of)s, %(looked_at)s, now(), now())
on conflict (system, entity, business_day) do update
set rows = excluded.rows,
    as_of = case when %(moves_as_of)s and d.rejected_since is null then greatest(d.as_of, excluded.as_of) else coalesce(d.as_of, excluded.as_of) end,
    looked_at = greatest(d.looked_at, excluded.looked_at), loaded_at = excluded.loaded_at,
    state = case when d.state = 'not_obtainable' then 'partial' else d.state end,
    dirty_since = coalesce(d.dirty_since, excluded.dirty_since)

-- name: recount
-- The live rows of a day that records moved away from.
update sync.entity_day set rows = %(rows)s, loaded_at = now(), dirty_since = coalesce(dirty_since, now())
where system = %(system)s and entity = %(entity)s and business_day = %(day)s

-- name: record_held
-- A day was read and not published: what is served stays, the state says that something newer is held back.
insert into sync.entity_day as d (system, entity, business_day, state, blocking_failed, rejected_since)
values (%(system)s, %(entity)s, %(day)s, 'held', %(blocking_failed)s, case when %(rejected)s then now() end)
on conflict (system, entity, business_day) do update
set state = 'held', blocking_failed = excluded.blocking_failed,
    rejected_since = coalesce(d.rejected_since, excluded.rejected_since)

-- name: rejected_before
-- How many records of a day could not be taken in by loads since it was last read whole, and still wait as dead letters.
select count(*)
from sync.dead_letter d
join sync.load l on l.load_id = d.load_id
where d.system = %(system)s and d.entity = %(entity)s and d.business_day = %(day)s and d.state = 'open'
    and l.started_at >= coalesce(
        (
            select c.started_at from sync.entity_day e join sync.load c on c.load_id = e.complete_load_id
            where e.system = %(system)s and e.entity = %(entity)s and e.business_day = %(day)s
        ), '-infinity'
    )

-- name: hold_rejected
-- So many changes of a day that was read whole could not be taken in that it is held until it is read whole again.
update sync.entity_day set state = 'held', rejected_since = coalesce(rejected_since, now())
where system = %(system)s and entity = %(entity)s and business_day = %(day)s and state in ('complete', 'held')

-- name: record_not_obtainable
-- A past day of a state entity that nobody observed: shown so, never filled with today's value.
insert into sync.entity_day (system, entity, business_day, state)
values (%(system)s, %(entity)s, %(day)s, 'not_obtainable')
on conflict (system, entity, business_day) do nothing

-- name: record_checks
-- The day's rules ran after a delta: a failed blocking rule holds the day, a passed run frees it.
update sync.entity_day
set checked_at = now(), checks_passed = %(checks_passed)s, checks_failed = %(checks_failed)s,
    blocking_failed = %(blocking_failed)s,
    dirty_since = case when loaded_at is distinct from %(loaded_at)s then coalesce(dirty_since, loaded_at) end,
    state = case
        when %(blocking_failed)s > 0 or rejected_since is not null then 'held'
        when state = 'held' then case when complete_at is null then 'partial' else 'complete' end
        else state
    end
where system = %(system)s and entity = %(entity)s and business_day = %(day)s

-- name: looked
-- We asked and got a complete answer: the open day's clocks move on although nothing changed.
update sync.entity_day
set looked_at = greatest(looked_at, %(looked_at)s), as_of = greatest(as_of, %(as_of)s)
where system = %(system)s and entity = %(entity)s and business_day = %(day)s and state in ('complete', 'partial')

-- name: branch_clocks
-- as_of of each branch; it never goes back. A poll of every few seconds tells of hundreds of branches and moves few:
-- the time of the last look alone is written once a minute, so it may be shown a minute older than it is.
insert into sync.branch_clock as b (system, entity, business_day, branch, as_of, looked_at)
select %(system)s, %(entity)s, %(day)s, branch, as_of, %(looked_at)s
from unnest(%(branches)s::text[], %(as_of)s::timestamptz[]) as told(branch, as_of)
order by branch
on conflict (system, entity, business_day, branch) do update
set as_of = greatest(b.as_of, excluded.as_of), looked_at = greatest(b.looked_at, excluded.looked_at)
where excluded.as_of > b.as_of or excluded.looked_at >= b.looked_at + interval '1 minute'

-- name: read
-- One entity's day. A whole read with the partner's own count was only published because that count agreed.
select d.state, d.rows, d.as_of, d.looked_at, d.loaded_at, d.complete_at, d.read_began_at, d.complete_load_id, d.dirty_since,
    d.checked_at, d.checks_passed, d.checks_failed, d.blocking_failed, l.partner_count is not null as confirmed,
    (
        select c.branch from sync.branch_clock c
        where c.system = d.system and c.entity = d.entity and c.business_day = d.business_day
        order by c.as_of, c.branch limit 1
    ) as limited_by
from sync.entity_day d
left join sync.load l on l.load_id = d.complete_load_id
where d.system = %(system)s and d.entity = %(entity)s and d.business_day = %(day)s

-- name: read_branches
-- Each branch's clock on one day, oldest as_of first.
select branch, as_of, looked_at from sync.branch_clock
where system = %(system)s and entity = %(entity)s and business_day = %(day)s
order by as_of, branch

-- name: first_read
-- When the oldest whole read that is still served began: the changes since then are not known yet.
select min(read_began_at) from sync.entity_day
where system = %(system)s and entity = %(entity)s and business_day >= coalesce(%(since)s, business_day)

-- name: states
-- The state of each known day of a system from a day on; `rejected` is held for the records that it rejected.
select entity, business_day, case when rejected_since is not null and state = 'held' then 'rejected' else state end,
    complete_at, dirty_since, now() - checked_at
from sync.entity_day where system = %(system)s and business_day >= %(since)s

-- name: reported
-- Dagster was told about a day's load. A run may tell its own after a sensor told a newer one: that stays the newest.
update sync.entity_day d set reported_load_id = %(load_id)s
where system = %(system)s and entity = %(entity)s and business_day = %(day)s
    and not exists (
        select from sync.load told, sync.load this
        where told.load_id = d.reported_load_id and this.load_id = %(load_id)s and told.started_at > this.started_at
    )

-- name: oldest_branch
-- Where branches report one by one, a day is as true as its oldest branch.
update sync.entity_day d set as_of = oldest.as_of
from (
    select min(as_of) as as_of from sync.branch_clock
    where system = %(system)s and entity = %(entity)s and business_day = %(day)s
) as oldest
where d.system = %(system)s and d.entity = %(entity)s and d.business_day = %(day)s and d.as_of <> oldest.as_of

-- name: last_loaded
-- When anything of a day or the one before was last committed.
select max(loaded_at) from sync.entity_day
where system = %(system)s and entity = %(entity)s and business_day in (%(day)s, %(day)s - 1)
