-- Each branch's clock on the given days, oldest as_of first.
select system, entity, business_day, branch, as_of, looked_at
from sync.branch_clock
where business_day = any (%(days)s)
order by system, entity, business_day, as_of, branch
