-- Why records could not be taken in: open dead letters of all days, most frequent reason first.
select system, entity, reason, field, sum(records)::bigint as records, min(first_at), max(last_at)
from report.dead_letter
where state = 'open'
group by system, entity, reason, field
order by records desc, system, entity, reason, field
limit %(most)s
