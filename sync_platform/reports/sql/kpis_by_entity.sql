-- The same per entity, summed up from a UTC day on; a latency is that of the entity's worst day.
select system, entity, sum(changes)::bigint, max(freshness_latency_median_seconds), max(freshness_latency_p95_seconds),
    sum(sync_events)::bigint, sum(failed_sync_events)::bigint, sum(records)::bigint, sum(rejected_records)::bigint
from report.kpi
where system is not null and day >= %(since)s
group by system, entity
order by system, entity nulls first
