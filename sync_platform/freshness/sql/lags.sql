-- How old each entity's data was since a moment: the highest age of each quarter of an hour, oldest first.
select system, entity, max(sampled_at) as sampled_at, max(seconds) as seconds
from sync.freshness_lag
where sampled_at >= %(since)s and sampled_at <= %(now)s
group by system, entity, date_bin('15 minutes', sampled_at, timestamptz '2000-01-01 00:00+00')
order by system, entity, sampled_at
