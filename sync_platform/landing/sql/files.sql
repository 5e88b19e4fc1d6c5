-- name: note
-- A file lies in the folder: known since when, and since when it is as it is now.
insert into sync.file as f (
    file_id, system, entity, name, size, modified, state, first_seen_at, changed_at, place
) values (
    %(file_id)s, %(system)s, %(entity)s, %(name)s, %(size)s, %(modified)s, 'waiting', %(seen_at)s, %(seen_at)s, 'drop'
)
on conflict (system, entity, name) where place = 'drop' do update
set changed_at = case when (f.size, f.modified) = (excluded.size, excluded.modified)
        then f.changed_at else excluded.changed_at end,
    size = excluded.size, modified = excluded.modified
where f.state = 'waiting'
returning file_id, first_seen_at, changed_at

-- name: waits
-- Why a file is not taken yet.
update sync.file set reason = %(reason)s, message = %(message)s
where file_id = %(file_id)s and reason is distinct from %(reason)s

-- name: forget
-- Files that waited and are gone from the folder were never ours.
delete from sync.file
where system = %(system)s and entity = %(entity)s and state = 'waiting' and not (name = any (%(names)s))

-- name: unmoved
-- Files whose fate is decided and that were not seen to have been moved yet.
select file_id, name, state, size, modified from sync.file
where system = %(system)s and entity = %(entity)s and place = 'drop' and state <> 'waiting'

-- name: moved
-- Where a settled file lies now.
update sync.file set place = %(place)s where file_id = %(file_id)s

-- name: accepted_as
-- The accepted file of this content and day.
select name from sync.file
where system = %(system)s and entity = %(entity)s and state = 'accepted' and sha256 = %(sha256)s
    and business_day = %(business_day)s

-- name: accepted_of_day
-- The accepted file of a day that was written last; a sender's clock may have been ahead of ours.
select file_id, name, sha256, business_day, least(modified, settled_at) from sync.file
where system = %(system)s and entity = %(entity)s and state = 'accepted' and business_day = %(business_day)s
order by modified desc, settled_at desc
limit 1

-- name: settle
-- What became of a file, in the transaction that made it so.
update sync.file as f
set state = %(state)s, reason = %(reason)s, message = %(message)s, sha256 = %(sha256)s,
    business_day = %(business_day)s, rows = %(rows)s, dead_lettered = %(dead_lettered)s, control = %(control)s,
    load_id = %(load_id)s, settled_at = %(now)s, place = %(place)s,
    revision = case when %(state)s = 'accepted' then 1 + (
        select count(*) from sync.file as o
        where o.system = f.system and o.entity = f.entity and o.name = f.name and o.state = 'accepted'
    ) end
where file_id = %(file_id)s and state = 'waiting'

-- name: refuse_entry
-- Something in the folder that is no file and stays there; said once.
insert into sync.file (
    file_id, system, entity, name, size, modified, state, reason, message, first_seen_at, changed_at, settled_at, place
) values (
    %(file_id)s, %(system)s, %(entity)s, %(name)s, %(size)s, %(modified)s, 'rejected', %(reason)s, %(message)s,
    %(seen_at)s, %(seen_at)s, %(seen_at)s, 'left'
)
on conflict (system, entity, name, modified) where place = 'left' do nothing

-- name: newest_first
-- The files of a system's entities, newest first.
select file_id, entity, name, size, modified, state, reason, message, sha256, business_day, revision, rows,
    dead_lettered, control, load_id, first_seen_at, settled_at, place
from sync.file
where system = %(system)s and (%(entity)s::text is null or entity = %(entity)s)
order by first_seen_at desc, name
limit %(limit)s

-- name: kept
-- How many files of an entity lie in one of its folders.
select count(*) from sync.file where system = %(system)s and entity = %(entity)s and place = %(place)s

-- name: expired
-- Files in one of an entity's folders that were settled before a moment, oldest first, behind the last one seen.
select file_id, name, size, settled_at from sync.file
where system = %(system)s and entity = %(entity)s and place = %(place)s and state <> 'waiting'
    and settled_at < %(before)s
    and (%(after)s::timestamptz is null or (settled_at, file_id) > (%(after)s, %(after_id)s))
order by settled_at, file_id
limit %(most)s

-- name: refused
-- Files whose last word is a refusal: nothing of their name was taken in since. Newest first.
select system, entity, name, reason, settled_at
from (
    select distinct on (system, entity, name) system, entity, name, state, reason, settled_at
    from sync.file
    where settled_at >= %(since)s
    order by system, entity, name, settled_at desc
) as newest
where state = 'rejected'
order by settled_at desc, system, entity, name

-- name: was_archived
-- Whether a file of the entity was ever moved into the archive of its folder.
select exists (
    select from sync.file where system = %(system)s and entity = %(entity)s and place = 'archive'
)
