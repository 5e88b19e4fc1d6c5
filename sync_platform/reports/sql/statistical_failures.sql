-- Failed drift and volume checks since a day, newest first.
select system, entity, business_day, rule, severity, observed, sample
from sync.check_result
where business_day >= %(since)s and rule ~ %(statistical)s and not passed
order by business_day desc, system, entity, rule
limit %(most)s
