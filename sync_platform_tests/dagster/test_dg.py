"""What `dg` tells an engineer who declares a system: the line of a typo, a valid start, a location that loads."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sync_platform.contracts.reader import read_contract
from sync_platform.declarations.partner_system import read_partner_system, read_partner_systems
from sync_platform.declarations.system import PartnerSystemDeclaration
from sync_platform.yaml_source import read_yaml

ROOT = Path(__file__).resolve().parents[2]
DG = Path(sys.executable).with_name("dg")
SHOP = "sync_platform/defs/shop/defs.yaml"

# What stands in the shop's declaration, and what a hurried person writes instead.
TYPOS = {
    "a key of the API": ("    timeout: 10s\n", "    timeot: 10s\n", "timeot"),
    "a key of the chosen kind of auth": ("username_env: SHOP", "user_env: SHOP", "user_env"),
    "a key of an optional part": ("        safety_lag: 7s\n", "        safty_lag: 7s\n", "safty_lag"),
    "a value of an optional part": ("        overlap: 2m\n", "        overlap: 2\n", "overlap"),
    "a kind of paging": ("kind: page_number", "kind: pagenumber", "pagenumber"),
}


def dg(*arguments: str, project: Path, home: Path) -> tuple[int, str]:
    """Exit code and everything printed; the project's own package is the one that is loaded."""
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(project), "DAGSTER_HOME": str(home), "NO_COLOR": "1"}
    done = subprocess.run(
        [DG, *arguments],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=180,
    )
    return done.returncode, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project to write into."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "sync_platform", folder / "sync_platform", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.mark.parametrize("system", read_partner_systems(), ids=lambda system: system.name)
def test_the_schema_for_editors_accepts_every_declared_system(system: Any) -> None:
    """`dg check yaml` looks at only one folder per component type, whichever the file system lists last."""
    schema = Draft202012Validator(PartnerSystemDeclaration.model_json_schema())

    errors = schema.iter_errors(read_yaml(system.folder / "defs.yaml").data["attributes"])

    assert [(list(error.absolute_path), error.message) for error in errors] == []


@pytest.mark.slow
@pytest.mark.parametrize("typo", TYPOS)
def test_dg_check_yaml_names_the_line_of_a_nested_typo_and_no_other(typo: str, project: Path, tmp_path: Path) -> None:
    right, wrong, word = TYPOS[typo]
    file = project / SHOP
    text = file.read_text(encoding="utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    line = 1 + text[: text.index(right) + right.index(right.strip())].count("\n")

    code, said = dg("check", "yaml", "sync_platform/defs/shop", project=project, home=tmp_path)

    assert code == 1, said
    assert word in said
    assert {int(found) for found in re.findall(r"defs\.yaml:(\d+) - ", said)} == {line}, said


@pytest.mark.slow
def test_dg_check_finds_nothing_wrong_with_what_is_declared(tmp_path: Path) -> None:
    for what in ("yaml", "defs"):
        code, said = dg("check", what, project=ROOT, home=tmp_path)
        assert code == 0, said


@pytest.mark.slow
def test_a_scaffolded_system_is_valid_as_it_was_written(project: Path, tmp_path: Path) -> None:
    code, said = dg("scaffold", "defs", "sync_platform.components.PartnerSystem", "wms", project=project, home=tmp_path)
    assert code == 0, said

    code, said = dg("check", "yaml", "sync_platform/defs/wms", project=project, home=tmp_path)
    assert code == 0, said
    folder = project / "sync_platform" / "defs" / "wms"
    contract = read_contract(folder / "contracts" / "records.yaml")
    system = read_partner_system(folder)
    assert [entity.address for entity in system.entities] == ["wms/records"]
    assert contract.key == ("id",)
    code, said = dg("check", "defs", project=project, home=tmp_path)
    assert code == 0, said
