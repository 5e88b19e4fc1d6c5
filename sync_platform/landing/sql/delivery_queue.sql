-- name: counted
-- What became of the deliveries since then, by webhook and state; those that wait or were given up count whenever they came.
select system, webhook, state, count(*) as deliveries, sum(conflicts)::bigint as conflicts,
    min(received_at) as oldest_at, max(received_at) as newest_at
from sync.webhook_delivery
where (received_at > %(since)s or state in ('waiting', 'dead'))
    and (%(system)s::text is null or system = %(system)s) and (%(webhook)s::text is null or webhook = %(webhook)s)
group by system, webhook, state
order by system, webhook, state

-- name: listed
-- Deliveries, the newest first, without what they brought.
select delivery_id, system, webhook, event_id, received_at, state, attempts, retry_at, error, settled_at, conflicts,
    secret, octet_length(body) as body_bytes, content_hash
from sync.webhook_delivery
where (%(system)s::text is null or system = %(system)s) and (%(webhook)s::text is null or webhook = %(webhook)s)
    and (%(state)s::text is null or state = %(state)s)
    and (%(delivery_id)s::bigint is null or delivery_id = %(delivery_id)s)
order by delivery_id desc
limit %(limit)s

-- name: content
-- What one delivery brought, as it came.
select headers, body from sync.webhook_delivery where delivery_id = %(delivery_id)s

-- name: dead
-- The numbers of the deliveries that were given up.
select delivery_id from sync.webhook_delivery
where state = 'dead'
    and (%(system)s::text is null or system = %(system)s) and (%(webhook)s::text is null or webhook = %(webhook)s)
    and (%(delivery_ids)s::bigint[] is null or delivery_id = any (%(delivery_ids)s))
order by delivery_id

-- name: retried
-- Deliveries that were given up wait again, with all their attempts before them.
update sync.webhook_delivery
set state = 'waiting', attempts = 0, error = null, retry_at = null, settled_at = null
where delivery_id = any (%(delivery_ids)s) and state = 'dead'
returning delivery_id
