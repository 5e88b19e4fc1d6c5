-- Which rules failed on how many days since a day, most days first; what was observed is of the newest of these days. A
-- rule that the contract has no longer stays out: its results are older than those of the day's other rules. Drift and
-- volume are judged by a run of their own, each day once.
select system, entity, rule, bool_or(blocking) as blocking, count(*) as days, max(business_day) as last_day,
    sum(unexpected_count)::bigint as unexpected, sum(element_count) filter (where unexpected_count is not null)::bigint,
    (array_agg(observed order by business_day desc))[1] as observed
from (
    select system, entity, business_day, rule, blocking, passed, observed, unexpected_count, element_count,
        evaluated_at = max(evaluated_at) over (partition by system, entity, business_day) as newest
    from sync.check_result
    where business_day >= %(since)s and not (rule = any (%(statistical)s))
) result
where newest and not passed
group by system, entity, rule
order by blocking desc, days desc, unexpected desc nulls last, system, entity, rule
limit %(most)s
