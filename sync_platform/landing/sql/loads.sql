-- name: insert
-- Writes the one row of a load; a load that is already known stays as it is.
insert into sync.load (
    load_id, system, entity, business_day, way, outcome,
    read, inserted, updated, unchanged, superseded, dead_lettered, tombstoned, revived, moved, changed_without_version,
    partner_count, pages, requests, response_bytes, as_of, looked_at, loaded_at, started_at, seconds,
    error_kind, error, contract_version, platform_version, fencing_token, run_id, correlation_id
) values (
    %(load_id)s, %(system)s, %(entity)s, %(business_day)s, %(way)s, %(outcome)s,
    %(read)s, %(inserted)s, %(updated)s, %(unchanged)s, %(superseded)s, %(dead_lettered)s, %(tombstoned)s, %(revived)s,
    %(moved)s, %(changed_without_version)s,
    %(partner_count)s, %(pages)s, %(requests)s, %(response_bytes)s, %(as_of)s, %(looked_at)s, %(loaded_at)s, %(started_at)s,
    %(seconds)s, %(error_kind)s, %(error)s, %(contract_version)s, %(platform_version)s, %(fencing_token)s, %(run_id)s,
    %(correlation_id)s
)
on conflict (load_id) do nothing

-- name: outcome
-- What became of a load: the answer to an error on COMMIT.
select outcome from sync.load where load_id = %(load_id)s

-- name: unreported
-- The newest published load of each day that Dagster was not told about yet, oldest first.
select newest.*, d.rows as day_rows, d.state as day_state
from sync.entity_day d
join lateral (
    select * from sync.load l
    where l.system = d.system and l.entity = d.entity and l.business_day = d.business_day
        and l.outcome in ('published', 'empty')
    order by l.started_at desc
    limit 1
) newest on true
where d.system = %(system)s and d.reported_load_id is distinct from newest.load_id
order by newest.started_at
limit %(limit)s

-- name: done_by_runs
-- Days that runs have published already: their retry does not read them again.
select business_day from sync.load
where run_id = any (%(run_ids)s) and system = %(system)s and entity = %(entity)s
    and outcome in ('published', 'empty', 'not_obtainable', 'kept')
