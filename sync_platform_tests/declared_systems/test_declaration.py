"""Every declared system: somebody plays it, and what is declared fits its contract."""

from __future__ import annotations

import pytest

from sync_platform.contracts.contract import FieldType, VersionKind
from sync_platform.contracts.reader import read_contract
from sync_platform_tests.declared_systems.served import CASES, Case, unserved

EACH_ENTITY = pytest.mark.parametrize("case", [pytest.param(case, id=case.entity.address) for case in CASES])


def test_every_declared_system_is_played_by_a_server_of_the_suite() -> None:
    assert unserved() == [], "give each a server in served.py, so that it passes the suite that the others pass"


@EACH_ENTITY
def test_the_contract_is_valid_and_has_the_fields_it_speaks_of(case: Case) -> None:
    contract = read_contract(case.entity.contract.file)
    spoken_of = {*contract.key, *contract.source_version.fields}
    spoken_of |= {name for name in (contract.business_day_field, contract.as_of_field, contract.branch_field) if name}

    assert contract == case.entity.contract
    assert contract.key
    assert spoken_of <= set(contract.columns)
    assert all(contract.field(name).required for name in contract.key)


@EACH_ENTITY
def test_the_version_and_the_business_day_are_of_a_type_that_can_be_compared(case: Case) -> None:
    contract = case.entity.contract
    versions = [contract.field(name).type for name in contract.source_version.fields]
    day = contract.business_day_field

    assert (contract.source_version.kind is VersionKind.NONE) == (not versions)
    assert set(versions) <= {FieldType.TIMESTAMP, FieldType.INTEGER}
    assert case.entity.is_state == (day is None)
    assert day is None or contract.field(day).type in (FieldType.DATE, FieldType.TIMESTAMP)


@EACH_ENTITY
def test_somebody_answers_for_the_data_and_promises_its_freshness(case: Case) -> None:
    contract = case.entity.contract
    assert contract.owner.name
    assert contract.freshness.max_age is not None or contract.freshness.closed_by is not None
    assert all(field.description for field in contract.fields)
