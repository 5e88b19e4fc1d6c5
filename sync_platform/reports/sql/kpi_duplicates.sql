-- The duplicate entity rate by kind and business day, oldest first, of 100 records: copies within each system, of all of
-- them together. That two systems know one customer is as it should be.
select kind, business_day, 100 * sum(surplus)::float8 / sum(records)
from report.duplicate_rate
where system <> 'all' and business_day >= %(since)s
group by kind, business_day
having sum(records) > 0
order by business_day, kind
