-- A day's comparison in figures, in the place of its last one; as of when it is true, its inputs say.
insert into sync.stock_comparison_day (
    business_day, pairs, agreeing, oversold, differing, missing, as_of, limited_by, limited_by_branch
)
select %(day)s, count(*), count(*) filter (where verdict = 'agrees'), count(*) filter (where verdict = 'oversold'),
    count(*) filter (where verdict = 'differs'), count(*) filter (where verdict like 'missing%%'),
    %(as_of)s, %(limited_by)s, %(limited_by_branch)s
from sync.stock_comparison
where business_day = %(day)s
on conflict (business_day) do update
set pairs = excluded.pairs, agreeing = excluded.agreeing, oversold = excluded.oversold,
    differing = excluded.differing, missing = excluded.missing, as_of = excluded.as_of,
    limited_by = excluded.limited_by, limited_by_branch = excluded.limited_by_branch,
    compared_at = excluded.compared_at
returning pairs, agreeing, oversold, differing, missing
