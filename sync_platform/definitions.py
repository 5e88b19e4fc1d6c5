"""Everything that Dagster loads: the declared partner systems and the platform's own assets, from `defs/`."""

from __future__ import annotations

from pathlib import Path

from dagster import Definitions, definitions, load_from_defs_folder

from sync_platform.components.run_executor import locked_in_process


@definitions
def defs() -> Definitions:
    """All definitions; one wrong declaration stops the whole location, so `dg check defs` gates every change."""
    declared = load_from_defs_folder(path_within_project=Path(__file__).parent)
    return Definitions.merge(declared, Definitions(executor=locked_in_process))
