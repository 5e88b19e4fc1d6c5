-- Counts what the KPIs are made of, by UTC day of a period, per entity and of all systems together; a day that was
-- measured before its end is measured again.
with poll as (
    -- All requests of one sensor tick or run for one entity; it failed when its last request did: what a retry mended,
    -- counts as fine. A request for a whole system, like that for a token, is told only where it failed.
    select system, coalesce(entity, '') as entity, correlation_id, min(requested_at) as began_at,
        coalesce(max(requested_at) filter (where error_kind is not null) = max(requested_at), false) as failed
    from sync.exchange
    where requested_at >= %(since)s and requested_at < %(until)s
    group by system, entity, correlation_id
    having entity is not null
        or max(requested_at) filter (where error_kind is not null) = max(requested_at)
), attempt as (
    select * from sync.load where started_at >= %(since)s and started_at < %(until)s
), event as (
    select (started_at at time zone 'UTC')::date as day, system, entity, error_kind is not null as failed
    from attempt
    where way <> 'delta'
    union all
    -- The requests of a whole read belong to its load, which is an event already.
    select (began_at at time zone 'UTC')::date, system, entity, failed
    from poll p
    where not exists (
        select from attempt a
        where a.correlation_id = p.correlation_id and a.system = p.system and p.entity in (a.entity, '')
            and a.way <> 'delta'
    )
), landed as (
    -- A version that is a time (microseconds since 1970, after 2000) is when the partner changed the record; others say
    -- only as of when it was so. A partner's clock that runs ahead counts as no time at all.
    select (c.captured_at at time zone 'UTC')::date as day, c.system, c.entity,
        greatest(
            extract(epoch from l.loaded_at) - case
                when c.source_version between 946684800000000 and extract(epoch from c.captured_at) * 1000000 + 3600000000
                    then c.source_version / 1000000.0
                else extract(epoch from c.as_of)
            end,
            0
        )::double precision as seconds
    from sync.change c
    join sync.load l on l.load_id = c.applied_load_id
    where c.captured_at >= %(since)s and c.captured_at < %(until)s
), of_events as (
    select day, coalesce(system, '') as system, coalesce(entity, '') as entity, count(*) as events,
        count(*) filter (where failed) as failed_events
    from event
    group by grouping sets ((day, system, entity), (day))
), of_loads as (
    select (started_at at time zone 'UTC')::date as day, coalesce(system, '') as system, coalesce(entity, '') as entity,
        count(*) as loads, count(*) filter (where error_kind is not null) as failed_loads, sum(read)::bigint as records,
        sum(dead_lettered)::bigint as rejected_records, sum(seconds) as load_seconds
    from attempt
    group by grouping sets (((started_at at time zone 'UTC')::date, system, entity), ((started_at at time zone 'UTC')::date))
), of_changes as (
    select day, coalesce(system, '') as system, coalesce(entity, '') as entity, count(*) as changes,
        percentile_cont(0.5) within group (order by seconds) as latency_median_seconds,
        percentile_cont(0.95) within group (order by seconds) as latency_p95_seconds
    from landed
    group by grouping sets ((day, system, entity), (day))
), of_waiting as (
    select (captured_at at time zone 'UTC')::date as day, coalesce(system, '') as system, coalesce(entity, '') as entity,
        count(*) as changes_waiting
    from sync.change
    where applied_load_id is null and captured_at >= %(since)s and captured_at < %(until)s
    group by grouping sets (((captured_at at time zone 'UTC')::date, system, entity), ((captured_at at time zone 'UTC')::date))
)
insert into sync.kpi_day (
    day, system, entity, events, failed_events, loads, failed_loads, records, rejected_records, load_seconds, changes,
    changes_waiting, latency_median_seconds, latency_p95_seconds, measured_at, final
)
select day, system, entity,
    -- Polls that brought nothing are kept for a short while only: a count without them would look like failure.
    case when day >= %(events_from)s then coalesce(events, 0) end,
    case when day >= %(events_from)s then coalesce(failed_events, 0) end,
    coalesce(loads, 0), coalesce(failed_loads, 0), coalesce(records, 0), coalesce(rejected_records, 0),
    coalesce(load_seconds, 0), coalesce(changes, 0), coalesce(changes_waiting, 0), latency_median_seconds,
    latency_p95_seconds, %(now)s, day <= %(final_until)s
from of_events
full join of_loads using (day, system, entity)
full join of_changes using (day, system, entity)
full join of_waiting using (day, system, entity)
on conflict (day, system, entity) do update
set events = coalesce(excluded.events, kpi_day.events),
    failed_events = coalesce(excluded.failed_events, kpi_day.failed_events),
    loads = excluded.loads, failed_loads = excluded.failed_loads, records = excluded.records,
    rejected_records = excluded.rejected_records, load_seconds = excluded.load_seconds, changes = excluded.changes,
    changes_waiting = excluded.changes_waiting, latency_median_seconds = excluded.latency_median_seconds,
    latency_p95_seconds = excluded.latency_p95_seconds, measured_at = excluded.measured_at, final = excluded.final
where not kpi_day.final
