-- The newest days of the heat map, one row per entity and business day.
select system, entity, business_day, state, checks_passed, checks_failed, blocking_failed, rows, open_dead_letters
from report.quality
where business_day >= %(since)s
order by system, entity, business_day
