-- How many proposals wait for a person, by kind.
select kind, count(*)
from report.duplicate_proposal
where state = 'open'
group by kind
order by kind
