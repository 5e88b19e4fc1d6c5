-- name: capture
-- Appends what is left of the incoming changes.
insert into sync.change (
    system, entity, business_day, record_key, source_version, content_hash, payload, as_of, observed_at, exchange_id,
    delivery_id
)
select i.system, i.entity, i.business_day, i.record_key, i.source_version, i.content_hash, i.payload, i.as_of,
    i.observed_at, i.exchange_id, i.delivery_id
from incoming i
where i.record_key is not null
order by i.ordinal

-- name: seen_again
-- Without a strict version the time of the last observation decides: a waiting change that is seen again says so.
update sync.change w set observed_at = l.observed_at, as_of = greatest(w.as_of, l.as_of)
from ({last_incoming}) l, ({newest_waiting}) n
where not %(strict)s and n.same_record = l.same_record and w.change_id = n.change_id and l.observed_at > n.observed_at
    and n.content_hash = l.content_hash and n.source_version is not distinct from l.source_version

-- name: forget_waiting
-- Leaves out incoming changes that the newest waiting change of their record already says. Without a strict version the
-- last of a record's incoming changes speaks for all: the overlap reads two events of one second again and again, and
-- the older one must not come after the newer one.
delete from incoming i using ({last_incoming}) l, ({newest_waiting}) n
where i.record_key is not null and {same_record} = l.same_record and n.same_record = l.same_record
    and case when %(strict)s then i.content_hash else l.content_hash end = n.content_hash
    and case when %(strict)s then i.source_version else l.source_version end is not distinct from n.source_version

-- name: capture_broken
-- Appends a record that breaks its contract, unless the same bytes wait already or are a dead letter that is open or that a
-- person settled.
insert into sync.change (
    system, entity, business_day, record_key, source_version, content_hash, payload, as_of, observed_at, exchange_id,
    delivery_id
)
select i.system, i.entity, i.business_day, null, null, i.content_hash, i.payload, i.as_of, i.observed_at,
    i.exchange_id, i.delivery_id
from incoming i
where i.record_key is null
    and not exists (
        select from sync.change w
        where w.system = i.system and w.entity = i.entity and w.applied_load_id is null and w.record_key is null
            and w.content_hash = i.content_hash
    )
    and not exists (
        select from sync.dead_letter d
        where d.system = i.system and d.entity = i.entity and d.payload_hash = i.content_hash
            and d.state in ('open', 'discarded', 'resolved')
    )
order by i.ordinal

-- name: broken_waiting
-- How many of a day's waiting changes break their contract.
select count(*) from sync.change
where system = %(system)s and entity = %(entity)s and business_day = %(day)s and applied_load_id is null
    and record_key is null

-- name: waiting_days
-- Which days changes wait for, oldest change first, with their number.
select business_day, count(*) from sync.change
where system = %(system)s and entity = %(entity)s and applied_load_id is null
group by business_day order by min(change_id)

-- name: waiting
-- The changes that wait for one day, in the order of their capture.
select change_id, payload, as_of, observed_at, exchange_id, delivery_id from sync.change
where system = %(system)s and entity = %(entity)s and business_day = %(day)s and applied_load_id is null
order by change_id
limit %(limit)s

-- name: stored
-- The changes of one day that were applied and are still kept, in the order of their capture.
select change_id, payload, as_of, observed_at, exchange_id, delivery_id from sync.change
where system = %(system)s and entity = %(entity)s and business_day = %(day)s and applied_load_id is not null
    and change_id > %(after)s
order by change_id
limit %(limit)s

-- name: counted
-- How many changes of one day wait, and how many are kept that were applied.
select count(*) filter (where applied_load_id is null), count(*) filter (where applied_load_id is not null)
from sync.change
where system = %(system)s and entity = %(entity)s and business_day = %(day)s

-- name: applied
-- Marks changes as taken in by a load.
update sync.change set applied_load_id = %(load_id)s where change_id = any (%(change_ids)s) and applied_load_id is null

-- name: forget_landed
-- Leaves out incoming changes that the landing table holds already: older ones always, equal ones while nothing of the
-- record waits (a waiting change may lie between). As above, the last of a record's incoming changes speaks for all.
delete from incoming i using {landing} t, ({last_incoming}) l
where i.record_key is not null and {same_record} = l.same_record and {joined}
    and (
        i.source_version < t._source_version
        or (i.source_version is null and i.observed_at < t._observed_at)
        or (
            t._content_hash = case when %(strict)s then i.content_hash else l.content_hash end
            and t._source_version is not distinct from case when %(strict)s then i.source_version else l.source_version end
            and (t._deleted_at is null or t._deleted_at >= l.observed_at)
            and not exists (select from ({newest_waiting}) n where n.same_record = l.same_record)
        )
    )
