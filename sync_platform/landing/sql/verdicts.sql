-- name: store_verdicts
-- The verdicts on days; answers with the days whose state is another than before, which somebody has to be told of.
-- A sentence tells an age: today's is written at each look, a past day's only when it says something new.
with told as (
    insert into sync.freshness_verdict as v (
        system, entity, business_day, state, sentence, limited_by, since, judged_at
    )
    select system, entity, business_day, state, sentence, limited_by, %(judged_at)s, %(judged_at)s
    from unnest(
        %(systems)s::text[], %(entities)s::text[], %(days)s::date[], %(states)s::text[], %(sentences)s::text[],
        %(limits)s::text[]
    ) as judged(system, entity, business_day, state, sentence, limited_by)
    order by system, entity, business_day
    on conflict (system, entity, business_day) do update
    set state = excluded.state, sentence = excluded.sentence, limited_by = excluded.limited_by,
        since = case when v.state = excluded.state then v.since else excluded.since end,
        judged_at = excluded.judged_at
    where v.state <> excluded.state or v.sentence <> excluded.sentence
        or v.limited_by is distinct from excluded.limited_by
    returning system, entity, business_day, since
)
select system, entity, business_day from told where since = %(judged_at)s order by system, entity, business_day

-- name: store_lags
-- How old today's data is, once in five minutes.
insert into sync.freshness_lag (system, entity, sampled_at, seconds, state)
select system, entity, date_bin('5 minutes', %(now)s, timestamptz '2000-01-01 00:00+00'), seconds, state
from unnest(%(systems)s::text[], %(entities)s::text[], %(seconds)s::float8[], %(states)s::text[])
    as told(system, entity, seconds, state)
on conflict do nothing

-- name: store_owed
-- How many days each entity is behind its target.
insert into sync.owed as o (system, entity, days, first_day, last_day, judged_at)
select system, entity, days, first_day, last_day, %(judged_at)s
from unnest(%(systems)s::text[], %(entities)s::text[], %(days)s::bigint[], %(first_days)s::date[], %(last_days)s::date[])
    as told(system, entity, days, first_day, last_day)
order by system, entity
on conflict (system, entity) do update
set days = excluded.days, first_day = excluded.first_day, last_day = excluded.last_day, judged_at = excluded.judged_at
