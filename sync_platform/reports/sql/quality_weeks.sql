-- The days before, by week (Monday first): how many days of each state an entity had.
select system, entity, date_trunc('week', business_day)::date as week, count(*) as days,
    count(*) filter (where state = 'blocked') as blocked, count(*) filter (where state = 'warned') as warned,
    count(*) filter (where state = 'passed') as passed, count(*) filter (where state = 'unchecked') as unchecked
from (
    select system, entity, business_day,
        case
            when d.state = 'not_obtainable' then 'not_obtainable'
            when d.state = 'held' or blocking_failed > 0 then 'blocked'
            when checks_failed > 0 then 'warned'
            when checks_passed > 0 then 'passed'
            else 'unchecked'
        end as state
    from sync.entity_day d
    where business_day >= %(first)s and business_day < %(before)s
) day
group by system, entity, week
order by system, entity, week
