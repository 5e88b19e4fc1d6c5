-- name: known
-- What is registered of the given contracts; nobody else registers until the transaction ends.
select contract_id, version, system, entity, fingerprint, released_on, ends_on
from sync.contract_version
where contract_id = any(%(contract_ids)s)
for update

-- name: register
-- Writes what is now declared of a version; whether it may change was decided before.
insert into sync.contract_version (contract_id, version, system, entity, document, fingerprint, released_on, ends_on)
values (
    %(contract_id)s, %(version)s, %(system)s, %(entity)s, %(document)s, %(fingerprint)s, %(released_on)s, %(ends_on)s
)
on conflict (contract_id, version) do update set
    system = excluded.system,
    entity = excluded.entity,
    document = excluded.document,
    fingerprint = excluded.fingerprint,
    released_on = excluded.released_on,
    ends_on = excluded.ends_on

-- name: listed
-- Every version with how much it was used lately, newest version first.
select contract_id, version, system, entity, state, released_on, ends_on, registered_at, fingerprint, loads, last_load_at
from report.contract_version
order by
    system,
    contract_id nulls last,
    case when contract_id is not null then string_to_array(version, '.')::int[] end desc,
    entity,
    version
