"""Writes a valid start for a new partner system: `dg scaffold defs sync_platform.components.PartnerSystem NAME`."""

from __future__ import annotations

import re

from dagster.components.scaffold.scaffold import Scaffolder, ScaffoldRequest

from sync_platform.declarations.partner_system import COMPONENT_TYPE
from sync_platform.errors import DeclarationError

_DEFS = """\
# {system}: say here in a line what this system is and who runs it. Every key: docs/declarations.md
type: {type}
attributes:
  system: {system}
  time_zone: UTC
  owner: {{name: Somebody, notify: []}}
  api:
    base_url_env: {variable}_BASE_URL
    auth: {{kind: bearer, token_env: {variable}_TOKEN}}
    timeout: 10s
  entities:
    - contract: contracts/records.yaml
      path: /records
      records: records
      pages: {{kind: page_number, param: page, size_param: size, size: 100, total: total}}
      business_day:
        "on": {{param: day, format: date}}
      # Settled days are held against the partner's own count, the total above.
      verify: {{}}
"""
_CONTRACT = """\
# What one record of {system} means. Every key: docs/contracts.md
apiVersion: v3.1.0
kind: DataContract
id: {system}/records
name: {system} records
version: 1.0.0
status: draft
team: {{name: Somebody, members: [{{username: somebody}}]}}
slaProperties:
  - {{property: freshness, value: 15, unit: m}}
schema:
  - name: records
    logicalType: object
    description: One record a row.
    customProperties:
      - {{property: kind, value: event}}
      - {{property: sourceVersion, value: {{kind: strict, fields: [changed_at]}}}}
      - {{property: businessDay, value: happened_at}}
    properties:
      - name: id
        logicalType: string
        primaryKey: true
        required: true
        description: The partner's own identifier.
      - name: happened_at
        logicalType: timestamp
        required: true
        description: When it happened; tells the business day.
        customProperties: [{{property: timeFormat, value: offset}}]
      - name: changed_at
        logicalType: timestamp
        required: true
        description: When the partner last changed it.
        customProperties: [{{property: timeFormat, value: offset}}]
"""
_README = """\
# {system}

| what | how |
| --- | --- |
| endpoint | |
| grain | |
| paging | |
| changes since | |
| totals | |
| as_of | |
| quirks | |
"""


class PartnerSystemScaffolder(Scaffolder):
    """Declaration, one contract and a README, ready for `dg check yaml` and `sync-platform connect`."""

    def scaffold(self, request: ScaffoldRequest) -> None:
        system = request.target_path.name
        if not re.match(r"^[a-z][a-z0-9_]{0,20}$", system):
            raise DeclarationError(
                f"{system!r} cannot be a system's name.", remedy="Use lower case letters, digits and _, at most 21."
            )
        words = {"system": system, "type": COMPONENT_TYPE, "variable": system.upper()}
        (request.target_path / "contracts").mkdir(parents=True, exist_ok=True)
        (request.target_path / "defs.yaml").write_text(_DEFS.format(**words), encoding="utf-8")
        (request.target_path / "contracts" / "records.yaml").write_text(_CONTRACT.format(**words), encoding="utf-8")
        (request.target_path / "README.md").write_text(_README.format(**words), encoding="utf-8")
