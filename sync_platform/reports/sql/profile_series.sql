-- The null rate of fields by day since a day, from the stored profiles: what a drift is seen in.
select p.system, p.entity, p.field, p.business_day, p.nulls::float8 / nullif(p.rows, 0)
from sync.profile p
join unnest(%(systems)s::text[], %(entities)s::text[], %(fields)s::text[]) as wanted (system, entity, field)
    using (system, entity, field)
where p.business_day >= %(since)s
order by p.system, p.entity, p.field, p.business_day
