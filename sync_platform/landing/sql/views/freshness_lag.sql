-- How old each entity's data was, every five minutes.
create or replace view report.freshness_lag as
select system, entity, sampled_at, seconds, state from sync.freshness_lag;

comment on view report.freshness_lag is 'How old the data of each entity''s today was: a sample every five minutes';
comment on column report.freshness_lag.system is 'Partner system, like pos';
comment on column report.freshness_lag.entity is 'Kind of record of that system, like sales';
comment on column report.freshness_lag.sampled_at is 'When it was looked, on full five minutes';
comment on column report.freshness_lag.seconds is 'Age of today''s as_of, in seconds';
comment on column report.freshness_lag.state is 'The verdict on today at that moment';
