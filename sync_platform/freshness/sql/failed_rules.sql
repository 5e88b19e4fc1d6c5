-- The rules that failed when each day's rules last ran, from a day on; a rule that the contract no longer has stays out.
select system, entity, business_day, rule, blocking
from (
    select system, entity, business_day, rule, blocking, passed,
        -- The results of one run are written in one transaction, which stamps them all alike.
        evaluated_at = max(evaluated_at) over (partition by system, entity, business_day) as newest
    from sync.check_result
    where business_day >= %(since)s
) result
where newest and not passed
order by system, entity, business_day, rule
