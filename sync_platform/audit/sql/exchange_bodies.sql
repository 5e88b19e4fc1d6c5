-- name: keep
-- Stores the body of an answer.
insert into sync.exchange_body (exchange_id, kept_at, sha256, body, key_id)
values (%(exchange_id)s, %(kept_at)s, %(sha256)s, %(body)s, %(key_id)s)
on conflict (exchange_id) do nothing

-- name: read
-- A kept body; its checksum is that of the exchange log, as long as that is kept.
select coalesce(e.response_sha256, b.sha256), b.body, b.key_id
from sync.exchange_body b left join sync.exchange e using (exchange_id)
where b.exchange_id = %(exchange_id)s
