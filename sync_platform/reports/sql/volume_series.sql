-- Rows per entity and business day since a day, from the stored volumes.
select system, entity, business_day, sum(rows)::bigint
from sync.volume
where business_day >= %(since)s
group by system, entity, business_day
order by system, entity, business_day
