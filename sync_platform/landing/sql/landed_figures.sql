-- name: figures
-- Count and sums of the live rows of a part of a day.
select count(*){sums} from {landing} as t
where t._business_day = %(day)s and t._deleted_at is null{within}

-- name: item_sum
-- What the items of a list field have under a name, summed over the list; what is no number there counts for nothing.
(select sum(case when item.value ->> {name} ~ '^-?[0-9]+([.][0-9]+)?$' then (item.value ->> {name})::numeric end)
from jsonb_array_elements(case jsonb_typeof({column}) when 'array' then {column} end) as item)

-- name: spread
-- How the moments of a part of a day lie: how many, the first, the one in the middle, the last.
select count(*), min({moment}), percentile_disc(0.5) within group (order by {moment}), max({moment})
from {landing} as t
where t._business_day = %(day)s and t._deleted_at is null{within}

-- name: open_letters
-- Dead letters of a day that are open or that a person settled, of each record the newest, by its key or else by its
-- bytes; whether it is landed, and whether it was met by the day's last complete read or since: if not, the partner has
-- it no longer.
select distinct on (coalesce(l.record_key, encode(l.payload_hash, 'hex'))) l.record_key, l.payload_hash, l.payload, l.sealed,
    exists (
        select from {landing} as t
        where t._business_day = %(day)s and t._deleted_at is null and {key_text} = l.record_key
    ) as landed,
    coalesce((
        select met.started_at >= complete.started_at
        from sync.entity_day as d
        join sync.load as complete on complete.load_id = d.complete_load_id
        join sync.load as met on met.load_id = l.load_id
        where d.system = l.system and d.entity = l.entity and d.business_day = l.business_day
    ), true) as met_lately
from sync.dead_letter as l
where l.system = %(system)s and l.entity = %(entity)s and l.business_day = %(day)s
    and l.state in ('open', 'discarded', 'resolved')
order by coalesce(l.record_key, encode(l.payload_hash, 'hex')), l.last_at desc
