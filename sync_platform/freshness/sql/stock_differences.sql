-- The largest differences of a day; a SKU that one side does not know comes after those that both count.
select sku, branch, pos_units, shop_units, difference, verdict, pos_as_of, shop_as_of
from report.stock_comparison
where business_day = %(day)s and verdict <> 'agrees'
order by abs(difference) desc nulls last, greatest(pos_units, shop_units) desc nulls last, sku, branch
limit %(most)s
