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
    failed.started_at as last_failure_at,
    v.state as verdict,
    v.sentence as verdict_sentence,
    v.limited_by as verdict_limited_by,
    v.since as verdict_since,
    v.judged_at as verdict_judged_at
from tried t
left join sync.entity_day d using (system, entity, business_day)
left join sync.freshness_verdict v using (system, entity, business_day)
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
comment on column report.freshness.verdict is
    'The day against its promise when it was last judged: fresh, quiet, closed, stale (we are answered, the data is old), sync_stopped (we are not answered), late, incomplete, held, never_loaded or not_obtainable';
comment on column report.freshness.verdict_sentence is 'The verdict in words, times in UTC';
comment on column report.freshness.verdict_limited_by is 'The branch that decided the verdict; null where none did';
comment on column report.freshness.verdict_since is 'When the day was first seen in this state';
comment on column report.freshness.verdict_judged_at is
    'When it was judged; a platform that stands still judges nothing, so an old moment here says that nobody looks';

-- name: freshness_lag
-- How old each entity's data was, every five minutes.
create or replace view report.freshness_lag as
select system, entity, sampled_at, seconds, state from sync.freshness_lag;

comment on view report.freshness_lag is 'How old the data of each entity''s today was: a sample every five minutes';
comment on column report.freshness_lag.system is 'Partner system, like pos';
comment on column report.freshness_lag.entity is 'Kind of record of that system, like sales';
comment on column report.freshness_lag.sampled_at is 'When it was looked, on full five minutes';
comment on column report.freshness_lag.seconds is 'Age of today''s as_of, in seconds';
comment on column report.freshness_lag.state is 'The verdict on today at that moment';

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

-- name: contract_version
-- Every registered contract version, and those that loads used without being registered: state, end, use in 14 days.
create or replace view report.contract_version as
with used as (
    select l.system, l.entity, l.contract_version as version, count(*) as loads, max(l.started_at) as last_load_at
    from sync.load l
    where l.started_at > now() - interval '14 days'
    group by l.system, l.entity, l.contract_version
),
registered as (
    select
        c.*,
        max(string_to_array(c.version, '.')::int[]) filter (where c.released_on is not null)
            over (partition by c.contract_id, split_part(c.version, '.', 1)) as newest
    from sync.contract_version c
)
select
    r.contract_id,
    version,
    case when r.contract_id is not null then split_part(version, '.', 1)::int end as major,
    system,
    entity,
    case
        when r.contract_id is null then 'unregistered'
        when r.released_on is null then 'draft'
        when r.ends_on < (now() at time zone 'UTC')::date then 'ended'
        when string_to_array(version, '.')::int[] = r.newest then 'current'
        else 'superseded'
    end as state,
    r.released_on,
    r.ends_on,
    r.registered_at,
    r.fingerprint,
    coalesce(u.loads, 0) as loads,
    u.last_load_at
from registered r
full join used u using (system, entity, version);

comment on view report.contract_version is
    'Every version of every contract: whether it is released, until when it counts, and how much it was used lately';
comment on column report.contract_version.contract_id is
    'The contract''s id, which its versions share; null for a version that loads used and nobody registered';
comment on column report.contract_version.version is 'MAJOR.MINOR.PATCH; sync.load.contract_version holds it for each load';
comment on column report.contract_version.major is
    'The major version: within one, what a reader built on goes on holding; null where it is not registered';
comment on column report.contract_version.system is 'Partner system, like pos';
comment on column report.contract_version.entity is 'Kind of record of that system, like sales; names the landing table';
comment on column report.contract_version.state is
    'current: the newest release of its major version; superseded: an older one; draft: not released, may still change; ended: after ends_on; unregistered: used by loads, run sync-platform migrate';
comment on column report.contract_version.released_on is 'The day it was released; null for a draft';
comment on column report.contract_version.ends_on is
    'Last day on which readers may rely on its major version; null while no end is announced';
comment on column report.contract_version.registered_at is 'When this database first learned of the version';
comment on column report.contract_version.fingerprint is
    'SHA-256 of the contract''s content; that of a released version never changes';
comment on column report.contract_version.loads is 'Loads of the last 14 days that used this version';
comment on column report.contract_version.last_load_at is 'When the newest of them began; null without any';

-- name: duplicate_rate
-- The duplicate entity rate: per kind, business day and system the share of records that are one too many.
create or replace view report.duplicate_rate as
select kind, business_day, system, records, surplus, confirmed,
    round(surplus::numeric / nullif(records, 0), 6) as rate, as_of, limited_by, measured_at
from sync.duplicate_rate;

comment on view report.duplicate_rate is
    'Duplicate entity rate: which share of records is one too many, per kind, business day and system, the last measure of each day';
comment on column report.duplicate_rate.kind is 'customers or products';
comment on column report.duplicate_rate.business_day is 'The business day whose records were compared';
comment on column report.duplicate_rate.system is
    'A partner system, by duplicates within it; or all, where a record of one entity in several systems counts as a copy too';
comment on column report.duplicate_rate.records is 'Records of the day, tombstones left out';
comment on column report.duplicate_rate.surplus is
    'Records that are one too many, of three copies two, by proposals that are open or accepted';
comment on column report.duplicate_rate.confirmed is 'The same by accepted proposals alone: what a person has confirmed';
comment on column report.duplicate_rate.rate is 'surplus divided by records; null where there are no records';
comment on column report.duplicate_rate.as_of is 'The older of the inputs: the rate is true as of this moment, by the partner''s clock';
comment on column report.duplicate_rate.limited_by is 'The input whose as_of is the older one';
comment on column report.duplicate_rate.measured_at is 'When the records were compared, by our clock';

-- name: duplicate_proposal
-- The queue of proposals, by keys alone.
create or replace view report.duplicate_proposal as
select proposal_id, kind, left_system, left_key, right_system, right_key, cluster, score, reason, state, decided_by,
    decided_at, first_seen_at, last_seen_at
from sync.duplicate_proposal;

comment on view report.duplicate_proposal is
    'Pairs of records that may be one customer or product, and what people decided; nothing is merged by itself';
comment on column report.duplicate_proposal.proposal_id is 'The number by which a person accepts or rejects it';
comment on column report.duplicate_proposal.kind is 'customers or products';
comment on column report.duplicate_proposal.left_system is 'Partner system of the one record';
comment on column report.duplicate_proposal.left_key is 'Key of the one record at its partner system';
comment on column report.duplicate_proposal.right_system is 'Partner system of the other record';
comment on column report.duplicate_proposal.right_key is 'Key of the other record at its partner system';
comment on column report.duplicate_proposal.cluster is
    'system/key of the first of all records that hang together by proposals nobody rejected: equal for all of one entity';
comment on column report.duplicate_proposal.score is 'From 0 to 1, how much speaks for it; no probability';
comment on column report.duplicate_proposal.reason is 'What the two share, in words; no name, number or address';
comment on column report.duplicate_proposal.state is
    'open: waits for a person; accepted, rejected: decided; withdrawn: no longer matches, and nobody had decided';
comment on column report.duplicate_proposal.decided_by is 'Who accepted or rejected it; null while nobody did';
comment on column report.duplicate_proposal.decided_at is 'When it was accepted or rejected; null while it was not';
comment on column report.duplicate_proposal.first_seen_at is 'When a comparison first found it';
comment on column report.duplicate_proposal.last_seen_at is 'When a comparison last found it';

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

-- name: kpi
-- The measured KPIs by UTC day: one row per entity that did something, and one of all systems together.
create or replace view report.kpi as
select
    k.day,
    nullif(k.system, '') as system,
    nullif(k.entity, '') as entity,
    k.measured_at,
    k.final as is_final,
    k.latency_median_seconds as freshness_latency_median_seconds,
    k.latency_p95_seconds as freshness_latency_p95_seconds,
    k.changes,
    k.changes_waiting,
    k.events as sync_events,
    k.failed_events as failed_sync_events,
    (100.0 * k.failed_events / nullif(k.events, 0))::double precision as failed_sync_events_percent,
    k.loads,
    k.failed_loads,
    k.records,
    k.rejected_records,
    (100.0 * k.rejected_records / nullif(k.records, 0))::double precision as rejected_records_percent,
    (
        k.records / greatest(
            extract(epoch from least(k.measured_at, (k.day + 1) at time zone 'UTC') - k.day at time zone 'UTC') / 3600,
            1
        )
    )::double precision as records_per_hour,
    k.load_seconds
from sync.kpi_day k;

comment on view report.kpi is
    'The measured KPIs by UTC day: one row per entity that did something, and one of all systems together (system is null)';
comment on column report.kpi.day is 'The day in UTC';
comment on column report.kpi.system is 'Partner system, like pos; null in the row of all systems together';
comment on column report.kpi.entity is
    'Kind of record of that system, like sales; null for all systems, and for what failed for a whole system, like a refused token';
comment on column report.kpi.measured_at is 'When the row was counted: the figures of a running day are as of this moment';
comment on column report.kpi.is_final is 'Whether it was counted after the day ended, so that it changes no more';
comment on column report.kpi.freshness_latency_median_seconds is
    'Seconds from the partner''s change to its commit here, the middle one of the day''s changes; null without a change. The change''s time is the record''s version where that is a time, else its as_of';
comment on column report.kpi.freshness_latency_p95_seconds is
    'The same, not exceeded by 95 of 100 changes';
comment on column report.kpi.changes is 'Changes captured on the day that landed: what the latency is taken from';
comment on column report.kpi.changes_waiting is
    'Changes captured on the day that still waited when this was counted; the latency leaves them out';
comment on column report.kpi.sync_events is
    'Attempts to bring an entity up to date: loads of whole days and polls; null where polls were pruned before they were counted';
comment on column report.kpi.failed_sync_events is
    'Those that failed: a load with an error kind, a poll whose last request failed; what a retry mended is not among them';
comment on column report.kpi.failed_sync_events_percent is 'Failed ones of 100 sync events; null where there was none';
comment on column report.kpi.loads is 'Loads of any way that began on the day: whole days, current states, deltas';
comment on column report.kpi.failed_loads is 'Loads with an error kind: unreachable, throttled, refused, misbehaved, held, …';
comment on column report.kpi.records is 'Records that these loads read, unchanged ones too';
comment on column report.kpi.rejected_records is 'Records that broke their contract and became dead letters';
comment on column report.kpi.rejected_records_percent is 'Rejected ones of 100 records read; null where none was read';
comment on column report.kpi.records_per_hour is
    'Throughput: records read, by the hours from the day''s beginning in UTC to its end, or to measured_at while it runs (at least one)';
comment on column report.kpi.load_seconds is 'Seconds spent in loads, waiting for the partner included; loads run side by side';

-- name: quality
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

-- name: check_result
-- The latest result of each rule for each entity and business day.
create or replace view report.check_result as
select system, entity, business_day, rule, severity, blocking, passed, observed, unexpected_count, element_count,
    evaluated_at
from sync.check_result;

comment on view report.check_result is 'The latest result of each rule: one row per system, entity, business day and rule';
comment on column report.check_result.system is 'Partner system, like pos';
comment on column report.check_result.entity is 'Kind of record of that system, like sales';
comment on column report.check_result.business_day is 'The day that was checked';
comment on column report.check_result.rule is 'The rule''s name in the contract, or that of a drift or volume check';
comment on column report.check_result.severity is 'critical, warning or info';
comment on column report.check_result.blocking is 'Whether a failure holds the day back';
comment on column report.check_result.passed is 'Whether the rule was kept; one that could not be run counts as not passed';
comment on column report.check_result.observed is 'What was found, in words; never a record''s values that are personal';
comment on column report.check_result.unexpected_count is 'Rows that broke the rule; null where it does not count rows';
comment on column report.check_result.element_count is 'Rows that were judged; null where it does not count rows';
comment on column report.check_result.evaluated_at is 'When the rule last ran on this day';

-- name: dead_letter
-- Rejected records by day, reason and field, without the records themselves.
create or replace view report.dead_letter as
select system, entity, business_day, reason, field, state, count(*) as records, sum(attempts)::bigint as attempts,
    min(first_at) as first_at, max(last_at) as last_at
from sync.dead_letter
group by system, entity, business_day, reason, field, state;

comment on view report.dead_letter is
    'Records that could not be taken in: one row per system, entity, business day, reason, field and state; no record''s content';
comment on column report.dead_letter.system is 'Partner system, like pos';
comment on column report.dead_letter.entity is 'Kind of record of that system, like sales';
comment on column report.dead_letter.business_day is 'The day the records belong to, as far as it could be read';
comment on column report.dead_letter.reason is 'missing, type, range, value_set, conflict, …';
comment on column report.dead_letter.field is 'The contract''s field that is wrong; empty for the record as a whole';
comment on column report.dead_letter.state is 'open, or resolved by a person or a fix';
comment on column report.dead_letter.records is 'How many records';
comment on column report.dead_letter.attempts is 'How often they were met, all together';
comment on column report.dead_letter.first_at is 'When the first of them was met first';
comment on column report.dead_letter.last_at is 'When the last of them was met last';

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
