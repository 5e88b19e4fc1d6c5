-- Open dead letters of all days by entity, reason and field, most frequent first.
select system, entity, reason, field, count(*) as records
from sync.dead_letter
where state = 'open'
group by system, entity, reason, field
order by system, entity, records desc, reason, field
