-- One row per system, entity and business day: what the checks found, and what could not be taken in.
create or replace view report.quality as
select
    d.system,
    d.entity,
    d.business_day,
    case
        when d.state = 'not_obtainable' then 'not_obtainable'
        when d.state = 'held' or d.blocking_failed > 0 then 'blocked'
        when d.checks_failed > 0 then 'warned'
        when d.checks_passed > 0 then 'passed'
        else 'unchecked'
    end as state,
    d.checks_passed,
    d.checks_failed,
    d.blocking_failed,
    d.checked_at,
    d.dirty_since as changed_since_checked,
    d.rows,
    letters.open as open_dead_letters,
    letters.total as dead_letters
from sync.entity_day d
left join (
    select system, entity, business_day, count(*) filter (where state = 'open') as open, count(*) as total
    from sync.dead_letter
    group by system, entity, business_day
) l using (system, entity, business_day)
cross join lateral (select coalesce(l.open, 0) as open, coalesce(l.total, 0) as total) letters;

comment on view report.quality is
    'What the checks found: one row per system, entity and business day that was ever loaded';
comment on column report.quality.system is 'Partner system, like pos';
comment on column report.quality.entity is 'Kind of record of that system, like sales';
comment on column report.quality.business_day is 'The day in the partner''s own time zone that the records belong to';
comment on column report.quality.state is
    'blocked: a blocking check failed, or the day is held; warned: a check failed that blocks nothing; passed: all passed; unchecked: no rule has run; not_obtainable: a past state that nobody observed';
comment on column report.quality.checks_passed is 'Rules that passed when they last ran on this day';
comment on column report.quality.checks_failed is 'Rules that failed, blocking ones included';
comment on column report.quality.blocking_failed is 'Failed rules that hold the day back';
comment on column report.quality.checked_at is 'When the rules last ran; null if never';
comment on column report.quality.changed_since_checked is
    'First change since the rules last ran; null where they ran on what is there';
comment on column report.quality.rows is 'Live rows in the landing table, tombstones left out';
comment on column report.quality.open_dead_letters is 'Records of this day that could not be taken in and wait for somebody';
comment on column report.quality.dead_letters is 'The same with the resolved ones, as far as they are kept';
