-- name: run_over
-- A run `r` that ended that long ago. One canceled in the queue has no end of its own.
r.status in ('SUCCESS', 'FAILURE', 'CANCELED')
and coalesce(to_timestamp(r.end_time), r.update_timestamp at time zone 'UTC') < %(runs)s

-- name: event
-- What was told of an asset and has newer word of the same kind, asset and partition; of what has no asset, a runless
-- event over age, and the steps of a run that ended long ago. Nothing of a run that has not ended.
case
    when t.asset_key is not null then
        t.timestamp < %(events)s at time zone 'UTC'
        and (
            (t.partition is not null and exists (
                select from event_logs n
                where n.asset_key = t.asset_key and n.dagster_event_type = t.dagster_event_type
                    and n.partition = t.partition and n.id > t.id
            ))
            or (t.partition is null and exists (
                select from event_logs n
                where n.asset_key = t.asset_key and n.dagster_event_type = t.dagster_event_type
                    and n.partition is null and n.id > t.id
            ))
        )
        and not exists (
            select from runs r
            where r.run_id = t.run_id and r.status not in ('SUCCESS', 'FAILURE', 'CANCELED')
        )
    when coalesce(t.run_id, '') = '' then t.timestamp < %(events)s at time zone 'UTC'
    else
        t.timestamp < %(runs)s at time zone 'UTC'
        and not exists (select from runs r where r.run_id = t.run_id and not ({run_over}))
end

-- name: event_tag
-- The tag of an event that is gone or going.
not exists (
    select from (select t.id from event_logs t where ({event}) is not true) as kept where kept.id = t.event_id
)

-- name: check_execution
-- A check's result with a newer one of the same partition; what was only planned does not stand in for a result. Nothing
-- of a run that has not ended.
coalesce(t.evaluation_event_timestamp, t.create_timestamp) < %(events)s at time zone 'UTC'
and (
    (t.partition is not null and exists (
        select from asset_check_executions n
        where n.asset_key = t.asset_key and n.check_name = t.check_name and n.partition = t.partition and n.id > t.id
            and (n.execution_status <> 'PLANNED' or t.execution_status = 'PLANNED')
    ))
    or (t.partition is null and exists (
        select from asset_check_executions n
        where n.asset_key = t.asset_key and n.check_name = t.check_name and n.partition is null and n.id > t.id
            and (n.execution_status <> 'PLANNED' or t.execution_status = 'PLANNED')
    ))
)
and not exists (
    select from runs r where r.run_id = t.run_id and r.status not in ('SUCCESS', 'FAILURE', 'CANCELED')
)

-- name: run
-- A run that ended long ago and that nothing which is kept names: the page of an asset or check leads to its run.
exists (select from runs r where r.id = t.id and {run_over})
and not exists (
    select from (select t.run_id from event_logs t where t.asset_key is not null and ({event}) is not true) as kept
    where kept.run_id = t.run_id
)
and not exists (
    select from (select t.run_id from asset_check_executions t where ({check_execution}) is not true) as kept
    where kept.run_id = t.run_id
)

-- name: unfinished
-- The runs whose output may still be written or be asked for.
select r.run_id from runs r where not ({run_over})
