-- The duplicate entity rate by kind of entity and day, oldest first: kind, day, duplicates of 100 records.
select entity, measured_at::date, rate::float8 * 100
from report.duplicate_rate
order by measured_at, entity
