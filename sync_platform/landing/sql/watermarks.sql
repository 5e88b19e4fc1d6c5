-- name: read
-- How far an entity's change feed has been taken in.
select changed_until, looked_at, rechecked_at from sync.watermark where system = %(system)s and entity = %(entity)s

-- name: move
-- Moves the watermark forward; it never goes back by itself.
insert into sync.watermark as w (system, entity, changed_until, looked_at)
values (%(system)s, %(entity)s, %(changed_until)s, %(looked_at)s)
on conflict (system, entity) do update
set changed_until = greatest(w.changed_until, excluded.changed_until), looked_at = greatest(w.looked_at, excluded.looked_at)

-- name: rechecked
-- Open records were read again.
update sync.watermark set rechecked_at = %(rechecked_at)s where system = %(system)s and entity = %(entity)s
