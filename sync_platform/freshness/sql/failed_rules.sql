-- The rules that failed when each day's rules last ran, from a day on; a rule that the contract no longer has stays out.
select system, entity, business_day, rule, blocking
from (
    select system, entity, business_day, rule, blocking, passed,
        -- The results of one run are written in one transaction, which stamps them all alike; a silence is noticed by a
        -- poll, between runs.
        evaluated_at >= coalesce(
            max(evaluated_at) filter (where rule <> 'volume_silence') over (partition by system, entity, business_day),
            '-infinity'
        ) as newest
    from sync.check_result
    where business_day >= %(since)s
) result
where newest and not passed
order by system, entity, business_day, rule
