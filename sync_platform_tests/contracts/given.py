"""A small valid contract as text, to be read as it is or with one line made wrong; and readers for single fields."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import Contract
from sync_platform.contracts.reader import read_contract
from sync_platform.contracts.record import RecordReader

COLOMBO = BusinessCalendar(ZoneInfo("Asia/Colombo"))
WRONG = "# wrong"

VALID = """\
apiVersion: v3.1.0
kind: DataContract
id: shop-orders
name: Orders
version: 1.2.0
status: active
tags: [orders]
team:
  name: Shop operations
  members: [{username: shop-ops}]
slaProperties:
  - {property: freshness, value: 15, unit: m}
  - {property: timeOfAvailability, value: "09:00"}
schema:
  - name: orders
    businessName: Web orders
    description: An order.
    customProperties:
      - {property: kind, value: event}
      - {property: sourceVersion, value: {kind: coarse, fields: [updated_at, placed_at]}}
      - {property: businessDay, value: placed_at}
      - {property: branch, value: branch}
      - {property: maxRejected, value: 2.5%}
    properties:
      - name: id
        logicalType: integer
        primaryKey: true
        primaryKeyPosition: 2
      - name: branch
        logicalType: string
        primaryKey: true
        primaryKeyPosition: 1
        logicalTypeOptions: {minLength: 2, maxLength: 5, pattern: "^S"}
      - name: total
        logicalType: number
        required: true
        description: What is owed.
        logicalTypeOptions: {minimum: 0, exclusiveMaximum: 1000000}
        customProperties:
          - {property: precision, value: 12}
          - {property: scale, value: 2}
          - {property: unit, value: LKR}
      - name: currency
        logicalType: string
        required: true
        criticalDataElement: true
        quality:
          - {metric: invalidValues, arguments: {validValues: [LKR]}, mustBe: 0, severity: critical}
      - name: email
        logicalType: string
        classification: personal
      - name: placed_at
        logicalType: timestamp
        required: true
        customProperties:
          - {property: timeFormat, value: offset}
      - name: updated_at
        logicalType: timestamp
        customProperties:
          - {property: timeFormat, value: epoch_seconds}
      - name: lines
        logicalType: array
        required: true
"""


def with_change(old: str, new: str) -> str:
    """The valid contract with one piece of text replaced, which must be there once."""
    assert VALID.count(old) == 1, f"{old!r} is there {VALID.count(old)} times"
    return VALID.replace(old, new)


def line_of_mark(text: str) -> int:
    """The 1-based line that carries the mark."""
    (line,) = [number for number, line in enumerate(text.splitlines(), start=1) if WRONG in line]
    return line


def contract_of(folder: Path, text: str = VALID) -> Contract:
    """The contract in `text`."""
    file = folder / "contract.yaml"
    file.write_text(text, encoding="utf-8")
    return read_contract(file)


def contract_with(folder: Path, properties: str, *, version: str = "{kind: none}", more: str = "") -> Contract:
    """A state contract of the given properties (YAML, flow style, one a line); `id` is its key."""
    listed = "\n".join(f"      - {line.strip()}" for line in properties.strip().splitlines())
    return contract_of(
        folder,
        f"""\
apiVersion: v3.1.0
kind: DataContract
id: things
version: 1.0.0
status: active
team: {{name: Somebody}}
schema:
  - name: things
    customProperties:
      - {{property: kind, value: state}}
      - {{property: sourceVersion, value: {version}}}
{more}
    properties:
      - {{name: id, logicalType: integer, primaryKey: true}}
{listed}
""",
    )


def reader_with(
    folder: Path, properties: str, *, picks: dict[str, str] | None = None, version: str = "{kind: none}"
) -> RecordReader:
    """A reader of records with an `id` and the given properties."""
    contract = contract_with(folder, properties, version=version)
    return RecordReader(contract, picks=picks or {}, calendar=COLOMBO)
