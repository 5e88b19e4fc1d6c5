-- The newest stock comparison in figures, and the input and branch that limit it.
select business_day, pairs, agreeing, oversold, differing, missing, as_of,
    concat_ws(', branch ', limited_by, limited_by_branch), compared_at
from report.stock_comparison_day
order by business_day desc
limit 1
