"""A small valid declaration as text beside its two contracts, to be read as it is or with one line made wrong."""

from __future__ import annotations

from pathlib import Path

from sync_platform.declarations.partner_system import PartnerSystem, read_partner_system

WRONG = "# wrong"

VALID = """\
# A till system.
type: sync_platform.components.PartnerSystem
attributes:
  system: till
  time_zone: Asia/Colombo
  day_starts_at: "04:00"
  owner: {name: Store operations, notify: [store-ops]}
  history: 7d
  api:
    base_url_env: TILL_BASE_URL
    auth: {kind: basic, username_env: TILL_USER, password_env: TILL_PASSWORD}
    timeout: 5s
    rate: {requests: 10, per: 1s, source: The handbook of 2026}
    errors:
      - {when: error, then: unavailable}
  entities:
    - contract: contracts/sales.yaml
      path: /sales
      records: data.sales
      fields:
        sale_id: id
        sold_at: times.sold
      pages: {kind: page_number, size_param: size, size: 100, total: total}
      business_day:
        "on": {param: day, format: date}
      changed_since:
        since: {param: since, format: epoch_seconds}
        field: changed_at
        overlap: 2m
      recheck: {field: status, until: [closed]}
      as_of: {body: now, format: epoch_seconds}
      poll: 10s
    - contract: contracts/stock.yaml
      path: /stock
      records: "@"
"""

SALES = """\
apiVersion: v3.1.0
kind: DataContract
id: sales
version: 1.0.0
status: active
team: {name: Store operations}
schema:
  - name: sales
    customProperties:
      - {property: kind, value: event}
      - {property: sourceVersion, value: {kind: coarse, fields: [changed_at]}}
      - {property: businessDay, value: sold_at}
    properties:
      - {name: sale_id, logicalType: string, primaryKey: true}
      - {name: status, logicalType: string}
      - name: sold_at
        logicalType: timestamp
        required: true
        customProperties: [{property: timeFormat, value: naive_local}]
      - name: changed_at
        logicalType: timestamp
        customProperties: [{property: timeFormat, value: epoch_seconds}]
"""

STOCK = """\
apiVersion: v3.1.0
kind: DataContract
id: stock
version: 1.0.0
status: active
team: {name: Store operations}
schema:
  - name: stock
    customProperties:
      - {property: kind, value: state}
      - {property: sourceVersion, value: {kind: none}}
    properties:
      - {name: sku, logicalType: string, primaryKey: true}
      - {name: on_hand, logicalType: integer}
"""


def with_change(old: str, new: str) -> str:
    """The valid declaration with one piece of text replaced, which must be there once."""
    assert VALID.count(old) == 1, f"{old!r} is there {VALID.count(old)} times"
    return VALID.replace(old, new)


def line_of_mark(text: str) -> int:
    """The 1-based line that carries the mark."""
    (line,) = [number for number, line in enumerate(text.splitlines(), start=1) if WRONG in line]
    return line


def declare(folder: Path, text: str = VALID) -> Path:
    """Write the declaration and its contracts into `folder`; the file of the declaration."""
    (folder / "contracts").mkdir(parents=True, exist_ok=True)
    (folder / "contracts" / "sales.yaml").write_text(SALES, encoding="utf-8")
    (folder / "contracts" / "stock.yaml").write_text(STOCK, encoding="utf-8")
    (folder / "defs.yaml").write_text(text, encoding="utf-8")
    return folder / "defs.yaml"


def system_of(folder: Path, text: str = VALID) -> PartnerSystem:
    """The partner system that `text` declares."""
    return read_partner_system(declare(folder, text).parent)
