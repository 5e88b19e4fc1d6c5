-- name: missing_here
-- Staged records that are no live rows of the day, and where else they are landed.
select {staged_key} as record_key, t._business_day, t._deleted_at
from {stage} as s
left join {landing} as t on {same_key}
where t._content_hash is null or t._deleted_at is not null or t._business_day <> %(day)s
order by 1

-- name: missing_there
-- Live rows of the parts that were read, without a staged record.
select {landed_key} as record_key, t._missing_since
from {landing} as t
where t._business_day = %(day)s and t._deleted_at is null and ({within})
    and not exists (select from {stage} as s where {same_key})
order by 1

-- name: changed
-- Records that are on both sides with another content, field by field. By the fields themselves: a content hash of an
-- older contract differs alone, and one beside a value that somebody changed by hand does not.
select record_key, fields, same_hash
from (
    select {staged_key} as record_key, s._content_hash = t._content_hash as same_hash, (
        select jsonb_object_agg(
            -- As text: a client may read a jsonb number as floating point.
            there.key, jsonb_build_object('partner', there.value #>> '{{}}', 'landed', here.value #>> '{{}}')
        )
        from jsonb_each(to_jsonb(({staged_row}))) as there
        join jsonb_each(to_jsonb(({landed_row}))) as here using (key)
        where there.value is distinct from here.value
    ) as fields
    from {stage} as s
    join {landing} as t on {same_key}
    where t._deleted_at is null and t._business_day = %(day)s and ({staged_columns}) is distinct from ({landed_columns})
) as compared
where fields is not null
order by record_key
