-- Those of these checks that failed since a day, newest day first.
select system, entity, business_day, rule, severity, observed, sample
from sync.check_result
where business_day >= %(since)s and rule = any (%(rules)s) and not passed
order by business_day desc, system, entity, rule
limit %(most)s
