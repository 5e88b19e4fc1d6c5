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
