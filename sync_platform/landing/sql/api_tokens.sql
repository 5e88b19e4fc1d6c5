-- name: add
-- A new token; its secret is known to who got it alone.
insert into access.api_token (user_id, prefix, secret_hash, scopes, created_at, created_by, expires_at)
values (%(user_id)s, %(prefix)s, %(secret_hash)s, %(scopes)s, %(now)s, %(by)s, %(expires_at)s)

-- name: find
-- Whose token it is and what it may do, unless it has ended or its user may not come in any more.
select "user".user_id, name, role, password_hash, disabled_at, prefix, secret_hash, scopes, used_at
from access.api_token join access."user" using (user_id)
where prefix = %(prefix)s and revoked_at is null and expires_at > %(now)s and disabled_at is null

-- name: used
-- It was used just now.
update access.api_token set used_at = %(now)s where prefix = %(prefix)s

-- name: listed
-- Tokens, those that end last first.
select prefix, name, scopes, api_token.created_at, api_token.created_by, expires_at, used_at, revoked_at
from access.api_token join access."user" using (user_id)
where %(name)s::text is null or name = %(name)s
order by revoked_at is not null, expires_at desc, prefix

-- name: revoke
-- No request is answered for it any more.
update access.api_token set revoked_at = coalesce(revoked_at, %(now)s) where prefix = %(prefix)s returning prefix
