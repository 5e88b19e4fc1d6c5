-- POS against shop, per SKU and branch: the last comparison of each business day.
create or replace view report.stock_comparison as
select business_day, sku, branch, pos_units, shop_units, difference, verdict, pos_as_of, shop_as_of, as_of, limited_by,
    compared_at
from sync.stock_comparison;

comment on view report.stock_comparison is
    'POS against shop, one row per business day, SKU and branch that the shop lists: both figures, both as_of, the difference';
comment on column report.stock_comparison.business_day is 'The business day that was compared';
comment on column report.stock_comparison.sku is 'The product, as the shop writes it';
comment on column report.stock_comparison.branch is 'The branch that holds the stock';
comment on column report.stock_comparison.pos_units is
    'Sellable units the POS counts, cases converted; null where the POS does not know the SKU in this branch';
comment on column report.stock_comparison.shop_units is
    'Sellable units the shop believes are available; null where it states none';
comment on column report.stock_comparison.difference is
    'Shop less POS, in sellable units: above 0 the shop promises more than there is; null where one side is missing';
comment on column report.stock_comparison.verdict is 'agrees, differs, oversold, missing_at_pos or missing_at_shop';
comment on column report.stock_comparison.pos_as_of is 'The POS figure is true as of this moment, by the POS''s clock';
comment on column report.stock_comparison.shop_as_of is 'The shop figure is true as of this moment, by the shop''s clock';
comment on column report.stock_comparison.as_of is 'The older of both; as of when the whole comparison is true, stock_comparison_day says';
comment on column report.stock_comparison.limited_by is 'The input whose as_of is the older one';
comment on column report.stock_comparison.compared_at is 'When the comparison was made, by our clock';
