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
