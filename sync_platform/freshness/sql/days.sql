-- Every known day of all systems from a day on: the report's view, with what only the verdict needs.
select v.system, v.entity, v.business_day, v.state, v.rows, v.as_of, v.limited_by_branch, v.looked_at, v.loaded_at,
    v.complete_at, d.read_began_at, v.checks_passed, v.checks_failed, v.blocking_failed, v.open_dead_letters,
    v.last_failure_kind, v.last_failure, v.last_failure_at
from report.freshness v
left join sync.entity_day d using (system, entity, business_day)
where v.business_day >= %(since)s
