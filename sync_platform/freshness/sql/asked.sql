-- The newest request for each entity; one for a whole system, like a token's, has no entity.
select distinct on (system, entity) system, entity, requested_at, error_kind, error
from sync.exchange
where requested_at > %(since)s
order by system, entity, requested_at desc
