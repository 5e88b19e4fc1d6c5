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

-- name: verification
-- One row per system, entity and business day that was held against its partner: both figures, the verdict, the keys.
create or replace view report.verification as
select
    v.system,
    v.entity,
    v.business_day,
    v.scope,
    v.verdict,
    v.words,
    v.partner_count,
    v.landed_count,
    v.dead_letters,
    v.partner_sums,
    v.landed_sums,
    v.dead_letter_sums,
    v.missing_here,
    v.missing_there,
    v.changed,
    v.rejected,
    v.searched,
    keys.differing_keys,
    v.requests,
    v.asked_at,
    v.asked_until,
    v.compared_at,
    v.failed_at,
    v.failure_kind,
    v.failure,
    t.verified_from,
    t.verified_through,
    t.settled_through,
    t.hole_day,
    t.hole
from sync.verification v
left join sync.verified_through t using (system, entity)
left join lateral (
    select jsonb_agg(
        jsonb_build_object('key', d.record_key, 'kind', d.kind, 'fields', d.fields, 'note', d.note)
        order by d.kind, d.record_key
    ) as differing_keys
    from sync.verification_difference d
    where d.system = v.system and d.entity = v.entity and d.business_day = v.business_day and d.scope = v.scope
) keys on true;

comment on view report.verification is
    'What partners say of their business days against what is landed: one row per system, entity, business day and scope';
comment on column report.verification.system is 'Partner system, like payments';
comment on column report.verification.entity is 'Kind of record of that system, like payments';
comment on column report.verification.business_day is 'The day in the partner''s own time zone that was compared';
comment on column report.verification.scope is
    'day: the whole settled day; so_far: the part of a day that has not ended of which everything is landed';
comment on column report.verification.verdict is
    'agrees; explained: differs by its dead letters alone; differs; contradicts: the partner''s figures are not those of its own records; unanswered: never had an answer';
comment on column report.verification.words is 'The verdict in a sentence, with what to do';
comment on column report.verification.partner_count is 'Records of that day by the partner''s own word; null before its first answer';
comment on column report.verification.landed_count is 'Live rows of that day in the landing table, tombstones left out';
comment on column report.verification.dead_letters is
    'Open dead letters of records that are not landed: so much of the difference is known';
comment on column report.verification.partner_sums is
    'The partner''s own sums, exact, as text by what is summed; empty where it gives none';
comment on column report.verification.landed_sums is 'The same sums of what is landed';
comment on column report.verification.dead_letter_sums is 'The same sums of the records that are dead letters';
comment on column report.verification.missing_here is 'Keys that the partner has and that are not landed, where keys were compared';
comment on column report.verification.missing_there is 'Keys that are landed and that the partner does not have';
comment on column report.verification.changed is 'Keys whose content differs';
comment on column report.verification.rejected is 'Keys that break the contract now and that no dead letter tells of';
comment on column report.verification.searched is 'Whether the difference was followed down to the keys';
comment on column report.verification.differing_keys is
    'Up to 200 differing keys, each with its kind, the differing fields on both sides and a note; personal values masked';
comment on column report.verification.requests is 'Requests that the comparison took';
comment on column report.verification.asked_at is 'When the partner gave the figures, by its own clock';
comment on column report.verification.asked_until is 'Of a day that has not ended: up to which moment of it was compared';
comment on column report.verification.compared_at is 'When they were compared, by our clock';
comment on column report.verification.failed_at is
    'When the partner was last asked in vain since that answer; null if it was not';
comment on column report.verification.failure_kind is 'unreachable, throttled, refused or misbehaved; null if none';
comment on column report.verification.failure is 'What that failure said, and its remedy; never a secret or a record';
comment on column report.verification.verified_from is 'The first day of the entity that counts for verified_through';
comment on column report.verification.verified_through is
    'Every day of the entity from verified_from to this one agrees, without a hole; null if not even the first does';
comment on column report.verification.settled_through is 'The entity''s last settled day when that was judged';
comment on column report.verification.hole_day is 'The entity''s first settled day that does not agree; null if all do';
comment on column report.verification.hole is 'Why: never loaded whole, not verified, or that day''s verdict';
