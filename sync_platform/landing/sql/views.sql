-- name: freshness
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
    failed.started_at as last_failure_at
from tried t
left join sync.entity_day d using (system, entity, business_day)
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
    'complete: read whole; partial: only changes were taken in; held: a newer version is held back by a failed check; not_obtainable: a past state that nobody observed; never_loaded: every attempt failed';
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

-- name: stock_comparison
-- POS against shop, per SKU and branch: the last comparison of each business day.
create or replace view report.stock_comparison as
select business_day, sku, branch, pos_units, shop_units, difference, verdict, pos_as_of, shop_as_of, as_of, limited_by,
    compared_at
from sync.stock_comparison;

comment on view report.stock_comparison is
    'POS against shop, one row per business day, SKU and branch that the shop lists: both figures, both as_of, the difference';
comment on column report.stock_comparison.business_day is 'The business day that was compared';
comment on column report.stock_comparison.sku is 'The product, as the shop writes it';
comment on column report.stock_comparison.branch is 'The branch that holds the stock';
comment on column report.stock_comparison.pos_units is
    'Sellable units the POS counts, cases converted; null where the POS does not know the SKU in this branch';
comment on column report.stock_comparison.shop_units is
    'Sellable units the shop believes are available; null where it states none';
comment on column report.stock_comparison.difference is
    'Shop less POS, in sellable units: above 0 the shop promises more than there is; null where one side is missing';
comment on column report.stock_comparison.verdict is 'agrees, differs, oversold, missing_at_pos or missing_at_shop';
comment on column report.stock_comparison.pos_as_of is 'The POS figure is true as of this moment, by the POS''s clock';
comment on column report.stock_comparison.shop_as_of is 'The shop figure is true as of this moment, by the shop''s clock';
comment on column report.stock_comparison.as_of is 'The older of both: the comparison is true as of this moment';
comment on column report.stock_comparison.limited_by is 'The input whose as_of is the older one';
comment on column report.stock_comparison.compared_at is 'When the comparison was made, by our clock';

-- name: volume
-- Rows per business day, branch and hour, as the volume check compares them.
create or replace view report.volume as
select v.system, v.entity, v.business_day, nullif(v.branch, '') as branch, hours.hour - 1 as hour,
    coalesce(hours.rows, v.rows) as rows, v.taken_at
from sync.volume v
left join lateral unnest(v.by_hour) with ordinality as hours(rows, hour) on true;

comment on view report.volume is
    'How many rows each business day has, per branch and hour, when it was last looked at; one row per day and branch where records have no moment';
comment on column report.volume.system is 'Partner system, like pos';
comment on column report.volume.entity is 'Kind of record of that system, like sales';
comment on column report.volume.business_day is 'The day in the partner''s own time zone that the records belong to';
comment on column report.volume.branch is 'The branch; null for all branches together, also records without one';
comment on column report.volume.hour is
    'Hour of the partner''s wall clock, 0 to 23, in which the records happened; null where they have no moment';
comment on column report.volume.rows is 'Live rows';
comment on column report.volume.taken_at is 'When the day was last looked at, by our clock';

-- name: profile
-- What the values of each business day look like, field by field, as the drift checks compare them.
create or replace view report.profile as
select system, entity, business_day, age, field, kind, rows, nulls,
    case when rows > 0 then nulls::float8 / rows end as missing_share,
    distinct_values, minimum, maximum, mean, counts, rest, taken_at
from sync.profile;

comment on view report.profile is
    'What the values of each business day look like: one row per day, age and field; never a value of a personal field';
comment on column report.profile.system is 'Partner system, like pos';
comment on column report.profile.entity is 'Kind of record of that system, like sales';
comment on column report.profile.business_day is 'The day in the partner''s own time zone that the records belong to';
comment on column report.profile.age is
    'How old the day was when it was looked at: running_1 to running_4 by its quarters, fresh (ended less than three days before) or settled; current of a state';
comment on column report.profile.field is 'Field of the contract; _lateness for how long records take to become known';
comment on column report.profile.kind is
    'What is counted: values, number (sizes, in bins 19 % wide), hours (of the day), delays, or presence alone';
comment on column report.profile.rows is 'Live rows';
comment on column report.profile.nulls is 'Rows in which the field is missing';
comment on column report.profile.missing_share is 'nulls / rows; null for a day without rows';
comment on column report.profile.distinct_values is 'Different values; null where values are not counted';
comment on column report.profile.minimum is 'Smallest number';
comment on column report.profile.maximum is 'Largest number';
comment on column report.profile.mean is 'Average of the numbers';
comment on column report.profile.counts is 'Rows by value, size bin, hour or delay bin, as JSON';
comment on column report.profile.rest is 'Rows whose value is not listed in counts';
comment on column report.profile.taken_at is 'When the profile was taken, by our clock';
