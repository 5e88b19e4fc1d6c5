-- The first UTC day that is still to be measured: the one after the last final one, else the oldest that left a trace.
select coalesce(
    (select max(day) + 1 from sync.kpi_day where final),
    (
        select (least(
            (select min(started_at) from sync.load),
            (select min(captured_at) from sync.change),
            (select min(requested_at) from sync.exchange)
        ) at time zone 'UTC')::date
    )
)
