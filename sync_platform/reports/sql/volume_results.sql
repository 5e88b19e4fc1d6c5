-- What the volume check found of each day since a day: rows so far as they could be judged, and the band.
select system, entity, business_day, passed, element_count, expected_low, expected_high
from sync.check_result
where business_day >= %(since)s and rule = 'volume'
