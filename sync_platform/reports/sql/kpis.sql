-- The KPIs of all systems together, day by day from a UTC day on.
select day, is_final, measured_at, freshness_latency_median_seconds, freshness_latency_p95_seconds, changes,
    changes_waiting, sync_events, failed_sync_events, loads, failed_loads, records, rejected_records, records_per_hour
from report.kpi
where system is null and day >= %(since)s
order by day
