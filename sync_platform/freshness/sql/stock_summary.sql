-- The newest stock comparison in figures, and the input and branch that limit it.
select business_day, count(*), count(*) filter (where verdict = 'agrees'), count(*) filter (where verdict = 'oversold'),
    count(*) filter (where verdict = 'differs'), count(*) filter (where verdict like 'missing%%'), min(as_of),
    (array_agg(limited_by || ', branch ' || branch order by as_of, limited_by, branch))[1], max(compared_at)
from report.stock_comparison
where business_day = (select max(business_day) from report.stock_comparison)
group by business_day
