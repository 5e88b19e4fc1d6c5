-- name: upsert
-- What matches now: new pairs are open, withdrawn ones open again; a person's decision stays what it is.
insert into sync.duplicate_proposal as known (
    kind, left_system, left_key, right_system, right_key, cluster, score, reason, first_seen_at, last_seen_at
)
select %(kind)s, left_system, left_key, right_system, right_key, cluster, score, reason, %(now)s, %(now)s
from unnest(
    %(left_system)s::text[], %(left_key)s::text[], %(right_system)s::text[], %(right_key)s::text[],
    %(cluster)s::text[], %(score)s::numeric[], %(reason)s::text[]
) as found (left_system, left_key, right_system, right_key, cluster, score, reason)
on conflict (kind, left_system, left_key, right_system, right_key) do update
set cluster = excluded.cluster, score = excluded.score, reason = excluded.reason, last_seen_at = excluded.last_seen_at,
    state = case when known.state = 'withdrawn' then 'open' else known.state end
returning known.state, known.first_seen_at = %(now)s as is_new

-- name: withdraw
-- Open pairs that were not found by the comparison at this moment.
update sync.duplicate_proposal set state = 'withdrawn'
where kind = %(kind)s and state = 'open' and last_seen_at < %(now)s

-- name: rejected
-- Pairs that a person said are two.
select left_system, left_key, right_system, right_key
from sync.duplicate_proposal
where kind = %(kind)s and state = 'rejected'

-- name: accepted
-- Pairs that a person said are one, whether they match still or not.
select left_system, left_key, right_system, right_key
from sync.duplicate_proposal
where kind = %(kind)s and state = 'accepted'

-- name: listed
-- Proposals of a state, the surest first.
select proposal_id, kind, left_system, left_key, right_system, right_key, cluster, score::float8 as score, reason, state, decided_by,
    decided_at, first_seen_at, last_seen_at
from sync.duplicate_proposal
where (%(state)s::text is null or state = %(state)s) and (%(kind)s::text is null or kind = %(kind)s)
order by score desc, proposal_id
limit %(limit)s

-- name: counted
-- How many proposals of each kind there are in each state.
select kind, state, count(*) from sync.duplicate_proposal group by kind, state order by kind, state

-- name: one
-- One proposal, by its number.
select proposal_id, kind, left_system, left_key, right_system, right_key, cluster, score::float8 as score, reason, state, decided_by,
    decided_at, first_seen_at, last_seen_at
from sync.duplicate_proposal
where proposal_id = %(proposal_id)s

-- name: one_for_update
-- The same, kept from being decided by somebody else meanwhile.
select proposal_id, kind, left_system, left_key, right_system, right_key, cluster, score::float8 as score, reason, state, decided_by,
    decided_at, first_seen_at, last_seen_at
from sync.duplicate_proposal
where proposal_id = %(proposal_id)s
for update

-- name: decide
-- A person's decision; nothing else changes anywhere.
update sync.duplicate_proposal
set state = %(state)s, decided_by = %(decided_by)s, decided_at = %(decided_at)s
where proposal_id = %(proposal_id)s

-- name: upsert_rate
-- The last measure of a kind, system and day.
insert into sync.duplicate_rate (kind, system, business_day, records, surplus, confirmed, as_of, limited_by, measured_at)
values (%(kind)s, %(system)s, %(day)s, %(records)s, %(surplus)s, %(confirmed)s, %(as_of)s, %(limited_by)s, %(now)s)
on conflict (kind, system, business_day) do update
set records = excluded.records, surplus = excluded.surplus, confirmed = excluded.confirmed, as_of = excluded.as_of,
    limited_by = excluded.limited_by, measured_at = excluded.measured_at
