-- name: take
-- What is landed and live of a day, by key and content, for as long as the connection lives.
create temporary table {snapshot} as
select {key}, _content_hash from {landing} where _business_day = {day} and _deleted_at is null

-- name: compare
-- How the day differs now from what it was: new rows, rows with other content, rows that are gone.
select count(*) filter (where b._content_hash is null) as added,
    count(*) filter (where b._content_hash <> t._content_hash) as changed,
    count(*) filter (where t._content_hash is null) as gone
from {snapshot} as b
full join (
    select {key}, _content_hash from {landing} where _business_day = {day} and _deleted_at is null
) as t using ({key})

-- name: missing
-- How many live rows of a day a stage does not have; what came and was rejected did not vanish.
with rejected as (
    select {rejected} from unnest(%(rejected_keys)s::text[]) as k(key)
)
select count(*) from {landing} as t
where t._business_day = {day} and t._deleted_at is null
    and not exists (select from {stage} as s where {same_key})
    and not exists (select from rejected as r where {rejected_key})

-- name: staged_sums
-- Rows of a stage, and the sums of some of its fields.
select count(*){sums} from {stage} as t
