-- The stored profiles of fields that drifted: of the day, and of the fortnight before.
select wanted.number, p.business_day, p.age, p.kind, p.rows, p.nulls, p.counts, p.rest
from unnest(%(systems)s::text[], %(entities)s::text[], %(fields)s::text[], %(days)s::date[])
    with ordinality as wanted (system, entity, field, day, number)
join sync.profile p using (system, entity, field)
where p.business_day between wanted.day - 14 and wanted.day
order by wanted.number, p.business_day
