-- name: create_staged
-- Where the letters of a load wait until they are stored.
create temporary table if not exists staged_letter (
    ordinal bigint generated always as identity, business_day date, record_key text, reason text, field text,
    message text, source_version bigint, observed_at timestamptz, as_of timestamptz, exchange_id uuid, delivery_id bigint,
    payload bytea, sealed boolean, payload_hash bytea
)

-- name: copy_staged
-- Takes in staged letters.
copy staged_letter (
    business_day, record_key, reason, field, message, source_version, observed_at, as_of, exchange_id, delivery_id, payload,
    sealed, payload_hash
) from stdin

-- name: store
-- The same bytes twice in one load are one letter with two attempts, as they would be one after the other. The bytes of
-- a letter that a person discarded or resolved count there: it stays settled. What a webhook or a file brought came by it,
-- also when a load of changes meets it.
insert into sync.dead_letter as letter (
    system, entity, business_day, record_key, reason, field, message, source_version, observed_at, as_of, exchange_id,
    delivery_id, payload, sealed, payload_hash, contract_version, load_id, way, correlation_id, attempts
)
select %(system)s, %(entity)s, business_day, record_key, reason, field, message, source_version, observed_at, as_of,
    exchange_id, delivery_id, payload, sealed, payload_hash, %(contract_version)s, %(load_id)s,
    case
        when delivery_id is not null then 'webhook'
        when exists (select from sync.file f where f.file_id = newest.exchange_id) then 'file'
        else %(way)s
    end,
    %(correlation_id)s, attempts
from (
    select distinct on (payload_hash) *, count(*) over (partition by payload_hash) as attempts
    from staged_letter order by payload_hash, ordinal desc
) as newest
order by ordinal
on conflict (system, entity, payload_hash) where state in ('open', 'discarded', 'resolved') do update
set attempts = letter.attempts + excluded.attempts, last_at = now(), load_id = excluded.load_id,
    reason = excluded.reason, field = excluded.field, message = excluded.message,
    contract_version = excluded.contract_version, way = excluded.way, correlation_id = excluded.correlation_id,
    source_version = excluded.source_version, observed_at = greatest(letter.observed_at, excluded.observed_at),
    as_of = greatest(letter.as_of, excluded.as_of), exchange_id = excluded.exchange_id,
    delivery_id = excluded.delivery_id, payload = coalesce(excluded.payload, letter.payload),
    sealed = case when excluded.payload is null then letter.sealed else excluded.sealed end

-- name: waits_from_before
-- Whether there are open letters that this load did not meet.
select exists (
    select from sync.dead_letter
    where system = %(system)s and entity = %(entity)s and state = 'open' and load_id <> %(load_id)s
        and record_key is not null
)

-- name: supersede
-- Open letters whose record this load took in in a later version. What is staged and not landed so is in conflict; the
-- landed row is looked up for the few that may matter, not joined with.
with later as materialized (
    select distinct on (_letter_id) _letter_id, s.*
    from (
        select dead_letter_id as _letter_id, record_key as _letter_key, business_day as _letter_day,
            observed_at as _letter_observed_at, source_version as _letter_version
        from sync.dead_letter
        where system = %(system)s and entity = %(entity)s and state = 'open' and load_id <> %(load_id)s
            and record_key is not null
    ) as l
    join {stage} as s on {key_text} = l._letter_key
    where (not %(of_a_day)s or _letter_day = s._business_day)
        and s._observed_at > coalesce(_letter_observed_at, '-infinity')
        and (_letter_version is null or s._source_version is null or s._source_version >= _letter_version)
),
gone as (
    update sync.dead_letter as d
    set state = 'superseded', decided_by = %(who)s, decided_at = now(), why = %(why)s
    from later as s
    where d.dead_letter_id = s._letter_id and d.state = 'open'
        and (select t._content_hash from {landing} as t where {same_key}) = s._content_hash
    returning d.dead_letter_id, d.payload_hash
)
insert into sync.dead_letter_action (dead_letter_id, action, who, why, before_hash, after_hash)
select dead_letter_id, 'superseded', %(who)s, %(why)s, payload_hash, payload_hash from gone
