"""The Dagster instance that the demo runs: a home below the state folder, a workspace with one code server."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sync_platform.errors import DeclarationError

CODE_LOCATION = "sync_platform"
_CHECKOUT = Path(__file__).resolve().parents[2]
_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class DagsterHome:
    """`folder` is for DAGSTER_HOME, `workspace` for the `-w` of webserver and daemon."""

    folder: Path
    workspace: Path


def make_dagster_home(state_dir: Path, *, code_server_port: int) -> DagsterHome:
    """Write both files below the state folder; what Dagster stored there before stays.

    The settings are those of the project's `dagster.yaml`. Raises DeclarationError when it is not found.
    """
    folder = state_dir / "dagster_home"
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "dagster.yaml", _instance(state_dir))
    workspace = folder / "workspace.yaml"
    _write(
        workspace,
        {
            "load_from": [
                {
                    "grpc_server": {
                        "host": "127.0.0.1",
                        "port": code_server_port,
                        "location_name": CODE_LOCATION,
                    }
                }
            ]
        },
    )
    return DagsterHome(folder=folder, workspace=workspace)


def instance_file() -> Path:
    """The project's `dagster.yaml`: at the root of a checkout, or packed into the installed package."""
    for folder in (_CHECKOUT, _PACKAGE):
        if (folder / "dagster.yaml").exists():
            return folder / "dagster.yaml"
    raise DeclarationError(
        f"there is no dagster.yaml in {_CHECKOUT}.", remedy="Run from a checkout of the project: `make demo`."
    )


def _instance(state_dir: Path) -> dict[str, Any]:
    settings: dict[str, Any] = yaml.safe_load(instance_file().read_text(encoding="utf-8"))
    # Relative ones would depend on the folder that each process is started in.
    settings["local_artifact_storage"]["config"]["base_dir"] = str(state_dir / "dagster")
    settings["compute_logs"]["config"]["base_dir"] = str(state_dir / "dagster" / "logs")
    return settings


def _write(file: Path, content: dict[str, Any]) -> None:
    text = f"# Written by `sync-platform demo` at each start.\n{yaml.safe_dump(content, sort_keys=False)}"
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
