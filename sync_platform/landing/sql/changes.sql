-- name: capture
-- Appends a change unless the landing table or the newest waiting change of the key already says the same.
insert into sync.change (
    system, entity, business_day, record_key, source_version, content_hash, payload, as_of, observed_at, exchange_id
)
select i.system, i.entity, i.business_day, i.record_key, i.source_version, i.content_hash, i.payload, i.as_of,
    i.observed_at, i.exchange_id
from incoming i
where i.record_key is not null
    and not exists (
        select from sync.change w
        where w.system = i.system and w.entity = i.entity and w.applied_load_id is null and w.record_key = i.record_key
            and w.content_hash = i.content_hash and w.source_version is not distinct from i.source_version
            and w.change_id = (
                select max(n.change_id) from sync.change n
                where n.system = i.system and n.entity = i.entity and n.applied_load_id is null
                    and n.record_key = i.record_key
            )
    )
order by i.ordinal

-- name: capture_broken
-- Appends a record too broken to have a key, unless the same bytes wait already or are an open dead letter.
insert into sync.change (
    system, entity, business_day, record_key, source_version, content_hash, payload, as_of, observed_at, exchange_id
)
select i.system, i.entity, i.business_day, null, null, i.content_hash, i.payload, i.as_of, i.observed_at, i.exchange_id
from incoming i
where i.record_key is null
    and not exists (
        select from sync.change w
        where w.system = i.system and w.entity = i.entity and w.applied_load_id is null and w.record_key is null
            and w.content_hash = i.content_hash
    )
    and not exists (
        select from sync.dead_letter d
        where d.system = i.system and d.entity = i.entity and d.state = 'open' and d.payload_hash = i.content_hash
    )
order by i.ordinal

-- name: waiting_days
-- Which days changes wait for, oldest change first, with their number.
select business_day, count(*) from sync.change
where system = %(system)s and entity = %(entity)s and applied_load_id is null
group by business_day order by min(change_id)

-- name: waiting
-- The changes that wait for one day, in the order of their capture.
select change_id, payload, as_of, observed_at, exchange_id from sync.change
where system = %(system)s and entity = %(entity)s and business_day = %(day)s and applied_load_id is null
order by change_id
limit %(limit)s

-- name: applied
-- Marks changes as taken in by a load.
update sync.change set applied_load_id = %(load_id)s where change_id = any (%(change_ids)s) and applied_load_id is null

-- name: forget_landed
-- Leaves out incoming changes that the landing table holds already: older ones always, equal ones while nothing of the
-- key waits (a waiting change may lie between).
delete from incoming i using {landing} t
where i.record_key is not null and {joined}
    and (
        i.source_version < t._source_version
        or (i.source_version is null and i.observed_at < t._observed_at)
        or (
            t._content_hash = i.content_hash
            and t._source_version is not distinct from i.source_version
            and (t._deleted_at is null or t._deleted_at >= i.observed_at)
            and not exists (
                select from sync.change w
                where w.system = i.system and w.entity = i.entity and w.applied_load_id is null
                    and w.record_key = i.record_key
            )
        )
    )
