"""A file that cannot be right is refused whole, with its reason, and kept for its sender."""

from __future__ import annotations

import codecs
import json
from hashlib import md5
from pathlib import Path

import pytest

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.operations.file_check import check_file
from sync_platform.partners.files.folder import DropFolder
from sync_platform_tests.files.clearing.house import GOOD, NAME, NAMES, House, transfer, transfers
from sync_platform_tests.partners.given import NOON

ROW = transfer("A", "1,00")
COUNTS = "counts_2026-11-20.txt"

# What is in the file, and the code and words of its refusal.
REFUSED: dict[str, tuple[str | bytes, str, str]] = {
    "another schema version": (transfers(ROW, total="1,00", version="4"), "version", "'4', known is '3'"),
    "a column missing": (transfers(ROW, total="1,00").replace(";pieces", ""), "columns", "missing: pieces"),
    "an unknown column": (transfers(ROW, total="1,00").replace(NAMES, NAMES + ";iban"), "columns", "unknown: 'iban'"),
    "columns in another order": (
        transfers(ROW, total="1,00").replace("id;day", "day;id"),
        "columns",
        "their order is day, id",
    ),
    "cut after its first row": ("\n".join(GOOD.split("\n")[:3]) + "\n", "truncated", "1 records came and no trailer"),
    "cut within a row": (GOOD[: GOOD.index("Perera")], "truncated", "no trailer"),
    "cut to nothing": (b"", "truncated", "before its first record"),
    "fewer records than counted": (transfers(ROW, count=2, total="1,00"), "truncated", "'2' records, 1 came"),
    "another total": (transfers(ROW, total="1,01"), "total", "sums to '1,01', it is 1.00"),
    "a total that cannot be": (transfers(transfer("A", "x"), total="0,00"), "total", "1 of them are no numbers"),
    "a record behind the trailer": (transfers(ROW, total="1,00") + ROW + "\n", "trailer", "behind the trailer"),
    "no header": ("\n".join(GOOD.split("\n")[1:]), "header", "not the header"),
    "another day inside": (transfers(ROW, total="1,00", day="20261119"), "day", "inside it says 2026-11-19"),
    "a quote that does not end": (GOOD.replace("Perera", '"Perera'), "quoting", "cannot be cut"),
    "bytes of no character": (GOOD.encode("windows-1252").replace(b"Perera", b"\x81\x8d"), "encoding", "line 3 is not"),
    "the mark of UTF-16": (codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le"), "encoding", "the mark of utf-16"),
    "the mark of UTF-8": (codecs.BOM_UTF8 + GOOD.encode(), "encoding", "the mark of utf-8"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_right_is_found(clearing_system: PartnerSystem, tmp_path: Path, case: str) -> None:
    """Faults C2, C3, C4: by the same reading that takes it."""
    content, reason, words = REFUSED[case]
    file = tmp_path / NAME
    file.write_bytes(content.encode("windows-1252") if isinstance(content, str) else content)

    folder = DropFolder(str(tmp_path), owner="clearing/transfers")
    found = check_file(clearing_system.entity("transfers"), folder, file.name, now=NOON)

    assert (found.ok, found.reason) == (False, reason)
    assert words in (found.message or "")


@pytest.mark.parametrize("case", ["an unknown column", "cut after its first row", "bytes of no character"])
def test_a_refused_file_lands_nothing_and_lies_beside_its_reason(house: House, case: str) -> None:
    """Faults C2, C3, C4."""
    content, reason, words = REFUSED[case]
    house.drops(content)

    assert house.told() == [("rejected", reason)]

    assert (house.landed(), house.loads(), house.lying()) == ({}, [], [])
    assert words in house.report()


def test_a_day_that_has_not_begun_is_refused(house: House) -> None:
    house.drops(transfers(day="20261122"), "transfers_20261122.csv")

    assert house.told() == [("rejected", "day")]


def test_a_changed_byte_is_found_by_the_digest(house: House) -> None:
    """Fault C1."""
    file = house.drops("000001202611200000012,50\n", COUNTS, sums=True, done=False)
    file.write_bytes(file.read_bytes().replace(b"12,50", b"13,50"))
    house.takes("counts")
    house.clock.sleep(31)

    assert house.told("counts") == [("rejected", "checksum")]

    assert house.lying() == []
    assert len(house.lying("rejected")) == 3


def test_a_digest_that_does_not_come_is_waited_for_and_then_missing(house: House) -> None:
    """Fault C1."""
    house.drops("000001202611200000012,50\n", COUNTS, done=False)
    house.takes("counts")
    house.clock.sleep(31)

    assert house.told("counts") == [("waiting", "checksum")]
    house.clock.sleep(900)
    assert house.told("counts") == [("rejected", "checksum")]


def test_a_manifest_holds_the_digests_of_many_files(house: House) -> None:
    """Fault C1: a file that it does not name is waited for and then missing."""
    house.declares("counts", checksum={"kind": "md5", "manifest": "all.md5", "wait": "15m"})
    line = "000001202611{day}0000012,50\n"
    for day in (18, 19, 20):
        house.drops(line.format(day=day), f"counts_2026-11-{day}.txt", done=False)
    whole = {18: line.format(day=18), 19: "another"}
    digests = {day: md5(content.encode(), usedforsecurity=False).hexdigest() for day, content in whole.items()}
    lines = [f"{digest} *counts_2026-11-{day}.txt\n" for day, digest in digests.items()]
    (house.folder / "all.md5").write_text("".join(lines))
    house.takes("counts")
    house.clock.sleep(31)

    assert house.told("counts") == [("accepted", None), ("rejected", "checksum"), ("waiting", "checksum")]
    house.clock.sleep(900)
    assert house.told("counts") == [("rejected", "checksum")]
    assert list(house.landed("counts", value="cases", key="article")) == ["000001"]
    assert house.lying() == ["all.md5"]


def test_a_file_with_its_digest_is_taken(house: House) -> None:
    house.drops("000001202611200000012,50\n00000220261120      -3,0\n", COUNTS, sums=True, done=False)
    house.takes("counts")
    house.clock.sleep(31)

    assert house.told("counts") == [("accepted", None)]

    assert house.landed("counts", value="cases", key="article") == {"000001": "12.500", "000002": "-3.000"}


def test_a_last_line_without_its_end_was_cut(house: House) -> None:
    """Fault C3."""
    house.drops("000001202611200000012,50\n0000022026112", COUNTS, sums=True, done=False)
    house.takes("counts")
    house.clock.sleep(31)

    assert house.told("counts") == [("rejected", "truncated")]


def test_a_nul_or_half_a_line_is_the_rows_own_fault(house: House) -> None:
    """Fault C4."""
    rows = [transfer(id_, "1,00") for id_ in "ABCDE"]
    house.drops(transfers(*rows, transfer("F", "1,00", payee="a\0b"), "G;20.11.2026;1,00", total="7,00"))

    assert house.told() == [("accepted", None)]

    assert sorted(house.landed()) == ["A", "B", "C", "D", "E"]
    assert sorted(reason for _, reason in house.letters()) == ["cells", "nul_character"]


def test_half_a_character_is_the_rows_own_fault(house: House) -> None:
    """Fault C4: what no UTF-8 and no database can hold."""
    house.declares("transfers", format={"kind": "json_lines"}, version=None, total_of=None)
    rows = [{"id": id_, "day": "2026-11-20", "amount": "1.00", "payee": "Perera", "pieces": 1} for id_ in "ABCDEF"]
    lines = [json.dumps(row) for row in rows]
    lines[4:] = [lines[4].replace("Perera", "\\ud800"), lines[5].replace("Perera", "\\u0000"), ""]
    house.drops("\n".join(lines))

    assert house.told() == [("accepted", None)]

    assert sorted(house.landed()) == ["A", "B", "C", "D"]
    assert len(house.letters()) == 2


def test_a_declared_utf_16_is_read(house: House) -> None:
    """Fault C4."""
    declared = house.entity("transfers").file
    assert declared is not None
    format_ = declared.format.model_dump(mode="json", exclude_none=True)
    house.declares("transfers", format=format_ | {"encoding": "utf-16"})
    house.drops(GOOD.replace("Perera", "පෙරේරා").encode("utf-16"))

    assert house.told() == [("accepted", None)]

    assert house.landed(value="payee") == {"A": "පෙරේරා", "B": "පෙරේරා"}


def test_newlines_of_every_kind_and_letters_of_the_encoding_are_read(house: House) -> None:
    """Fault C4."""
    mixed = GOOD.replace("Perera", "Müller €").replace("\n", "\r\n", 2)
    house.drops(mixed)

    assert house.told() == [("accepted", None)]

    assert house.landed(value="payee") == {"A": "Müller €", "B": "Müller €"}


def test_a_cell_that_a_spreadsheet_would_run_is_neutral_in_the_report(house: House) -> None:
    """Fault C7."""
    name = "=HYPERLINK(1)"
    house.drops(transfers(ROW, total="1,00").replace(NAMES, f"{name};day;amount;payee;pieces"))
    house.takes()

    report = house.report()

    assert name in report
    assert not any(line.startswith(("=", "+", "-", "@")) for line in report.splitlines())


def test_quotes_and_delimiters_within_a_cell_stay_in_it(house: House) -> None:
    """Fault C7."""
    house.drops(transfers(transfer("A", "1,00", payee='"a;""b""\n=1+1"'), total="1,00"))

    assert house.told() == [("accepted", None)]

    assert house.landed(value="payee") == {"A": 'a;"b"\n=1+1'}


def test_a_refused_name_says_nothing_of_where_the_file_lay(house: House) -> None:
    house.drops(transfers(ROW, count=5, total="1,00"))
    house.takes()

    assert str(house.folder) not in house.report()
    assert NAME not in house.lying()
