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
