-- name: store_fields
-- A day's fields at one age, all in one statement; what was known of the day at that age is replaced.
insert into sync.profile (
    system, entity, business_day, age, field, kind, rows, nulls, counts, rest, distinct_values, minimum, maximum, mean
)
select %(system)s, %(entity)s, %(day)s, %(age)s, f.name, f.kind, f.rows, f.nulls, f.counts, f.rest, f.distinct_values,
    f.minimum, f.maximum, f.mean
from jsonb_to_recordset(%(fields)s) as f(
    name text, kind text, rows bigint, nulls bigint, counts jsonb, rest bigint, distinct_values bigint,
    minimum float8, maximum float8, mean float8
)
on conflict (system, entity, business_day, age, field) do update
set kind = excluded.kind, rows = excluded.rows, nulls = excluded.nulls, counts = excluded.counts, rest = excluded.rest,
    distinct_values = excluded.distinct_values, minimum = excluded.minimum, maximum = excluded.maximum,
    mean = excluded.mean, taken_at = now()

-- name: store_volume
-- A day's rows by branch; branches that have none any more are told as none.
with told as (
    select * from jsonb_to_recordset(%(branches)s) as b(branch text, rows bigint, by_hour int[], busy_minutes int[])
),
emptied as (
    update sync.volume v set rows = 0, by_hour = '{}', busy_minutes = '{}', taken_at = now()
    where v.system = %(system)s and v.entity = %(entity)s and v.business_day = %(day)s
        and not exists (select from told where told.branch = v.branch)
)
insert into sync.volume (system, entity, business_day, branch, rows, by_hour, busy_minutes)
select %(system)s, %(entity)s, %(day)s, branch, rows, by_hour, busy_minutes from told
on conflict (system, entity, business_day, branch) do update
set rows = excluded.rows, by_hour = excluded.by_hour, busy_minutes = excluded.busy_minutes, taken_at = now()

-- name: read_fields
-- The fields of the days of one age, near a day.
select business_day, field, kind, rows, nulls, counts, rest, distinct_values, minimum, maximum, mean
from sync.profile
where system = %(system)s and entity = %(entity)s and business_day between %(since)s and %(until)s and age = %(age)s
order by business_day

-- name: read_volumes
-- The rows of some days, by branch.
select business_day, branch, rows, by_hour, busy_minutes
from sync.volume
where system = %(system)s and entity = %(entity)s and business_day = any (%(days)s)
order by business_day

-- name: read_totals
-- The rows of all branches together on the last days, for several entities of a system.
select entity, business_day, rows, by_hour, busy_minutes
from sync.volume
where system = %(system)s and entity = any (%(entities)s) and business_day between %(since)s and %(until)s
    and branch = ''

-- name: store_shape
-- The shape of a day's records as this load saw it. The day's first look keeps its time: what came later is compared
-- with what came before.
insert into sync.shape (system, entity, business_day, contract_version, samples, paths, cut)
values (%(system)s, %(entity)s, %(day)s, %(contract_version)s, %(samples)s, %(paths)s, %(cut)s)
on conflict (system, entity, business_day) do update
set contract_version = excluded.contract_version, samples = excluded.samples, paths = excluded.paths, cut = excluded.cut

-- name: read_shapes
-- The shapes of the days near a day, and the first ones under each version of the contract.
select business_day, contract_version, observed_at, samples, paths, cut
from sync.shape s
where system = %(system)s and entity = %(entity)s
    and (
        business_day between %(since)s and %(until)s
        or observed_at < (
            select min(f.observed_at) + interval '1 day' from sync.shape f
            where f.system = s.system and f.entity = s.entity and f.contract_version = s.contract_version
        )
    )

-- name: read_shape
-- The shape of one day.
select business_day, contract_version, observed_at, samples, paths, cut
from sync.shape where system = %(system)s and entity = %(entity)s and business_day = %(day)s
