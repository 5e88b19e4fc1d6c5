-- name: store
-- Stores deliveries in the order of their coming, each once; returns those that are new.
insert into sync.webhook_delivery (system, webhook, event_id, content_hash, content_key, headers, body, secret)
select i.system, i.webhook, i.event_id, i.content_hash, i.content_key, i.headers::jsonb, i.body, i.secret
from unnest(
    %(system)s::text[], %(webhook)s::text[], %(event_id)s::text[], %(content_hash)b::bytea[], %(content_key)b::bytea[],
    %(headers)s::text[], %(body)b::bytea[], %(secret)s::text[]
) with ordinality as i (system, webhook, event_id, content_hash, content_key, headers, body, secret, ordinal)
order by i.ordinal
on conflict do nothing
returning system, webhook, event_id

-- name: conflicting
-- Of deliveries that were not new: those whose id is known with another body. The first body stays, both hashes are kept.
with conflicting as (
    select d.delivery_id, i.*
    from unnest(%(system)s::text[], %(webhook)s::text[], %(event_id)s::text[], %(content_hash)b::bytea[])
        with ordinality as i (system, webhook, event_id, content_hash, ordinal)
    join sync.webhook_delivery d using (system, webhook, event_id)
    where d.content_hash <> i.content_hash
),
counted as (
    update sync.webhook_delivery d set conflicts = d.conflicts + c.conflicts, conflicting_hash = c.content_hash
    from (
        select delivery_id, count(*) as conflicts, (array_agg(content_hash order by ordinal desc))[1] as content_hash
        from conflicting group by delivery_id
    ) c
    where d.delivery_id = c.delivery_id
)
select ordinal from conflicting

-- name: waiting_webhooks
-- Which webhooks of a system have deliveries that are due.
select distinct webhook from sync.webhook_delivery
where system = %(system)s and state = 'waiting' and (retry_at is null or retry_at <= now())

-- name: due
-- The deliveries of a webhook that are due, in the order of their coming, with how often each was begun.
select delivery_id, attempts from sync.webhook_delivery
where system = %(system)s and webhook = %(webhook)s and state = 'waiting' and (retry_at is null or retry_at <= now())
order by delivery_id
limit %(limit)s

-- name: begin
-- Counts the attempt before it is made: what kills whoever handles it is found by its count.
update sync.webhook_delivery set attempts = attempts + 1
where delivery_id = any (%(delivery_ids)s) and state = 'waiting'
returning delivery_id, received_at, headers, body, attempts

-- name: settle
-- What became of deliveries, in the transaction that stored what they brought.
update sync.webhook_delivery d set state = s.state, error = s.error, settled_at = now(), retry_at = null
from unnest(%(delivery_id)s::bigint[], %(state)s::text[], %(error)s::text[]) as s (delivery_id, state, error)
where d.delivery_id = s.delivery_id and d.state = 'waiting'

-- name: put_back
-- Leaves deliveries for later; `counts` says whether the attempt was one.
update sync.webhook_delivery
set retry_at = now() + %(wait)s, error = %(error)s, attempts = attempts - case when %(counts)s then 0 else 1 end
where delivery_id = any (%(delivery_ids)s) and state = 'waiting'

-- name: dead
-- How many deliveries of these webhooks that came within a time are dead.
select count(*) from sync.webhook_delivery
where system = %(system)s and webhook = any (%(webhooks)s) and state = 'dead' and received_at >= %(since)s
    and received_at < %(until)s

-- name: revive
-- Dead deliveries wait again, as if they had just come: what they say may be declared now.
update sync.webhook_delivery set state = 'waiting', attempts = 0, settled_at = null
where system = %(system)s and webhook = any (%(webhooks)s) and state = 'dead' and received_at >= %(since)s
    and received_at < %(until)s

-- name: lock
-- One at a time takes a webhook's deliveries in; the lock ends with its session, so a killed one blocks nobody.
select pg_try_advisory_lock(hashtextextended('sync.webhook_delivery:' || %(system)s || '/' || %(webhook)s, 0))

-- name: unlock
-- Lets the next one in.
select pg_advisory_unlock(hashtextextended('sync.webhook_delivery:' || %(system)s || '/' || %(webhook)s, 0))

-- name: waiting_changes
-- The entities of a system for which changes wait that deliveries brought.
select distinct entity from sync.change
where system = %(system)s and applied_load_id is null and delivery_id is not null
