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
