-- name: settle_repeats
-- Leaves one row per key in the stage, the newest version; tells what became of each other one. Rows of equal strict
-- version and different content are conflicts and come back as the record they hold.
with ranked as (
    select _ordinal, _source_version, _content_hash,
        row_number() over versions as _rank,
        first_value(_source_version) over versions as _top_version,
        first_value(_content_hash) over versions as _top_hash
    from {stage}
    window versions as (
        partition by {key}
        order by _source_version desc nulls last,
            case when %(strict)s then null else _observed_at end desc nulls last,
            case when %(strict)s then _ordinal else - _ordinal end
    )
),
verdicts as (
    select _ordinal,
        case
            when _source_version is not distinct from _top_version and _content_hash = _top_hash then 'unchanged'
            when _source_version is not distinct from _top_version and %(strict)s then 'conflict'
            else 'superseded'
        end as _verdict
    from ranked
    where _rank > 1
)
delete from {stage} as s using verdicts as v
where s._ordinal = v._ordinal
returning v._verdict,
    case when v._verdict = 'conflict' then {key_text} end,
    case when v._verdict = 'conflict' then convert_to(({payload})::text, 'UTF8') end

-- name: merge
-- Moves staged rows, one per key, into the landing table; the newest source version wins. One row per verdict with its
-- counts. `strict` is true where equal versions must have equal content; `versioned` where there is a version at all.
-- Without a strict version the time of the last observation decides, so an equal one that is later moves it on.
with verdicts as (
    select s.*,
        t._business_day as _landed_day,
        t._deleted_at is not null and s._observed_at > t._deleted_at as _is_back,
        not %(strict)s and s._observed_at > t._observed_at as _is_later,
        case
            when t._content_hash is null then 'inserted'
            when %(versioned)s and (t._source_version is null or s._source_version > t._source_version) then 'updated'
            when %(versioned)s and s._source_version < t._source_version then 'superseded'
            when s._content_hash = t._content_hash and t._deleted_at is not null and s._observed_at > t._deleted_at
                then 'updated'
            when s._content_hash = t._content_hash then 'unchanged'
            when %(strict)s then 'conflict'
            when s._observed_at >= t._observed_at then 'updated'
            else 'superseded'
        end as _verdict,
        coalesce(
            s._content_hash <> t._content_hash and s._source_version is not distinct from t._source_version, false
        ) as _without_version
    from {stage} as s
    left join {landing} as t on {same_key}
),
written as (
    insert into {landing} as t ({columns}, {row_columns}, _load_id, _first_seen_at, _last_changed_at, _deleted_at)
    select {columns}, {row_columns}, %(load_id)s, now(), now(),
        case when _verdict = 'inserted' and _observed_at < %(vanished_before)s then %(vanished_before)s end
    from verdicts
    where _verdict in ('inserted', 'updated')
    on conflict ({key}) do update
    set {assignments},
        _load_id = excluded._load_id,
        _last_changed_at = excluded._last_changed_at,
        _missing_since = null,
        _deleted_at = case when excluded._observed_at > t._deleted_at then null else t._deleted_at end
    -- The verdict again, on the row as it is now that it is locked: what changed meanwhile is not written over.
    where (%(versioned)s and (t._source_version is null or t._source_version < excluded._source_version))
        or (
            (not %(versioned)s or t._source_version = excluded._source_version)
            and (t._content_hash = excluded._content_hash or (not %(strict)s and t._observed_at <= excluded._observed_at))
        )
    returning t._first_seen_at = now() and t._deleted_at is not null as born_gone
),
seen as (
    update {landing} as t set _observed_at = s._observed_at, _missing_since = null
    from verdicts as s
    where s._verdict = 'unchanged' and s._is_later and {same_key}
),
conflicts as (
    insert into sync.dead_letter as letter (
        system, entity, business_day, record_key, reason, field, message, payload, payload_hash, contract_version, load_id
    )
    select %(system)s, %(entity)s, min(_business_day), min(_key), 'conflict', '',
        'the same source version came with different content', _payload, sha256(_payload), %(contract_version)s, %(load_id)s
    from (
        select s._business_day, {key_text} as _key, convert_to(({payload})::text, 'UTF8') as _payload
        from verdicts as s
        where s._verdict = 'conflict'
    ) as conflicting
    group by _payload
    on conflict (system, entity, payload_hash) where state = 'open' do update
    set attempts = letter.attempts + 1, last_at = now(), load_id = excluded.load_id
    returning 1
)
select _verdict,
    count(*),
    count(*) filter (where _verdict = 'updated' and _is_back),
    count(*) filter (where _verdict = 'updated' and _landed_day <> _business_day),
    count(*) filter (where _verdict = 'updated' and _without_version),
    array_agg(distinct _landed_day) filter (where _verdict = 'updated' and _landed_day <> _business_day),
    (select count(*) from written),
    (select count(*) from written where born_gone)
from verdicts
group by _verdict

-- name: seen_again
-- Forgets that a record was missing once, when a complete read has it again.
update {landing} as t set _missing_since = null
where t._business_day = %(day)s and t._missing_since is not null
    and exists (select from {stage} as s where {same_key})

-- name: vanish
-- A complete read of the day did not have these records: tombstones where the partner's count confirms the read
-- or an earlier complete read missed them too, else they are only marked as missing.
with rejected as (
    select {rejected} from unnest(%(rejected_keys)s::text[]) as k(key)
)
update {landing} as t
set _missing_since = coalesce(t._missing_since, %(read_at)s),
    _deleted_at = case when %(confirmed)s or t._missing_since is not null then %(read_at)s end,
    _last_changed_at = now(),
    _load_id = %(load_id)s
where t._business_day = %(day)s
    and t._deleted_at is null
    and t._observed_at < %(read_at)s
    and not exists (select from {stage} as s where {same_key})
    and not exists (select from rejected as r where {rejected_key})
returning t._deleted_at is not null

-- name: count_live
-- Live rows of a business day.
select count(*) from {landing} where _business_day = %(day)s and _deleted_at is null
