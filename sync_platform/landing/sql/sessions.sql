-- name: begin
-- A new session.
insert into access.session (session_hash, user_id, began_at, seen_at)
values (%(session_hash)s, %(user_id)s, %(now)s, %(now)s)

-- name: prune
-- Sessions that nobody can use any more.
delete from access.session where seen_at <= %(seen_since)s or began_at <= %(began_since)s

-- name: find
-- Whose session it is, unless it has ended or its user may not come in any more.
select "user".user_id, name, role, password_hash, disabled_at, seen_at
from access.session join access."user" using (user_id)
where session_hash = %(session_hash)s and seen_at > %(seen_since)s and began_at > %(began_since)s
    and disabled_at is null

-- name: seen
-- It was used just now.
update access.session set seen_at = %(now)s where session_hash = %(session_hash)s

-- name: end
-- This one session.
delete from access.session where session_hash = %(session_hash)s

-- name: end_all
-- Every session of a user.
delete from access.session where user_id = %(user_id)s
