-- One row per system, entity and business day that was ever tried: state, clocks, checks, dead letters, last failure.
create or replace view report.freshness as
with tried as (
    select system, entity, business_day from sync.entity_day
    union all
    -- A partner that never answered has no day yet, only failed loads: that must not look like "nothing there".
    select distinct l.system, l.entity, l.business_day
    from sync.load l
    where l.error_kind is not null
        and not exists (
            select from sync.entity_day d
            where d.system = l.system and d.entity = l.entity and d.business_day = l.business_day
        )
)
select
    t.system,
    t.entity,
    t.business_day,
    coalesce(d.state, 'never_loaded') as state,
    coalesce(d.rows, 0) as rows,
    case when b.as_of < d.as_of then b.as_of else d.as_of end as as_of,
    b.branch as limited_by_branch,
    d.looked_at,
    d.loaded_at,
    d.complete_at,
    coalesce(d.checks_passed, 0) as checks_passed,
    coalesce(d.checks_failed, 0) as checks_failed,
    coalesce(d.blocking_failed, 0) as blocking_failed,
    letters.open as open_dead_letters,
    failed.error_kind as last_failure_kind,
    failed.error as last_failure,
    failed.started_at as last_failure_at,
    v.state as verdict,
    v.sentence as verdict_sentence,
    v.limited_by as verdict_limited_by,
    v.since as verdict_since,
    v.judged_at as verdict_judged_at,
    (
        select count(*)
        from sync.change c
        where c.system = t.system and c.entity = t.entity and c.business_day = t.business_day
            and c.applied_load_id is null
    ) as changes_waiting,
    d.dirty_since as rules_due_since,
    o.days as owed_days,
    o.first_day as first_owed_day,
    o.last_day as last_owed_day,
    o.judged_at as owed_judged_at,
    through.verified_through,
    through.settled_through,
    through.hole_day
from tried t
left join sync.entity_day d using (system, entity, business_day)
left join sync.freshness_verdict v using (system, entity, business_day)
left join sync.owed o using (system, entity)
left join sync.verified_through through using (system, entity)
left join lateral (
    select c.branch, c.as_of
    from sync.branch_clock c
    where c.system = t.system and c.entity = t.entity and c.business_day = t.business_day
    order by c.as_of, c.branch
    limit 1
) b on true
cross join lateral (
    select count(*) as open
    from sync.dead_letter m
    where m.system = t.system and m.entity = t.entity and m.business_day = t.business_day and m.state = 'open'
) letters
left join lateral (
    select l.error_kind, l.error, l.started_at
    from sync.load l
    where l.system = t.system and l.entity = t.entity and l.business_day = t.business_day
        and l.error_kind is not null
        and l.started_at > coalesce(
            (
                select p.started_at
                from sync.load p
                where p.system = t.system and p.entity = t.entity and p.business_day = t.business_day
                    and p.outcome in ('published', 'empty')
                order by p.started_at desc
                limit 1
            ),
            '-infinity'
        )
    order by l.started_at desc
    limit 1
) failed on true;

comment on view report.freshness is
    'Where each entity and business day stands: one row per system, entity and business day that was ever tried';
comment on column report.freshness.system is 'Partner system, like pos';
comment on column report.freshness.entity is 'Kind of record of that system, like sales';
comment on column report.freshness.business_day is 'The day in the partner''s own time zone that the records belong to';
comment on column report.freshness.state is
    'complete: read whole; partial: only changes were taken in; held: a newer version is held back by a failed check or bad records; not_obtainable: a past state that nobody observed; never_loaded: every attempt failed';
comment on column report.freshness.rows is 'Live rows in the landing table, tombstones left out';
comment on column report.freshness.as_of is
    'The data is true as of this moment, by the partner''s clock; where the partner reports per branch, the oldest branch''s';
comment on column report.freshness.limited_by_branch is
    'The branch with the oldest as_of; null where the partner does not report per branch';
comment on column report.freshness.looked_at is 'When we last asked and got a complete answer, changed or not';
comment on column report.freshness.loaded_at is 'When data of this day was last committed to this database';
comment on column report.freshness.complete_at is 'When the day was last read whole; null if never';
comment on column report.freshness.checks_passed is 'Rules of the contract that passed when they last ran on this day';
comment on column report.freshness.checks_failed is 'Rules that failed, blocking ones included';
comment on column report.freshness.blocking_failed is 'Failed rules that hold the day back';
comment on column report.freshness.open_dead_letters is
    'Records of this day that could not be taken in and that nobody has resolved';
comment on column report.freshness.last_failure_kind is
    'Kind of the newest failed load since the last published one: unreachable, throttled, refused, misbehaved, held, …; null if none';
comment on column report.freshness.last_failure is 'What that failure said, and its remedy; never a secret or a record';
comment on column report.freshness.last_failure_at is 'When that failed load began';
comment on column report.freshness.verdict is
    'The day against its promise when it was last judged: fresh, quiet, closed, stale (we are answered, the data is old), sync_stopped (we are not answered), late, incomplete, held, never_loaded or not_obtainable';
comment on column report.freshness.verdict_sentence is 'The verdict in words, times in UTC';
comment on column report.freshness.verdict_limited_by is 'The branch that decided the verdict; null where none did';
comment on column report.freshness.verdict_since is 'When the day was first seen in this state';
comment on column report.freshness.verdict_judged_at is
    'When it was judged; a platform that stands still judges nothing, so an old moment here says that nobody looks';
comment on column report.freshness.changes_waiting is 'Changes captured for this day that are not applied yet';
comment on column report.freshness.rules_due_since is
    'First change since the rules last ran on this day; null where they ran on what is there';
comment on column report.freshness.owed_days is
    'Days of the entity that are still to be read whole, of its declared history and of older ones that changes touched; null before that was judged';
comment on column report.freshness.first_owed_day is 'The oldest of these days; null if there is none';
comment on column report.freshness.last_owed_day is 'The newest of these days; null if there is none';
comment on column report.freshness.owed_judged_at is
    'When they were counted: every minute while the platform runs, so an old moment here says that nobody looks';
comment on column report.freshness.verified_through is
    'Up to this day, without a hole, the entity agrees with what its partner says of it; null if it does not, or nobody asked';
comment on column report.freshness.settled_through is 'The entity''s last settled day when that was judged; null if nobody asked';
comment on column report.freshness.hole_day is 'The entity''s first settled day that does not agree; null if all do';
