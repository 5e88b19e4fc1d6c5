-- The known days of each entity in the same state, changed or not since their rules ran; of each system from a day on.
-- A list of days and not a row for each: most of the days of a year are alike.
select d.system, d.entity, d.state, d.dirty_since is not null as changed, array_agg(d.business_day) as days
from unnest(%(systems)s::text[], %(since)s::date[]) as wanted(system, since)
join sync.entity_day d on d.system = wanted.system and d.business_day >= wanted.since
group by d.system, d.entity, d.state, changed
