"""YAML is read quickly, and as PyYAML itself reads it; errors and lines are found."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
import yaml
from dagster_shared import yaml_utils

from sync_platform.declarations.partner_system import DEFS_FOLDER
from sync_platform.definitions import _with_libyaml
from sync_platform.errors import DeclarationError
from sync_platform.yaml_source import read_yaml

SHIPPED = sorted(DEFS_FOLDER.glob("*/**/*.yaml"))
ODD = {
    "empty": "",
    "a scalar": "7",
    "kinds of scalar": "a: 1\nb: 1.5\nc: yes\nd: null\ne: 2026-11-21\nf: '7'\ng: 0x10\nh: ~\ni: [1, two, 3.0]\n",
    "an anchor used twice": "a: &x {k: [1, 2]}\nb: *x\n",
    "a merge": "base: &b {k: 1}\nmore: {<<: *b, l: 2}\n",
    "keys that are no texts": "1: one\nyes: two\n2026-11-21: three\n",
    "a set and pairs": "a: !!set {x, y}\nb: !!omap [k: 1]\n",
    "a tag of a scalar": "a: !!str 7\nb: !!int '7'\n",
    "text of many lines": "a: |\n  one\n  two\nb: >-\n  one\n  two\n",
    "a key twice": "a: 1\na: 2\n",
}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.relative_to(DEFS_FOLDER)))
def test_a_shipped_document_is_read_as_the_library_reads_it(file: Path) -> None:
    assert read_yaml(file).data == yaml.safe_load(file.read_text())


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_an_odd_document_is_read_as_the_library_reads_it(text: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(text)

    assert repr(read_yaml(file).data) == repr(yaml.safe_load(text))


def test_a_document_that_holds_itself_ends(tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text("&a [*a]")

    data = read_yaml(file).data

    assert data[0] is data


@pytest.mark.parametrize(
    ("text", "place"), [("a: b: c\n", "odd.yaml:1"), ("a: !!python/object:os.system x\n", "odd.yaml:1")]
)
def test_what_is_no_yaml_of_ours_is_an_error_with_its_line(text: str, place: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(text)

    with pytest.raises(DeclarationError, match=place):
        read_yaml(file)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.relative_to(DEFS_FOLDER)))
def test_dagster_reads_the_same_values_and_lines_with_the_c_parser(file: Path) -> None:
    text = file.read_text()
    slow = yaml_utils.parse_yamls_with_source_position(text, str(file))

    with patch.object(yaml_utils, "yaml", _with_libyaml()):
        quick = yaml_utils.parse_yamls_with_source_position(text, str(file))

    assert _with_libyaml().SafeLoader is yaml.CSafeLoader
    assert quick == slow
