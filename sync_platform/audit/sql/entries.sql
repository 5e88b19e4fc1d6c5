-- name: record
-- Appends an entry.
insert into audit.entry (
    at, who, action, system, entity, subject, correlation_id, detail, detail_key_id, content_hash
) values (
    %(at)s, %(who)s, %(action)s, %(system)s, %(entity)s, %(subject)s, %(correlation_id)s, %(detail)s,
    %(detail_key_id)s, %(content_hash)s
)
returning entry_id

-- name: entries
-- The entries of a range of ids, in their order.
select entry_id, at, who, action, system, entity, subject, correlation_id, detail, detail_key_id, content_hash
from audit.entry where entry_id between %(first)s and %(last)s order by entry_id

-- name: newest
-- The last entries, newest first.
select entry_id, at, who, action, system, entity, subject, correlation_id, detail, detail_key_id, content_hash
from audit.entry order by entry_id desc limit %(limit)s

-- name: about_records
-- The entries about records, by system, entity and subject.
select e.entry_id, e.at, e.who, e.action, e.system, e.entity, e.subject, e.correlation_id, e.detail, e.detail_key_id,
    e.content_hash
from audit.entry e
join unnest(%(systems)s::text[], %(entities)s::text[], %(subjects)s::text[]) as r (system, entity, subject)
    on (e.system, e.entity, e.subject) = (r.system, r.entity, r.subject)
order by e.entry_id

-- name: unsealed
-- The next entries that belong to no batch yet.
select entry_id, at, who, action, system, entity, subject, correlation_id, detail, detail_key_id, content_hash
from audit.entry where entry_id > %(after)s order by entry_id limit %(limit)s

-- name: outside_batches
-- Entries among those sealed by their id that lie between two batches: nothing can have been there.
select e.entry_id from audit.entry e
where e.entry_id <= (select max(last_entry) from audit.batch)
    and not exists (select from audit.batch b where e.entry_id between b.first_entry and b.last_entry)
order by e.entry_id

-- name: last_batch
-- The newest batch.
select batch_id, first_entry, last_entry, entries, entry_hashes, sealed_at, previous_hash, hash
from audit.batch order by batch_id desc limit 1

-- name: batches
-- All batches after one, in their order.
select batch_id, first_entry, last_entry, entries, entry_hashes, sealed_at, previous_hash, hash
from audit.batch where batch_id > %(after)s order by batch_id

-- name: seal
-- Appends a batch.
insert into audit.batch (batch_id, first_entry, last_entry, entries, entry_hashes, sealed_at, previous_hash, hash)
values (
    %(batch_id)s, %(first_entry)s, %(last_entry)s, %(entries)s, %(entry_hashes)s, %(sealed_at)s, %(previous_hash)s,
    %(hash)s
)

-- name: archived
-- Which batches lie in which file.
select batch_id, file, sha256 from audit.archive order by batch_id

-- name: to_archive
-- Batches that were sealed before a moment and still lie here.
select batch_id, first_entry, last_entry, entries, entry_hashes, sealed_at, previous_hash, hash
from audit.batch b
where sealed_at < %(kept_since)s and not exists (select from audit.archive a where a.batch_id = b.batch_id)
order by batch_id

-- name: archive
-- Notes that a batch lies in a file.
insert into audit.archive (batch_id, first_entry, last_entry, file, sha256, archived_at)
values (%(batch_id)s, %(first_entry)s, %(last_entry)s, %(file)s, %(sha256)s, %(archived_at)s)

-- name: delete_archived
-- Takes the entries of archived batches out; the database refuses any others.
delete from audit.entry e using audit.archive a where e.entry_id between a.first_entry and a.last_entry
