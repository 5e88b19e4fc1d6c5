"""Versions are three numbers; the heaviest that is raised tells what readers have to expect."""

from __future__ import annotations

import pytest

from sync_platform.contracts.semantic_version import Level, SemanticVersion, read_version


@pytest.mark.parametrize(
    "text", ["1", "1.0", "1.0.0.0", "v1.0.0", "1.0.0-rc1", "01.0.0", "1.0.x", "", "1.0.0 ", "-1.0.0"]
)
def test_what_is_not_three_numbers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"MAJOR\.MINOR\.PATCH"):
        read_version(text)


def test_versions_are_ordered_by_number_not_by_letter() -> None:
    written = ["1.10.0", "1.9.0", "2.0.0", "1.9.10", "0.11.0"]

    assert [str(version) for version in sorted(map(read_version, written))] == [
        "0.11.0",
        "1.9.0",
        "1.9.10",
        "1.10.0",
        "2.0.0",
    ]


@pytest.mark.parametrize(
    ("older", "newer", "level"),
    [
        ("1.4.2", "1.4.3", Level.PATCH),
        ("1.4.2", "1.5.0", Level.MINOR),
        ("1.4.2", "1.5.9", Level.MINOR),
        ("1.4.2", "2.0.0", Level.MAJOR),
        ("1.4.2", "3.4.2", Level.MAJOR),
        ("1.4.2", "1.4.2", None),
        ("1.4.2", "1.3.9", None),
        ("2.0.0", "1.9.9", None),
    ],
)
def test_the_heaviest_part_that_is_raised_is_the_level(older: str, newer: str, level: Level | None) -> None:
    assert read_version(newer).level_from(read_version(older)) is level


@pytest.mark.parametrize(("level", "raised"), [(Level.PATCH, "1.4.3"), (Level.MINOR, "1.5.0"), (Level.MAJOR, "2.0.0")])
def test_raising_a_part_sets_the_lighter_ones_to_nought(level: Level, raised: str) -> None:
    assert str(SemanticVersion(1, 4, 2).raised_by(level)) == raised
