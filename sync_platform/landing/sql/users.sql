-- name: add
-- A new user; nothing where the name is taken.
insert into access."user" (name, role, password_hash, issuer, subject, created_at, created_by)
values (%(name)s, %(role)s, %(password_hash)s, %(issuer)s, %(subject)s, %(now)s, %(by)s)
on conflict (name) do nothing
returning user_id, name, role, password_hash, disabled_at

-- name: by_name
-- One user; others wait until what is decided by it is done.
select user_id, name, role, password_hash, disabled_at from access."user" where name = %(name)s for update

-- name: by_subject
-- The user that an issuer of OpenID Connect knows by this subject.
select user_id, name, role, password_hash, disabled_at from access."user"
where issuer = %(issuer)s and subject = %(subject)s
for update

-- name: listed
-- Every user with what can be done in its name now; never a hash.
select name, role, created_at, created_by, disabled_at, last_login_at,
    case when issuer is not null then 'openid' when password_hash is not null then 'password' else 'none' end as way,
    (
        select count(*) from access.api_token
        where api_token.user_id = "user".user_id and revoked_at is null and expires_at > %(now)s
    ) as tokens
from access."user"
order by disabled_at is not null, name

-- name: set_role
-- Counts from the next request on.
update access."user" set role = %(role)s where user_id = %(user_id)s

-- name: set_disabled
-- Null lets the user in again.
update access."user" set disabled_at = %(disabled_at)s where user_id = %(user_id)s

-- name: set_password
-- Replaces the hash.
update access."user" set password_hash = %(password_hash)s where user_id = %(user_id)s

-- name: logged_in
-- When the user last came in.
update access."user" set last_login_at = %(now)s where user_id = %(user_id)s

-- name: other_admins
-- How many could still decide who may do what if this user could not.
select count(*) from access."user" where role = 'admin' and disabled_at is null and user_id <> %(user_id)s
