-- The last stock comparison of each business day in figures, and what limits the whole.
create or replace view report.stock_comparison_day as
select business_day, pairs, agreeing, oversold, differing, missing, as_of, limited_by, limited_by_branch, compared_at
from sync.stock_comparison_day;

comment on view report.stock_comparison_day is
    'POS against shop in figures: one row per business day, the last comparison of it';
comment on column report.stock_comparison_day.business_day is 'The business day that was compared';
comment on column report.stock_comparison_day.pairs is 'Pairs of SKU and branch that the shop lists';
comment on column report.stock_comparison_day.agreeing is 'Pairs of which both sides show the same units';
comment on column report.stock_comparison_day.oversold is 'Pairs of which the shop promises more than there is';
comment on column report.stock_comparison_day.differing is 'Pairs of which the shop shows less than there is';
comment on column report.stock_comparison_day.missing is 'Pairs that one side only knows';
comment on column report.stock_comparison_day.as_of is
    'The whole comparison is true as of this moment: the oldest of its inputs'' as_of, and of their branches';
comment on column report.stock_comparison_day.limited_by is 'The input with that as_of';
comment on column report.stock_comparison_day.limited_by_branch is
    'The branch of that input; null where it does not report per branch';
comment on column report.stock_comparison_day.compared_at is 'When the comparison was made, by our clock';
