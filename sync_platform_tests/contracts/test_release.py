"""A released copy stays what it was: every edit shows, and what says the same adds up to the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sync_platform.contracts.contract import Contract
from sync_platform.contracts.reader import read_contract
from sync_platform.contracts.release import (
    content_of,
    fingerprint_of,
    read_release,
    read_releases,
    release_file,
    write_release,
)
from sync_platform.errors import DeclarationError
from sync_platform_tests.contracts.given import VALID

DAY = date(2026, 11, 21)


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    return written(tmp_path)


def written(folder: Path, *changes: tuple[str, str]) -> Contract:
    """The valid contract as version 1.2.0 of shop-orders, with pieces of text replaced."""
    text = VALID
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file = folder / "orders.yaml"
    file.write_text(text, encoding="utf-8")
    return read_contract(file)


def test_a_release_is_a_copy_that_says_when_it_was_made(contract: Contract, tmp_path: Path) -> None:
    file = write_release(contract, day=DAY)

    assert file == tmp_path / "released" / "orders-1.2.0.yaml" == release_file(contract)
    first, _, rest = file.read_text().partition("\n")
    assert first.startswith("# Released 2026-11-21, sha256:")
    assert rest == VALID
    release = read_release(file)
    assert (release.contract_id, str(release.version), release.entity) == ("shop-orders", "1.2.0", "orders")
    assert release.released_on == DAY
    assert release.contract().fields == contract.fields


def test_a_release_is_never_written_over(contract: Contract) -> None:
    file = write_release(contract, day=DAY)
    before = file.read_text()

    with pytest.raises(FileExistsError):
        write_release(contract, day=date(2026, 11, 22))

    assert file.read_text() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("required: true", "required: false"),
        ("businessName: Web orders", "businessName: Orders of the web"),
        ("value: 15", "value: 16"),
        ("\n      - name: email\n        logicalType: string\n        classification: personal", ""),
    ],
)
def test_a_copy_whose_content_was_changed_is_refused(contract: Contract, old: str, new: str) -> None:
    file = write_release(contract, day=DAY)
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))

    with pytest.raises(DeclarationError) as caught:
        read_release(file)

    assert "shop-orders 1.2.0 was changed after its release on 2026-11-21." in str(caught.value)
    assert "git checkout -- " in (caught.value.remedy or "")
    assert "under a new version" in (caught.value.remedy or "")


def test_comments_quotes_and_the_order_of_keys_are_not_content(contract: Contract) -> None:
    file = write_release(contract, day=DAY)
    first, _, rest = file.read_text().partition("\n")
    laid_out = rest.replace("kind: DataContract\nid: shop-orders", "# a comment\nid: 'shop-orders'\nkind: DataContract")
    assert laid_out != rest
    file.write_text(f"{first}\n{laid_out}")

    assert read_release(file).contract_id == "shop-orders"


def test_the_order_of_a_list_is_content() -> None:
    assert fingerprint_of({"tags": ["a", "b"]}) != fingerprint_of({"tags": ["b", "a"]})


def test_a_day_that_yaml_reads_as_a_date_has_a_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "dated.yaml").write_text("contractCreatedTs: 2026-11-21\n1: one\n")

    assert content_of(tmp_path / "dated.yaml") == {"contractCreatedTs": "2026-11-21", "1": "one"}
    assert len(fingerprint_of(content_of(tmp_path / "dated.yaml"))) == 64


@pytest.mark.parametrize(
    ("file_name", "text", "message"),
    [
        ("orders-1.2.0.yaml", VALID, "the first line does not say when this was released"),
        ("orders-1.3.0.yaml", None, "this copy is of orders-1.2.0"),
        ("sales-1.2.0.yaml", None, "this copy is of orders-1.2.0"),
        ("orders-1.2.0.yaml", f"# Released 2026-11-21, sha256:{'0' * 64}. …\nversion: one\n", "'one' is not a version"),
        ("orders-1.2.0.yaml", f"# Released 2026-11-21, sha256:{'0' * 64}. …\n", "'None' is not a version"),
    ],
)
def test_a_copy_that_no_release_wrote_is_refused(
    contract: Contract, file_name: str, text: str | None, message: str
) -> None:
    file = write_release(contract, day=DAY)
    file = file.rename(file.with_name(file_name))
    if text is not None:
        file.write_text(text)

    with pytest.raises(DeclarationError, match=message):
        read_release(file)


def test_the_releases_of_a_folder_are_told_by_id_and_age(tmp_path: Path) -> None:
    for version in ("1.10.0", "1.9.0", "2.0.0"):
        write_release(written(tmp_path, ("version: 1.2.0", f"version: {version}")), day=DAY)
    write_release(written(tmp_path, ("id: shop-orders", "id: others"), ("- name: orders", "- name: others")), day=DAY)

    assert [(release.contract_id, str(release.version)) for release in read_releases(tmp_path)] == [
        ("others", "1.2.0"),
        ("shop-orders", "1.9.0"),
        ("shop-orders", "1.10.0"),
        ("shop-orders", "2.0.0"),
    ]


def test_a_folder_without_releases_has_none(tmp_path: Path) -> None:
    assert read_releases(tmp_path) == ()
