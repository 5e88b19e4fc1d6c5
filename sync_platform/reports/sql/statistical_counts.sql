-- How many of these checks ran since a day; how many failed, and how many passed because they only learn yet.
select count(*), count(*) filter (where not passed), count(*) filter (where passed and severity = 'info'),
    max(evaluated_at)
from sync.check_result
where business_day >= %(since)s and rule = any (%(rules)s)
