"""Whose the reports are and in which zone they are written, as the reports' `defs.yaml` declares it."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from sync_platform.declarations.model import Declared, ZoneName
from sync_platform.declarations.partner_system import DEFS_FOLDER
from sync_platform.errors import DeclarationError
from sync_platform.yaml_source import read_yaml

COMPONENT_TYPE = "sync_platform.components.Reports"


class ReportsDeclaration(Declared):
    """Whose reports they are, and the zone in which their readers want times."""

    owner: str
    zone: ZoneName


def read_reports(defs: Path = DEFS_FOLDER) -> ReportsDeclaration:
    """The declared reports. Raises DeclarationError with file and line, also when there is none."""
    for file in sorted(defs.glob("*/defs.yaml")):
        source = read_yaml(file)
        if not isinstance(source.data, dict) or source.data.get("type") != COMPONENT_TYPE:
            continue
        try:
            return ReportsDeclaration.model_validate(source.data.get("attributes"))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise DeclarationError(
                f"{'.'.join(map(str, first['loc'])) or 'attributes'}: {first['msg'].removeprefix('Value error, ')}.",
                place=source.place(("attributes", *first["loc"])),
            ) from error
    raise DeclarationError(
        "no reports are declared.", remedy=f"Write sync_platform/defs/reports/defs.yaml with type: {COMPONENT_TYPE}."
    )
