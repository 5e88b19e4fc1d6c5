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
