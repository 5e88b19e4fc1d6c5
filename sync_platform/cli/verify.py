"""`sync-platform verify`: hold what is landed of settled days against what the partner says of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_platform.cli.answer import AsJson, print_object, say, stdout

if TYPE_CHECKING:
    from datetime import date

    from sync_platform.declarations.partner_system import Entity, PartnerSystem
    from sync_platform.landing.database import Database
    from sync_platform.verification.verification import Verification

_TRY_LATER = ("unreachable", "throttled")
_SHOWN_KEYS = 10


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="verify",
        short_help="Hold settled days against what the partner says of them",
        help="Ask the partner for its own counts and sums of settled days, compare them with what is landed, and "
        "follow a difference down to the keys that differ. Without days: those that are due. Landed data stay.",
        epilog="Examples: sync-platform verify; sync-platform verify payments/payments; "
        "sync-platform verify pos/sales --day 2026-11-16; "
        "sync-platform verify ledger/entries --from 2026-11-01 --to 2026-11-14 --json; "
        "sync-platform verify shop/orders --day 2026-11-16 --dry-run",
    )(verify)


def verify(
    address: Annotated[
        str | None, typer.Argument(metavar="[SYSTEM/ENTITY]", help="A declared entity; all that can be verified, else.")
    ] = None,
    day: Annotated[
        str | None, typer.Option(help="One business day: 2026-11-16, or today as far as it is settled.")
    ] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first day of a range.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Its last day; the last settled one when left out.")] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Ask and compare, and store nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Without an option: what is due, of every entity."""
    # pydantic 0.25 s, requests 0.15 s, psycopg 0.14 s.
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.errors import DeclarationError
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    chosen = _chosen(read_partner_systems(), address, days_named=bool(day or first or last))
    verifications: list[Verification] = []
    problems: list[DeclarationError] = []
    with open_platform_database(os.environ) as database:
        with database.connect() as connection:
            require_tables(connection, "sync.verification", *(f"landing.{entity.table}" for _, entity in chosen))
        for system, entity in chosen:
            days = _days(database, system, entity, day=day, first=first, last=last)
            try:
                verifications += _verify_days(database, system, entity, days, stores=not dry, as_json=as_json)
            except DeclarationError as error:
                problems.append(error)  # a system whose variables are not set leaves the others alone
    if problems:
        raise problems[0]
    code = _exit_code(verifications)
    if as_json:
        found = [_object(verification) for verification in verifications]
        print_object({"ok": code == 0, "dry_run": dry, "verifications": found})
    elif not verifications:
        stdout().print("nothing is due: each settled day that is loaded was verified")
    if code:
        raise typer.Exit(code)


def _chosen(
    systems: tuple[PartnerSystem, ...], address: str | None, *, days_named: bool
) -> list[tuple[PartnerSystem, Entity]]:
    from sync_platform.cli.address import choose_entity
    from sync_platform.errors import DeclarationError

    every = [
        (system, entity) for system in systems for entity in system.entities if entity.declaration.verify is not None
    ]
    if address is None:
        if days_named:
            raise DeclarationError(
                "days belong to an entity.", remedy="Name it: sync-platform verify pos/sales --day …"
            )
        return every
    system, entity = choose_entity(systems, address)
    if entity.declaration.verify is None:
        known = ", ".join(entity.address for _, entity in every) or "none"
        raise DeclarationError(
            f"{entity.address} cannot be asked for figures: its defs.yaml declares no verify.",
            remedy=f"Those that can: {known}. docs/verification.md says how to declare it.",
        )
    return [(system, entity)]


def _days(
    database: Database, system: PartnerSystem, entity: Entity, *, day: str | None, first: str | None, last: str | None
) -> list[date]:
    """The days, oldest first."""
    from sync_platform.clock import SystemClock
    from sync_platform.operations.pull_plan import wanted_days
    from sync_platform.verification.due import days_due
    from sync_platform.verification.settled import settled_through

    now = SystemClock().now()
    if day is None and first is None and last is None:
        with database.connect() as connection:
            return days_due(connection, system, entity, now=now)
    settled = settled_through(entity.calendar, late_days=system.declaration.late_days, now=now)
    until = last if last is not None or first is None else settled.isoformat()
    return sorted(wanted_days(entity, today=entity.calendar.day_of(now), day=day, first=first, last=until))


def _verify_days(
    database: Database, system: PartnerSystem, entity: Entity, days: list[date], *, stores: bool, as_json: bool
) -> list[Verification]:
    from sync_platform.clock import SystemClock
    from sync_platform.partners.client import PartnerClient
    from sync_platform.verification.verification import VerifyTools
    from sync_platform.verification.verify_day import verify_day

    if not days:
        return []
    clock = SystemClock()
    client = PartnerClient(system.declaration, environment=os.environ, clock=clock)
    tools = VerifyTools(database, client, clock, stores=stores)
    verifications = []
    try:
        for day in days:
            verifications.append(verify_day(tools, system, entity, day=day))
            if not as_json:
                _show(entity, verifications[-1])
    finally:
        client.close()
    return verifications


def _show(entity: Entity, verification: Verification) -> None:
    console = stdout()
    outcome = verification.failure_kind or verification.verdict
    scope = " so far" if verification.scope == "so_far" else ""
    console.print(
        f"{entity.address} {verification.day}{scope}: {outcome}; {verification.requests} requests", markup=False
    )
    if verification.failure_kind is not None:
        say(f"sync-platform: {' '.join(verification.words.split())}")
        return
    console.print(f"  {verification.words}", markup=False)
    for one in verification.differences[:_SHOWN_KEYS]:
        fields = "; ".join(
            f"{name}: there {sides['partner']}, here {sides['landed']}" for name, sides in one.fields.items()
        )
        details = ", ".join(filter(None, (fields, one.note)))
        console.print(f"  {one.kind} {one.record_key}{f' ({details})' if details else ''}", markup=False)
    if verification.differing > _SHOWN_KEYS:
        console.print(f"  and {verification.differing - _SHOWN_KEYS:,} more; --json has up to 200", markup=False)


def _object(verification: Verification) -> dict[str, Any]:
    return {
        "system": verification.system,
        "entity": verification.entity,
        "day": verification.day,
        "scope": verification.scope,
        "verdict": verification.verdict,
        "ok": verification.ok,
        "words": verification.words,
        "partner": verification.partner,
        "landed": verification.landed,
        "dead_letters": verification.known,
        "differing": verification.differing,
        "differences": verification.differences,
        "searched": verification.searched,
        "requests": verification.requests,
        "asked_at": verification.asked_at,
        "failure_kind": verification.failure_kind,
        "verified_through": verification.through and verification.through.verified_through,
        "hole": verification.through and verification.through.hole_day,
    }


def _exit_code(verifications: list[Verification]) -> int:
    """0 when all agree; 1 when a person must act for any of them; 75 when waiting may help."""
    codes = {75 if one.failure_kind in _TRY_LATER else 1 for one in verifications if not one.ok}
    return min(codes, default=0)
