"""`contracts diff`, `release`, `check` and `list`: what changed, whether it may, and what the database knows of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync_platform.declarations.partner_system import read_partner_systems
from sync_platform.landing.database import Database
from sync_platform_tests.cli.said import Command, Said
from sync_platform_tests.declarations.given import declare

TODAY = datetime.now(UTC).date()
END = '  - {property: endOfSupport, value: "2099-12-31"}\n'
CONSUMERS = (
    "      - property: consumers\n        value:\n"
    "          - {name: Stock report, fields: [on_hand], notify: [ann]}\n"
    "          - {name: List of products, fields: [sku]}\n"
)


class Contracts:
    """The contract of till/stock in a folder of the test's own, edited as an engineer does."""

    def __init__(self, defs: Path) -> None:
        self.file = defs / "till" / "contracts" / "stock.yaml"
        self.released = self.file.parent / "released"

    def edit(self, old: str, new: str) -> None:
        text = self.file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        self.file.write_text(text.replace(old, new), encoding="utf-8")

    def raise_to(self, version: str) -> None:
        lines = self.file.read_text(encoding="utf-8").splitlines(keepends=True)
        lines = [f"version: {version}\n" if line.startswith("version: ") else line for line in lines]
        self.file.write_text("".join(lines), encoding="utf-8")

    def retype(self) -> None:
        """A breaking change."""
        self.edit("{name: on_hand, logicalType: integer}", "{name: on_hand, logicalType: string}")

    def announce_the_end(self) -> None:
        self.edit("schema:\n", f"slaProperties:\n{END}schema:\n")


@pytest.fixture
def contracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: None) -> Contracts:
    """One system, till, whose contract of stock has two consumers."""
    defs = tmp_path / "defs"
    declare(defs / "till")
    monkeypatch.setattr(
        "sync_platform.declarations.partner_system.read_partner_systems", lambda: read_partner_systems(defs)
    )
    made = Contracts(defs)
    made.edit(
        "      - {property: sourceVersion, value: {kind: none}}\n",
        f"      - {{property: sourceVersion, value: {{kind: none}}}}\n{CONSUMERS}",
    )
    return made


@pytest.fixture
def released(contracts: Contracts, command: Command) -> Contracts:
    """Both contracts are released as 1.0.0."""
    for address in ("till/sales", "till/stock"):
        assert command("contracts", "release", address).code == 0
    return contracts


def problems(said: Said) -> list[str]:
    return [finding["message"] for finding in said.object["findings"] if finding["refused"]]


def test_a_release_is_written_once_and_said_to_be_there(command: Command, contracts: Contracts) -> None:
    first = command("contracts", "release", "till/stock", "--json").object
    assert (first["written"], first["already_released"], first["version"]) == (True, False, "1.0.0")
    assert first["file"] == str(contracts.released / "stock-1.0.0.yaml")
    before = (contracts.released / "stock-1.0.0.yaml").read_bytes()

    second = command("contracts", "release", "till/stock", "--json").object
    assert (second["ok"], second["written"], second["already_released"]) == (True, False, True)
    assert (contracts.released / "stock-1.0.0.yaml").read_bytes() == before


def test_a_dry_run_says_what_it_would_write_and_writes_nothing(command: Command, contracts: Contracts) -> None:
    said = command("contracts", "release", "till/stock", "--dry-run")
    assert said.code == 0
    assert "would write" in said.out
    assert "stock-1.0.0.yaml" in said.out
    assert not contracts.released.exists()


def test_all_contracts_are_released_at_once(command: Command, contracts: Contracts) -> None:
    would = command("contracts", "release", "--all", "--dry-run")
    assert (would.code, would.out.count("would write"), contracts.released.exists()) == (0, 2, False)
    assert command("contracts", "release", "till/sales").code == 0

    said = command("contracts", "release", "--all", "--json").object
    written = {one["contract"]: (one["version"], one["written"]) for one in said["releases"]}
    assert written == {"till/sales": ("1.0.0", False), "till/stock": ("1.0.0", True)}
    assert sorted(file.name for file in contracts.released.iterdir()) == ["sales-1.0.0.yaml", "stock-1.0.0.yaml"]


def test_of_all_contracts_none_is_released_where_one_is_refused(command: Command, released: Contracts) -> None:
    sales = released.file.parent / "sales.yaml"
    sales.write_text(sales.read_text().replace("version: 1.0.0", "version: 1.0.1"))
    released.retype()
    released.raise_to("1.1.0")

    said = command("contracts", "release", "--all")

    assert said.code == 2
    assert "on_hand" in said.line
    assert said.line.endswith("Nothing was released.")
    assert not (released.released / "sales-1.0.1.yaml").exists()


def test_a_draft_is_left_out_of_all(command: Command, contracts: Contracts) -> None:
    contracts.edit("status: active", "status: draft")

    said = command("contracts", "release", "--all", "--json").object

    assert [one["contract"] for one in said["releases"]] == ["till/sales"]


def test_a_breaking_change_is_told_with_whom_it_breaks_and_the_remedy(command: Command, released: Contracts) -> None:
    released.retype()
    released.raise_to("1.1.0")

    said = command("contracts", "diff", "till/stock", "--json")

    assert said.code == 1
    (step,) = said.object["contracts"]
    assert (step["from"], step["to"], step["needed"], step["given"], step["breaking"]) == (
        "1.0.0",
        "1.1.0",
        "major",
        "minor",
        True,
    )
    (change,) = step["changes"]
    assert (change["path"], change["kind"], change["before"], change["after"]) == (
        "fields.on_hand.type",
        "changed",
        "integer",
        "text",
    )
    assert (change["breaking"], change["consumers"]) == (True, ["Stock report"])
    assert step["tell"] == {"Stock report": ["ann"]}
    assert [problem["remedy"].split(",")[0] for problem in step["problems"]] == ["Write version: 2.0.0"]

    text = command("contracts", "diff", "till/stock")
    assert text.code == 1
    assert "till/stock 1.0.0 to 1.1.0: needs a major version" in text.out
    assert "breaks Stock report (ann)" in text.out
    assert "refused: stock 1.1.0 raises 1.0.0 too little for fields.on_hand.type" in text.out


def test_without_arguments_every_contract_is_held_against_its_newest_release(
    command: Command, released: Contracts
) -> None:
    assert command("contracts", "diff").code == 0
    released.edit("{name: on_hand, logicalType: integer}", "{name: on_hand, logicalType: integer, required: true}")
    released.raise_to("1.1.0")

    said = command("contracts", "diff", "--json")

    assert said.code == 0
    sales, stock = said.object["contracts"]
    assert (sales["contract"], sales["changes"]) == ("till/sales", [])
    assert [change["path"] for change in stock["changes"]] == ["fields.on_hand.required"]


def test_what_was_never_released_is_said_to_be_so(command: Command, contracts: Contracts) -> None:
    said = command("contracts", "diff", "till/stock")
    assert (said.code, said.out) == (0, "till/stock: nothing was released before\n")


def test_two_released_versions_and_two_files_are_compared(command: Command, released: Contracts) -> None:
    released.edit("logicalType: integer}", "logicalType: integer, description: What is there.}")
    released.raise_to("1.0.1")
    assert command("contracts", "release", "till/stock").code == 0

    by_version = command("contracts", "diff", "till/stock", "--from", "1.0.0", "--to", "1.0.1", "--json").object
    only_to = command("contracts", "diff", "till/stock", "--to", "1.0.1", "--json").object
    files = [str(released.released / f"stock-1.0.{patch}.yaml") for patch in (0, 1)]
    by_file = command("contracts", "diff", *files, "--json").object
    backwards = command("contracts", "diff", *reversed(files), "--json")

    for answer in (by_version, only_to, by_file):
        (step,) = answer["contracts"]
        assert (step["from"], step["to"], step["needed"]) == ("1.0.0", "1.0.1", "patch")
        assert [change["path"] for change in step["changes"]] == ["fields.on_hand.description"]
    assert backwards.code == 1
    assert "1.0.0 is older than 1.0.1" in backwards.object["contracts"][0]["problems"][0]["message"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("diff", "till/stok"), "there is no entity 'till/stok'. Did you mean till/stock?"),
        (("diff", "till/stock", "--from", "0.9.0"), "till/stock 0.9.0 is not released. Released: 1.0.0."),
        (("diff", "till/stock", "--from", "1"), "'1' is not a version"),
        (("diff", "--from", "1.0.0"), "--from and --to are versions of one contract"),
        (("diff", "a.yaml"), "a.yaml is one file. Name two"),
        (("diff", "a.yaml", "b.yaml"), "a.yaml: there is no such file"),
        (("release", "till/stok"), "there is no entity 'till/stok'. Did you mean till/stock?"),
        (("release",), "Missing argument 'SYSTEM/ENTITY', or --all. See: sync-platform contracts release"),
        (("release", "till/stock", "--all"), "--all takes no address. See: sync-platform contracts release --help"),
        (("check", "--jsn"), "No such option: --jsn"),
    ],
)
def test_wrong_use_is_one_line_with_the_remedy(
    command: Command, released: Contracts, arguments: tuple[str, ...], words: str
) -> None:
    said = command("contracts", *arguments)
    assert said.code == 2
    assert words in said.line


@pytest.mark.parametrize("name", ["show", "diff", "release", "check", "list"])
def test_each_commands_help_has_an_example(command: Command, name: str) -> None:
    said = command("contracts", name, "--help")
    assert said.code == 0
    assert "Examples: sync-platform contracts" in said.out


def test_what_is_released_passes_the_check(command: Command, released: Contracts) -> None:
    said = command("contracts", "check")
    assert (said.code, said.out) == (0, "2 contracts have the versions that they need\n")


def test_the_shipped_contracts_pass_the_check(command: Command) -> None:
    said = command("contracts", "check", "--json")
    assert problems(said) == [], "raise the version of what you changed, and release it"
    assert said.code == 0


def test_a_contract_in_use_that_was_never_released_is_refused_and_a_draft_is_not(
    command: Command, contracts: Contracts
) -> None:
    assert command("contracts", "release", "till/sales").code == 0

    said = command("contracts", "check", "--json")
    assert said.code == 1
    (problem,) = problems(said)
    assert "stock 1.0.0 is in use and not released. Run `sync-platform contracts release till/stock`" in problem

    contracts.edit("status: active", "status: draft")
    assert command("contracts", "check").code == 0
    refused = command("contracts", "release", "till/stock")
    assert refused.code == 2
    assert "stock 1.0.0 is a draft. Write status: active" in refused.line


def test_a_change_under_a_released_number_is_refused(command: Command, released: Contracts) -> None:
    released.edit("logicalType: integer}", "logicalType: integer, description: What is there.}")

    (problem,) = problems(command("contracts", "check", "--json"))
    assert "stock 1.0.0 is released, and was changed afterwards in fields.on_hand.description" in problem
    assert "Write version: 1.0.1." in problem
    assert command("contracts", "release", "till/stock").code == 2


def test_a_released_copy_that_was_edited_is_refused_everywhere(command: Command, released: Contracts) -> None:
    copy = released.released / "stock-1.0.0.yaml"
    copy.write_text(copy.read_text().replace("logicalType: integer", "logicalType: string"))

    (problem,) = problems(command("contracts", "check", "--json"))
    assert f"{copy}: stock 1.0.0 was changed after its release on {TODAY}." in problem
    for arguments in (("diff",), ("release", "till/stock")):
        said = command("contracts", *arguments)
        assert said.code == 2
        assert "was changed after its release" in said.line


def test_a_new_field_in_a_patch_is_refused_and_in_a_minor_released(command: Command, released: Contracts) -> None:
    released.edit("{name: on_hand", "{name: colour, logicalType: string}\n      - {name: on_hand")
    released.raise_to("1.0.1")
    (problem,) = problems(command("contracts", "check", "--json"))
    assert "1.0.1 raises 1.0.0 too little for fields.colour" in problem

    released.raise_to("1.1.0")
    assert command("contracts", "release", "till/stock").code == 0
    assert command("contracts", "check").code == 0


def test_a_new_major_needs_the_end_of_the_old_one(command: Command, released: Contracts) -> None:
    old = released.file.read_text()
    released.retype()
    released.raise_to("2.0.0")
    (problem,) = problems(command("contracts", "check", "--json"))
    assert "stock 2.0.0 follows 1.x, whose end nobody has announced." in problem
    refused = command("contracts", "release", "till/stock")
    assert refused.code == 2
    assert "First announce the end of 1.x" in refused.line

    new = released.file.read_text()
    released.file.write_text(old)
    released.announce_the_end()
    released.raise_to("1.1.0")
    assert command("contracts", "release", "till/stock").code == 0
    released.file.write_text(new)
    assert command("contracts", "release", "till/stock").code == 0
    assert command("contracts", "check").code == 0


def test_a_breaking_change_that_was_copied_in_by_hand_is_refused(command: Command, released: Contracts) -> None:
    """Who writes the copy without `release` meets the check all the same."""
    from sync_platform.contracts.reader import read_contract
    from sync_platform.contracts.release import write_release

    released.retype()
    released.raise_to("1.1.0")
    write_release(read_contract(released.file), day=TODAY)

    (problem,) = problems(command("contracts", "check", "--json"))
    assert "1.1.0 raises 1.0.0 too little for fields.on_hand.type" in problem


def test_an_end_that_is_over_gives_nobody_time(command: Command, released: Contracts) -> None:
    released.announce_the_end()
    released.edit("2099-12-31", str(TODAY - timedelta(days=1)))
    released.raise_to("1.1.0")

    said = command("contracts", "release", "till/stock")

    assert said.code == 2
    assert "announces an end that is over" in said.line


def test_what_has_ended_is_told_by_check_and_doctor_and_stops_nothing(command: Command, contracts: Contracts) -> None:
    contracts.announce_the_end()
    for address in ("till/sales", "till/stock"):
        assert command("contracts", "release", address).code == 0
    before = command("contracts", "check", "--json").object["findings"]
    contracts.edit("2099-12-31", "2026-01-31")
    (contracts.released / "stock-1.0.0.yaml").unlink()
    _release_anyway(contracts)

    said = command("contracts", "check", "--json")
    assert before == []
    assert said.code == 0
    (finding,) = said.object["findings"]
    assert (finding["contract"], finding["refused"]) == ("till/stock", False)
    assert "stock 1.x ended on 2026-01-31 and is still declared." in finding["message"]
    told = [one for one in command("doctor", "--json").object["findings"] if one["name"] == "contract of stock"]
    assert [(one["area"], one["ok"], one["needed"]) for one in told] == [("till", False, False)]


def _release_anyway(contracts: Contracts) -> None:
    """As if it had been released before its end."""
    from sync_platform.contracts.reader import read_contract
    from sync_platform.contracts.release import write_release

    write_release(read_contract(contracts.file), day=TODAY)


def test_list_shows_each_version_with_its_end_and_use(
    command: Command, released: Contracts, database: Database
) -> None:
    released.announce_the_end()
    released.raise_to("1.1.0")
    assert command("contracts", "release", "till/stock").code == 0
    released.edit("      - {name: on_hand", "      - {name: colour, logicalType: string}\n      - {name: on_hand")
    released.raise_to("1.2.0")
    assert command("migrate").code == 0
    with database.connect() as connection:
        connection.execute(
            "insert into sync.load (load_id, system, entity, business_day, way, outcome, started_at, contract_version,"
            " platform_version, correlation_id) select gen_random_uuid(), 'till', 'stock', current_date, 'delta',"
            " 'published', now() - days * interval '10 days', '1.0.0', '0', gen_random_uuid()"
            " from generate_series(0, 2) as days"
        )

    listed = command("contracts", "list", "--json").object["versions"]

    stock = [one for one in listed if one["contract_id"] == "stock"]
    assert [(one["version"], one["state"], one["ends_on"], one["loads"]) for one in stock] == [
        ("1.2.0", "draft", "2099-12-31", 0),
        ("1.1.0", "current", "2099-12-31", 0),
        ("1.0.0", "superseded", "2099-12-31", 2),
    ]
    assert all(len(one["fingerprint"]) == 64 for one in listed)
    text = command("contracts", "list").out
    assert "till/stock" in text
    assert "superseded" in text


def test_list_asks_for_migrate_where_the_database_is_older(command: Command, empty_database: Database) -> None:
    said = command("contracts", "list")
    assert said.code == 1
    assert "there is no sync.contract_version" in said.line
    assert "Run `sync-platform migrate`" in said.line


def test_migrate_stops_at_a_released_version_that_has_other_content(
    command: Command, released: Contracts, database: Database
) -> None:
    assert "registered contract stock 1.0.0" in command("migrate", "--json").object["done"]
    (released.released / "stock-1.0.0.yaml").unlink()
    released.edit("logicalType: integer}", "logicalType: integer, description: What is there.}")
    _release_anyway(released)

    said = command("migrate")

    assert said.code == 2
    assert f"stock 1.0.0 was released on {TODAY} with other content than it has here." in said.line
    assert "raise version and run `sync-platform contracts release till/stock`" in said.line
