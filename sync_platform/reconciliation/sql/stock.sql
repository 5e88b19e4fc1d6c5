-- POS counts against the shop's listings for one business day, in sellable units, with both as_of.
-- Only pairs of SKU and branch that the shop sells are compared: a branch's other stock is nobody's disagreement.
with pos as (
    select sku::text as sku, branch, _as_of as as_of,
        on_hand * case when uom = 'CS' then units_per_case else 1 end as units
    from landing.pos__stock_levels
    where _business_day = %(day)s and _deleted_at is null
),
shop as (
    select sku, branch, _as_of as as_of, stock_quantity::numeric as units
    from landing.shop__listings
    where _business_day = %(day)s and _deleted_at is null and branch is not null
),
compared as (
    select shop.sku, shop.branch, pos.units as pos_units, shop.units as shop_units, shop.units - pos.units as difference,
        pos.as_of as pos_as_of, shop.as_of as shop_as_of
    from shop left join pos using (sku, branch)
)
select %(day)s::date as business_day, sku, branch, pos_units, shop_units, difference, pos_as_of, shop_as_of,
    least(pos_as_of, shop_as_of) as as_of,
    case when pos_as_of is null or shop_as_of <= pos_as_of then 'shop/listings' else 'pos/stock_levels' end as limited_by,
    case
        when pos_units is null then 'missing_at_pos'
        when shop_units is null then 'missing_at_shop'
        when shop_units = pos_units then 'agrees'
        when shop_units > pos_units then 'oversold'
        else 'differs'
    end as verdict
from compared
