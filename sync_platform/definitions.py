"""Everything that Dagster loads: the declared partner systems and the platform's own assets, from `defs/`."""

from __future__ import annotations

from pathlib import Path

from dagster import Definitions, definitions, in_process_executor, load_from_defs_folder


@definitions
def defs() -> Definitions:
    """All definitions; one wrong declaration stops the whole location, so `dg check defs` gates every change.

    In process: the default executor starts one more process per step, which imports everything again (9 s against 3 s
    for an asset and a check, 2 cores) and goes on writing when its run was killed.
    """
    declared = load_from_defs_folder(path_within_project=Path(__file__).parent)
    return Definitions.merge(declared, Definitions(executor=in_process_executor))
