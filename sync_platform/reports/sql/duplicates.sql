-- The duplicate rate of each kind and system on the last day that it was measured; all systems together first.
select distinct on (kind, system) kind, system, business_day, records, surplus, confirmed, rate::float8, measured_at
from report.duplicate_rate
order by kind, system, business_day desc
