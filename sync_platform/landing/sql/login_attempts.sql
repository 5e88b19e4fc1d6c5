-- name: wait_turn
-- Attempts under one name come one after another, so that a hundred at once count as a hundred.
select pg_advisory_xact_lock(hashtext('access.login'), hashtext(encode(%(name_hash)s::bytea, 'hex')))

-- name: failures
-- Failures since the given moment: under the name since it last succeeded, and from the address; with the oldest each.
with recent as (
    select name_hash = %(name_hash)s and attempt_id > coalesce((
            select max(attempt_id) from access.login_attempt where name_hash = %(name_hash)s and succeeded
        ), 0) as by_name,
        peer = %(peer)s as by_peer,
        attempted_at
    from access.login_attempt
    where attempted_at > %(since)s and not succeeded and (name_hash = %(name_hash)s or peer = %(peer)s)
)
select count(*) filter (where by_name), min(attempted_at) filter (where by_name),
    count(*) filter (where by_peer), min(attempted_at) filter (where by_peer)
from recent

-- name: record
-- One attempt.
insert into access.login_attempt (name_hash, peer, succeeded, attempted_at)
values (%(name_hash)s, %(peer)s, %(succeeded)s, %(now)s)

-- name: prune
-- What no limit asks for any more.
delete from access.login_attempt where attempted_at <= %(since)s

-- name: forgive
-- Whoever got a new password begins anew.
delete from access.login_attempt where name_hash = %(name_hash)s
