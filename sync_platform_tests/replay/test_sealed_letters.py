"""A record with personal data is never kept in plain: sealed by the newest key, or withheld where there is none."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import DeclarationError
from sync_platform.landing.dead_letters import payload_hash
from sync_platform.landing.letter_queue import Selection
from sync_platform.landing.letter_reseal import Resealed, reseal_letters
from sync_platform.landing.letter_seal import NO_KEYS, LetterSeal, new_key, read_letter_seal
from sync_platform.pull.whole_day import pull_day
from sync_platform.replay.judgement import judge_letters
from sync_platform.replay.letter_file import write_letters
from sync_platform.replay.letters import edit_letter, replay_letters
from sync_platform.replay.masked import masked_record
from sync_platform_tests.replay.given import NIMALI, history, letters, states, with_field
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till, sale

OLD, NEW = new_key(), new_key()
NAME = "Nimali Perera"


@pytest.fixture
def personal(hub: Hub, till: Till) -> Entity:
    """Sales whose status names a person, one of them without an amount; what else comes with it nobody declared."""
    till.puts(sale("A", "many", status=NAME, phone="0771234567"), sale("B"), sale("C"))
    return with_field(hub.entity("sales"), "status", personal=True)


def pull(hub: Hub, entity: Entity, seal: LetterSeal) -> None:
    tools = hub.tools
    pull_day(type(tools)(**{**vars(tools), "seal": seal}), entity, day=date(2026, 11, 20))


def stored(hub: Hub) -> str:
    return str([[bytes(v) if isinstance(v, memoryview) else v for v in row.values()] for row in everything(hub)])


def everything(hub: Hub) -> list[dict[str, Any]]:
    return hub.query("select * from sync.dead_letter") + hub.query("select * from sync.dead_letter_action")


def test_a_personal_record_is_sealed_and_its_key_opens_it(hub: Hub, personal: Entity) -> None:
    pull(hub, personal, LetterSeal((OLD,)))
    (letter,) = letters(hub)
    assert (letter.sealed, NAME in stored(hub)) == (True, False)
    assert json.loads(letter.opened(LetterSeal((OLD,))) or b"")["status"] == NAME
    assert json.loads(letter.opened(LetterSeal((NEW, OLD))) or b"")["status"] == NAME
    assert letter.opened(LetterSeal((NEW,))) is None


def test_without_a_key_a_personal_record_is_withheld_and_the_letter_says_what_to_do(hub: Hub, personal: Entity) -> None:
    pull(hub, personal, NO_KEYS)
    (letter,) = letters(hub)
    (judged,) = judge_letters(personal, [letter], seal=NO_KEYS)
    assert (letter.payload, NAME in stored(hub), letter.reason) == (None, False, "constraint")
    assert judged.obstacle is not None
    assert "was not kept, because there was no key" in judged.obstacle.message


def test_a_withheld_record_is_kept_as_soon_as_there_is_a_key_and_the_partner_gives_it_again(
    hub: Hub, personal: Entity
) -> None:
    pull(hub, personal, NO_KEYS)
    pull(hub, personal, LetterSeal((NEW,)))
    (letter,) = letters(hub)
    assert json.loads(letter.opened(LetterSeal((NEW,))) or b"")["status"] == NAME


def test_an_edit_of_a_personal_record_is_sealed_too_and_needs_a_key(hub: Hub, personal: Entity) -> None:
    seal = LetterSeal((NEW,))
    pull(hub, personal, seal)
    (letter,) = letters(hub)
    mended = (letter.opened(seal) or b"").replace(b"many", b"5.00")
    with hub.database.connect() as connection:
        with pytest.raises(DeclarationError, match="SYNC_PLATFORM_LETTER_KEYS holds no key"):
            edit_letter(
                connection, personal, letter.dead_letter_id, mended, seal=NO_KEYS, decision=NIMALI, dry_run=False
            )
        edit_letter(connection, personal, letter.dead_letter_id, mended, seal=seal, decision=NIMALI, dry_run=False)
    assert NAME not in stored(hub)
    tools = hub.tools
    replay_letters(type(tools)(**{**vars(tools), "seal": seal}), personal, Selection(), decision=NIMALI)
    assert (hub.landed()["A"], states(hub)) == ("5.00", {'["A"]': "resolved"})


def test_what_is_shown_is_masked_and_leaves_out_what_no_contract_names(hub: Hub, personal: Entity) -> None:
    seal = LetterSeal((NEW,))
    pull(hub, personal, seal)
    (letter,) = letters(hub)
    shown = masked_record(personal, letter, seal=seal)
    assert shown is not None
    assert (shown["id"], shown["amount"], "phone" in shown) == ("A", "many", False)
    assert NAME not in str(shown)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_export_masks_what_is_personal_and_holds_no_formula(
    hub: Hub, till: Till, personal: Entity, tmp_path: Path, form: Any
) -> None:
    till.puts(sale("=cmd", "few"))
    seal = LetterSeal((NEW,))
    pull(hub, personal, seal)
    file = tmp_path / f"letters.{form}"
    with hub.database.connect() as connection:
        options: dict[str, Any] = {"file": file, "form": form, "seal": seal}
        assert write_letters(connection, [personal], Selection(), reveal=False, **options) == 2
        text = file.read_text()
        write_letters(connection, [personal], Selection(), reveal=True, **options)
    assert (NAME in text, "0771234567" in text, NAME in file.read_text()) == (False, False, True)
    assert not [cell for line in text.splitlines() for cell in line.split(",") if cell.startswith("=")]
    if form == "jsonl":
        assert [json.loads(line)["record"]["id"] for line in text.splitlines()] == ["=cmd", "A"]


def test_what_is_no_key_is_refused_with_the_remedy() -> None:
    with pytest.raises(DeclarationError, match=r"key 2 of SYNC_PLATFORM_LETTER_KEYS is no Fernet key.*new-key"):
        read_letter_seal({"SYNC_PLATFORM_LETTER_KEYS": f"{NEW}, abc"})
    assert read_letter_seal({"SYNC_PLATFORM_LETTER_KEYS": f"{NEW}, {OLD}"}).keys == (NEW, OLD)
    assert read_letter_seal({}) == NO_KEYS


def test_resealed_records_need_the_newest_key_alone_edits_among_them(hub: Hub, personal: Entity) -> None:
    pull(hub, personal, LetterSeal((OLD,)))
    (letter,) = letters(hub)
    mended = (letter.opened(LetterSeal((OLD,))) or b"").replace(b"many", b"5.00")
    both, newest = LetterSeal((NEW, OLD)), LetterSeal((NEW,))
    with hub.database.connect() as connection:
        number = letter.dead_letter_id
        edit_letter(connection, personal, number, mended, seal=LetterSeal((OLD,)), decision=NIMALI, dry_run=False)
        before = stored(hub)
        assert reseal_letters(connection, both, dry_run=True) == Resealed(payloads=2, resealed=2)
        assert reseal_letters(connection, newest, dry_run=False) == Resealed(payloads=2, unopened=2)
        assert stored(hub) == before
        assert reseal_letters(connection, both, dry_run=False) == Resealed(payloads=2, resealed=2)
        assert reseal_letters(connection, newest, dry_run=False) == Resealed(payloads=2, current=2)
        done = connection.execute("select payload from sync.dead_letter").fetchone()
    (again,) = letters(hub)
    assert again.opened(newest) == mended
    assert done is not None
    assert json.loads(newest.open(bytes(done[0]), sealed=True) or b"")["amount"] == "many"
    assert (again.payload_hash, history(hub)) == (payload_hash(mended), [("edited", "nimali")])


def test_nothing_but_the_seal_of_an_edit_can_be_changed(hub: Hub, personal: Entity) -> None:
    pull(hub, personal, LetterSeal((OLD,)))
    (letter,) = letters(hub)
    mended = (letter.opened(LetterSeal((OLD,))) or b"").replace(b"many", b"5.00")
    with hub.database.connect() as connection:
        number = letter.dead_letter_id
        edit_letter(connection, personal, number, mended, seal=LetterSeal((OLD,)), decision=NIMALI, dry_run=False)
    for change in ("who = 'nobody'", "payload = 'x', after_hash = 'x'", "sealed = false, payload = 'x'"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            hub.run(f"update sync.dead_letter_action set {change}")  # noqa: S608 - written above
