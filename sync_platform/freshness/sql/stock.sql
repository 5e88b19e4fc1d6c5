-- A day's whole comparison, for the CSV file.
select business_day, sku, branch, pos_units, shop_units, difference, verdict, pos_as_of, shop_as_of, as_of, limited_by,
    compared_at
from report.stock_comparison
where business_day = %(day)s
order by abs(difference) desc nulls last, sku, branch
