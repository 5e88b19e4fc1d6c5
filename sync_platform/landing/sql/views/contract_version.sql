-- Every registered contract version, and those that loads used without being registered: state, end, use in 14 days.
create or replace view report.contract_version as
with used as (
    select l.system, l.entity, l.contract_version as version, count(*) as loads, max(l.started_at) as last_load_at
    from sync.load l
    where l.started_at > now() - interval '14 days'
    group by l.system, l.entity, l.contract_version
),
registered as (
    select
        c.*,
        max(string_to_array(c.version, '.')::int[]) filter (where c.released_on is not null)
            over (partition by c.contract_id, split_part(c.version, '.', 1)) as newest
    from sync.contract_version c
)
select
    r.contract_id,
    version,
    case when r.contract_id is not null then split_part(version, '.', 1)::int end as major,
    system,
    entity,
    case
        when r.contract_id is null then 'unregistered'
        when r.released_on is null then 'draft'
        when r.ends_on < (now() at time zone 'UTC')::date then 'ended'
        when string_to_array(version, '.')::int[] = r.newest then 'current'
        else 'superseded'
    end as state,
    r.released_on,
    r.ends_on,
    r.registered_at,
    r.fingerprint,
    coalesce(u.loads, 0) as loads,
    u.last_load_at
from registered r
full join used u using (system, entity, version);

comment on view report.contract_version is
    'Every version of every contract: whether it is released, until when it counts, and how much it was used lately';
comment on column report.contract_version.contract_id is
    'The contract''s id, which its versions share; null for a version that loads used and nobody registered';
comment on column report.contract_version.version is 'MAJOR.MINOR.PATCH; sync.load.contract_version holds it for each load';
comment on column report.contract_version.major is
    'The major version: within one, what a reader built on goes on holding; null where it is not registered';
comment on column report.contract_version.system is 'Partner system, like pos';
comment on column report.contract_version.entity is 'Kind of record of that system, like sales; names the landing table';
comment on column report.contract_version.state is
    'current: the newest release of its major version; superseded: an older one; draft: not released, may still change; ended: after ends_on; unregistered: used by loads, run sync-platform migrate';
comment on column report.contract_version.released_on is 'The day it was released; null for a draft';
comment on column report.contract_version.ends_on is
    'Last day on which readers may rely on its major version; null while no end is announced';
comment on column report.contract_version.registered_at is 'When this database first learned of the version';
comment on column report.contract_version.fingerprint is
    'SHA-256 of the contract''s content; that of a released version never changes';
comment on column report.contract_version.loads is 'Loads of the last 14 days that used this version';
comment on column report.contract_version.last_load_at is 'When the newest of them began; null without any';
