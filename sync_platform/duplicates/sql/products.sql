-- name: pos
-- Products of the POS by code: sold in the last days, with the name that tills show, or counted without one.
select product_id::text, max(product_name)
from landing.pos__sales
where _business_day between %(since)s and %(day)s and _deleted_at is null
group by product_id
union all
select distinct sku::text, null
from landing.pos__stock_levels
where _business_day = %(day)s and _deleted_at is null and sku not in (
    select product_id from landing.pos__sales where _business_day between %(since)s and %(day)s and _deleted_at is null
)
order by 1

-- name: shop
-- Products of the shop by code; several branches list one.
select sku, max(name)
from landing.shop__listings
where _business_day = %(day)s and _deleted_at is null and sku <> ''
group by sku
order by sku
