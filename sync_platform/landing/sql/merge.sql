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
returning v._verdict, case when v._verdict = 'conflict' then {key_text} end, s._business_day, s._source_version,
    s._observed_at, s._as_of, s._exchange_id,
    case when v._verdict = 'conflict' then convert_to(({payload})::text, 'UTF8') end

-- name: verdict
-- What a staged row `s` is to the landed row `t` of its key, if there is one. `strict` is true where equal versions must
-- have equal content; `versioned` where there is a version at all. Without a strict version the time of the last
-- observation decides.
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
end

-- name: classify
-- How many staged rows, one per key, are what to the landed ones; one row per verdict, with what is counted beside.
-- `present` will be live rows of their business day once the stage is merged.
with verdicts as (
    select s._business_day, s._observed_at, s._content_hash, s._source_version, {verdict} as _verdict,
        t._business_day as _landed_day, t._deleted_at as _landed_deleted_at, t._content_hash as _landed_hash,
        t._source_version as _landed_version, t._observed_at as _landed_observed_at,
        t._missing_since as _landed_missing_since
    from {stage} as s
    left join {landing} as t on {same_key}
)
select _verdict as verdict,
    count(*) as rows,
    count(*) filter (where _verdict = 'updated' and _observed_at > _landed_deleted_at) as revived,
    count(*) filter (where _verdict = 'updated' and _landed_day <> _business_day) as moved,
    count(*) filter (
        where _verdict = 'updated' and _content_hash <> _landed_hash and _source_version is not distinct from _landed_version
    ) as without_version,
    array_agg(distinct _landed_day) filter (where _verdict = 'updated' and _landed_day <> _business_day) as left_days,
    count(*) filter (where _verdict = 'inserted' and _observed_at < %(vanished_before)s) as born_gone,
    count(*) filter (where _verdict = 'unchanged' and not %(strict)s and _observed_at > _landed_observed_at) as seen_later,
    count(*) filter (where _landed_missing_since is not null) as missing,
    count(*) filter (
        where case _verdict
            when 'inserted' then _observed_at >= %(vanished_before)s
            when 'updated' then _landed_deleted_at is null or _observed_at > _landed_deleted_at
            else _landed_deleted_at is null and _landed_day = _business_day
        end
    ) as present
from verdicts
group by _verdict

-- name: insert_new
-- Lands the staged rows whose key is not landed yet.
insert into {landing} ({columns}, {row_columns}, _load_id, _first_seen_at, _last_changed_at, _deleted_at)
select {columns}, {row_columns}, %(load_id)s, now(), now(),
    case when _observed_at < %(vanished_before)s then %(vanished_before)s::timestamptz end
from {stage} as s
where %(all_new)s or not exists (select from {landing} as t where {same_key})

-- name: update_changed
-- Writes newer versions over landed rows. The verdict is judged on the row as it is once it is locked.
update {landing} as t
set {assignments},
    _load_id = %(load_id)s,
    _last_changed_at = now(),
    _missing_since = null,
    _deleted_at = case when s._observed_at > t._deleted_at then null else t._deleted_at end
from {stage} as s
where {same_key} and {verdict} = 'updated'

-- name: seen_later
-- Without a strict version the time of the last observation decides, so an equal one that is later moves it on.
update {landing} as t set _observed_at = s._observed_at, _missing_since = null
from {stage} as s
where {same_key} and s._observed_at > t._observed_at and {verdict} = 'unchanged'

-- name: conflicting
-- Rows of equal key and strict version that differ from what is landed, as the record they hold.
select {key_text}, s._business_day, s._source_version, s._observed_at, s._as_of, s._exchange_id,
    convert_to(({payload})::text, 'UTF8')
from {stage} as s
join {landing} as t on {same_key}
where {verdict} = 'conflict'

-- name: seen_again
-- Forgets that a record was missing once, when a complete read has it again.
update {landing} as t set _missing_since = null
where t._business_day = %(day)s and t._missing_since is not null
    and exists (select from {stage} as s where {same_key})

-- name: vanish
-- A complete read of the day did not have these records: tombstones where the partner's count confirms the read
-- or an earlier complete read missed them too, else they are only marked as missing. The same file read again is no
-- second witness: it was written when the first one was.
with rejected as (
    select {rejected} from unnest(%(rejected_keys)s::text[]) as k(key)
)
update {landing} as t
set _missing_since = coalesce(t._missing_since, %(read_at)s),
    _deleted_at = case when %(confirmed)s or t._missing_since < %(read_at)s then %(read_at)s end,
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
