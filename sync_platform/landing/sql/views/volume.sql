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
