-- name: acquire
-- Takes the lease when it is free or expired by the database's clock; the token grows with each new holder.
insert into sync.lease as held (system, entity, scope, fencing_token, holder, expires_at)
values (%(system)s, %(entity)s, %(scope)s, 1, %(holder)s, clock_timestamp() + %(duration)s)
on conflict (system, entity, scope) do update
set fencing_token = held.fencing_token + 1, holder = excluded.holder, expires_at = excluded.expires_at
where held.holder is null or held.expires_at < clock_timestamp()
returning fencing_token

-- name: holder
-- Who holds the lease now, for the message to whoever did not get it.
select holder, expires_at from sync.lease where system = %(system)s and entity = %(entity)s and scope = %(scope)s

-- name: renew
-- Prolongs a lease that is still ours.
update sync.lease set expires_at = clock_timestamp() + %(duration)s
where system = %(system)s and entity = %(entity)s and scope = %(scope)s and fencing_token = %(token)s and holder is not null
returning fencing_token

-- name: fence
-- Locks our lease row until the transaction ends; no row means that somebody else took over.
select fencing_token from sync.lease
where system = %(system)s and entity = %(entity)s and scope = %(scope)s and fencing_token = %(token)s and holder is not null
for update

-- name: release
-- Frees the lease if it is still ours; the token stays, so that a late writer is refused.
update sync.lease set holder = null
where system = %(system)s and entity = %(entity)s and scope = %(scope)s and fencing_token = %(token)s

-- name: free
-- Frees what a holder left behind that is known to be gone; the tokens stay, so that it is refused should it come back.
update sync.lease set holder = null where holder = %(holder)s
