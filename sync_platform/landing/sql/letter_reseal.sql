-- name: sealed_letters
-- Sealed payloads as received, in the order of their letters.
select dead_letter_id, payload from sync.dead_letter
where sealed and payload is not null and dead_letter_id > %(after)s
order by dead_letter_id
limit %(limit)s

-- name: sealed_edits
-- Sealed payloads as edited, in the order of the edits.
select action_id, payload from sync.dead_letter_action
where sealed and payload is not null and action_id > %(after)s
order by action_id
limit %(limit)s

-- name: reseal_letters
-- Puts newly sealed payloads in the place of those that were read; what a load replaced meanwhile stays.
update sync.dead_letter as l set payload = r.sealed_anew
from unnest(%(numbers)s::bigint[], %(before)s::bytea[], %(sealed_anew)s::bytea[]) as r (number, before, sealed_anew)
where l.dead_letter_id = r.number and l.sealed and l.payload = r.before

-- name: reseal_edits
-- The same for edits, of which the database lets nothing else be changed.
update sync.dead_letter_action as a set payload = r.sealed_anew
from unnest(%(numbers)s::bigint[], %(before)s::bytea[], %(sealed_anew)s::bytea[]) as r (number, before, sealed_anew)
where a.action_id = r.number and a.sealed and a.payload = r.before
