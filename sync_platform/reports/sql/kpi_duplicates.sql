-- The duplicate entity rate over all systems by kind and business day, oldest first, of 100 records.
select kind, business_day, 100 * rate::float8
from report.duplicate_rate
where system = 'all' and rate is not null and business_day >= %(since)s
order by business_day, kind
