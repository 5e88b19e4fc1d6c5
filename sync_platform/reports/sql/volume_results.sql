-- What the volume check said of each day since a day: its band is in its words.
select system, entity, business_day, passed, observed
from sync.check_result
where business_day >= %(since)s and rule = 'volume'
