-- Each branch's clock on the given days, and on past days where branches have trading hours; oldest as_of first.
select system, entity, business_day, branch, as_of, looked_at
from sync.branch_clock
where business_day = any (%(days)s) or (business_day >= %(since)s and system = any (%(trading)s))
order by system, entity, business_day, as_of, branch
