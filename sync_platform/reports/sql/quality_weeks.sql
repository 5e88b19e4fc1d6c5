-- The days before, by week (Monday first): how many days of each state an entity had.
select system, entity, date_trunc('week', business_day)::date as week, count(*) as days,
    count(*) filter (where state = 'blocked') as blocked, count(*) filter (where state = 'warned') as warned,
    count(*) filter (where state = 'passed') as passed, count(*) filter (where state = 'unchecked') as unchecked
from report.quality
where business_day >= %(first)s and business_day < %(before)s
group by system, entity, week
order by system, entity, week
