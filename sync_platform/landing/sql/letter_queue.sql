-- name: grouped
-- How many letters have the same reason, the most frequent one first.
select l.system, l.entity, l.reason, l.field, l.state, count(*) as letters, sum(l.attempts)::bigint as attempts,
    min(l.first_at) as oldest_at, max(l.last_at) as newest_at, min(l.business_day) as first_day,
    max(l.business_day) as last_day, array_agg(distinct coalesce(l.way, 'unknown')) as ways
from sync.dead_letter as l
where {wanted}
group by l.system, l.entity, l.reason, l.field, l.state
order by letters desc, l.system, l.entity, l.reason, l.field, l.state

-- name: selected
-- Letters in the order of their numbers, each with the payload it was last edited to, and the file that brought it.
select l.dead_letter_id, l.system, l.entity, l.business_day, l.record_key, l.reason, l.field, l.message, l.state,
    l.attempts, l.first_at, l.last_at, l.way, l.correlation_id, l.contract_version, l.source_version, l.observed_at,
    l.as_of, l.exchange_id, l.delivery_id, f.name as file_name, l.load_id, l.decided_by, l.decided_at, l.why, l.payload_hash as received_hash,
    coalesce(edit.after_hash, l.payload_hash) as payload_hash,
    case when edit.action_id is null then l.payload else edit.payload end as payload,
    case when edit.action_id is null then l.sealed else edit.sealed end as sealed,
    edit.action_id is not null as edited
from sync.dead_letter as l
left join sync.file as f on f.file_id = l.exchange_id
left join lateral (
    select a.action_id, a.after_hash, a.payload, a.sealed
    from sync.dead_letter_action as a
    where a.dead_letter_id = l.dead_letter_id and a.action = 'edited'
    order by a.action_id desc limit 1
) as edit on true
where {wanted} and l.dead_letter_id > %(after)s
order by l.dead_letter_id
limit %(limit)s

-- name: numbers
-- The numbers of the letters that are wanted.
select l.dead_letter_id from sync.dead_letter as l where {wanted} order by l.dead_letter_id

-- name: actions
-- What was done with a letter, in that order.
select action, who, why, at, before_hash, after_hash from sync.dead_letter_action
where dead_letter_id = %(dead_letter_id)s
order by action_id

-- name: locked
-- A letter's state, kept from being changed by somebody else meanwhile.
select state from sync.dead_letter where dead_letter_id = %(dead_letter_id)s for update

-- name: edited
-- Records an edit; the payload received stays in the letter.
insert into sync.dead_letter_action (
    dead_letter_id, action, who, why, at, before_hash, after_hash, payload, sealed
) values (
    %(dead_letter_id)s, 'edited', %(who)s, %(why)s, %(at)s, %(before_hash)s, %(after_hash)s, %(payload)s, %(sealed)s
)

-- name: settled
-- Gives those of the letters that are in the state `before` another one, and records who did it and why.
with settled as (
    update sync.dead_letter as l
    set state = %(state)s, decided_by = %(who)s, decided_at = %(at)s, why = %(why)s
    where l.dead_letter_id = any (%(dead_letter_ids)s) and l.state = %(before)s
    returning l.dead_letter_id, l.payload_hash
),
recorded as (
    insert into sync.dead_letter_action (dead_letter_id, action, who, why, at, before_hash, after_hash)
    select s.dead_letter_id, %(action)s, %(who)s, %(why)s, %(at)s, hashes.hash, hashes.hash
    from settled as s
    cross join lateral (
        select coalesce((
            select a.after_hash from sync.dead_letter_action as a
            where a.dead_letter_id = s.dead_letter_id and a.action = 'edited'
            order by a.action_id desc limit 1
        ), s.payload_hash) as hash
    ) as hashes
)
select dead_letter_id from settled order by dead_letter_id

-- name: aged
-- Open letters by entity, reason and field, with how many of them are younger than a day and older than a week.
select system, entity, reason, field, count(*) as letters,
    count(*) filter (where first_at > %(now)s::timestamptz - interval '1 day') as of_a_day,
    count(*) filter (where first_at <= %(now)s::timestamptz - interval '7 days') as over_a_week,
    min(first_at) as oldest_at
from sync.dead_letter
where state = 'open'
group by system, entity, reason, field
order by system, entity, letters desc, reason, field
