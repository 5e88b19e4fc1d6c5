-- Rows of all branches together by entity and business day since a day, from the stored volumes.
select system, entity, business_day, rows
from sync.volume
where business_day >= %(since)s and branch = ''
