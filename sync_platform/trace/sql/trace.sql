-- name: changes
-- The captured versions of records of one entity, and waiting ones in whose bytes one of the numbers is found.
select change_id, record_key, source_version, payload, as_of, observed_at, captured_at, exchange_id, applied_load_id,
    delivery_id
from sync.change c
where c.system = %(system)s and c.entity = %(entity)s
    and (
        c.record_key = any(%(keys)s)
        or (
            c.applied_load_id is null
            and exists (select from unnest(%(numbers)s::bytea[]) as number where position(number in c.payload) > 0)
        )
    )
order by change_id

-- name: dead_letters
-- The dead letters of records of one entity, those in whose bytes one of the numbers is found, and sealed ones that can be opened.
select d.dead_letter_id, d.record_key, d.business_day, d.reason, d.field, d.message, d.payload, d.payload_hash, d.sealed,
    d.contract_version, d.load_id, d.exchange_id, d.delivery_id, d.correlation_id, d.way, d.state, d.attempts, d.first_at,
    d.last_at, f.name as file_name
from sync.dead_letter d
left join sync.file f on f.file_id = d.exchange_id
where d.system = %(system)s and d.entity = %(entity)s
    and (
        d.record_key = any(%(keys)s)
        or (%(opens)s and d.sealed)
        or exists (select from unnest(%(numbers)s::bytea[]) as number where position(number in d.payload) > 0)
    )
order by dead_letter_id

-- name: letter_actions
-- What was done with dead letters, in that order.
select dead_letter_id, action, who, why, at, before_hash, after_hash
from sync.dead_letter_action where dead_letter_id = any(%(letters)s)
order by action_id

-- name: deliveries
-- Webhook deliveries by their ids.
select delivery_id, system, webhook, event_id, received_at, state, settled_at, secret, conflicts, content_hash,
    length(body) as body_bytes
from sync.webhook_delivery where delivery_id = any(%(ids)s)

-- name: files
-- Files by their ids, which are those of the exchanges that landed rows name.
select file_id, system, entity, name, size, modified, first_seen_at, state, reason, message, sha256, business_day,
    revision, rows, dead_lettered, load_id, place
from sync.file where file_id = any(%(ids)s)

-- name: stock_comparisons
-- The last comparison of days, products and branches.
select business_day, sku, branch, pos_units, shop_units, difference, verdict, pos_as_of, shop_as_of, limited_by,
    compared_at
from sync.stock_comparison
join unnest(%(days)s::date[], %(skus)s::text[], %(branches)s::text[]) as sold (business_day, sku, branch)
    using (business_day, sku, branch)

-- name: duplicate_proposals
-- Pairs of customers of which one is a system's with one of the keys, and the other one of each.
select p.proposal_id, sides.customer_key, sides.other_system, sides.other_key, p.score::float8 as score, p.reason,
    p.state, p.decided_by, p.decided_at, p.first_seen_at, p.last_seen_at
from sync.duplicate_proposal p
cross join lateral (
    values (p.left_system, p.left_key, p.right_system, p.right_key),
        (p.right_system, p.right_key, p.left_system, p.left_key)
) as sides (customer_system, customer_key, other_system, other_key)
where p.kind = 'customers' and sides.customer_system = %(system)s and sides.customer_key = any(%(keys)s)
order by p.proposal_id

-- name: loads
-- Loads by their ids.
select load_id, system, entity, business_day, way, outcome, read, inserted, updated, unchanged, superseded,
    dead_lettered, tombstoned, as_of, coalesce(loaded_at, started_at) as at, contract_version, platform_version, run_id,
    error, correlation_id
from sync.load where load_id = any(%(ids)s)

-- name: completing_loads
-- The loads that last read days of an entity whole.
select complete_load_id from sync.entity_day
where system = %(system)s and entity = %(entity)s and business_day = any(%(days)s::date[])

-- name: exchanges
-- Requests by their ids.
select exchange_id, system, entity, method, path, requested_at, partner_time, status, duration_ms, response_bytes,
    response_sha256, attempt, error, correlation_id,
    exists (select from sync.exchange_body b where b.exchange_id = e.exchange_id) as body_kept
from sync.exchange e where exchange_id = any(%(ids)s)

-- name: checks
-- What the rules last said of an entity's day, by when they ran.
select evaluated_at, count(*) filter (where passed) as passed,
    coalesce(
        jsonb_object_agg(rule, severity || ': ' || observed) filter (where not passed), '{}'::jsonb
    ) as failed
from sync.check_result
where system = %(system)s and entity = %(entity)s and business_day = %(day)s
group by evaluated_at

-- name: verifications
-- What the partner last said of an entity's day as a whole.
select coalesce(compared_at, failed_at) as at, scope, verdict, words, partner_count, landed_count, partner_sums,
    landed_sums, exchange_id
from sync.verification
where system = %(system)s and entity = %(entity)s and business_day = %(day)s
    and coalesce(compared_at, failed_at) is not null

-- name: verification_differences
-- The records of an entity's day that the last verification found to differ.
select record_key, kind, note from sync.verification_difference
where system = %(system)s and entity = %(entity)s and business_day = %(day)s and record_key = any(%(keys)s)
