-- name: keep
-- Stores the body of an answer.
insert into sync.exchange_body (exchange_id, kept_at, sha256, body, key_id)
values (%(exchange_id)s, %(kept_at)s, %(sha256)s, %(body)s, %(key_id)s)
on conflict (exchange_id) do nothing

-- name: read
-- A kept body; its checksum is that of the exchange log, as long as that is kept.
select coalesce(e.response_sha256, b.sha256), b.body, b.key_id, b.stored_as
from sync.exchange_body b left join sync.exchange e using (exchange_id)
where b.exchange_id = %(exchange_id)s

-- name: movable
-- The next bodies in the database that were received before a moment.
select exchange_id, kept_at at time zone 'UTC', body from sync.exchange_body
where body is not null and kept_at < %(kept_before)s
order by kept_at, exchange_id limit %(limit)s

-- name: count_movable
-- How many there are, and their bytes.
select count(*), coalesce(sum(length(body)), 0)::bigint from sync.exchange_body
where body is not null and kept_at < %(kept_before)s

-- name: moved
-- Takes a body out of the database, once it lies in the store.
update sync.exchange_body set body = null, stored_as = %(stored_as)s
where exchange_id = %(exchange_id)s and body is not null

-- name: droppable
-- Bodies in the store that are over age, or whose request is no longer kept; not while a change that one brought waits.
select exchange_id, stored_as from sync.exchange_body t
where stored_as is not null
    and (
        kept_at < %(exchange_bodies)s
        or not exists (select from sync.exchange e where e.exchange_id = t.exchange_id)
    )
    and not exists (select from sync.change c where c.exchange_id = t.exchange_id and c.applied_load_id is null)
order by kept_at, exchange_id limit %(limit)s

-- name: dropped
-- Forgets bodies whose files are gone.
delete from sync.exchange_body where exchange_id = any(%(exchange_ids)s)
