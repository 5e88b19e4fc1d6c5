-- name: record
-- One look or action.
insert into access.access_log (at, name, way, method, path, about, status, peer)
values (%(at)s, %(name)s, %(way)s, %(method)s, %(path)s, %(about)s, %(status)s, %(peer)s)

-- name: listed
-- The newest first, older than the given entry.
select access_id, at, name, way, method, path, about, status, peer
from access.access_log
where (%(name)s::text is null or name = %(name)s) and (%(before)s::bigint is null or access_id < %(before)s)
order by access_id desc
limit %(limit)s
