-- How many drift and volume checks ran since a day, and how many of them failed.
select rule ~ '^volume' as volume, count(*), count(*) filter (where not passed), max(evaluated_at)
from sync.check_result
where business_day >= %(since)s and rule ~ %(statistical)s
group by volume
