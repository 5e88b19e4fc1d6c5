"""Compares a part of a day with its partner, and searches a difference down to its keys; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sync_platform.contracts.figures import Figures
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey, read_day
from sync_platform.landing.landed_figures import landed_figures, open_letters, spread_of
from sync_platform.landing.letter_seal import LetterSeal
from sync_platform.landing.verifications import AGREES, CONTRADICTS, DIFFERS, EXPLAINED, VERIFIED
from sync_platform.partners.client import PartnerClient
from sync_platform.partners.figures import AskedFigures, ask_figures
from sync_platform.partners.question import DayPart
from sync_platform.pull.readers import entity_tools
from sync_platform.verification.key_comparison import KeyComparison, compare_keys, stretch_of
from sync_platform.verification.known_difference import KnownDifference
from sync_platform.verification.search import ComparedPart, Sides, differing_parts


@dataclass(frozen=True)
class Comparison:
    """Both sides' figures, the keys that differ where they were searched, and the verdict.

    `loaded_at` is the day's clock as it was compared: with another one, another version of the day is landed.
    """

    asked: AskedFigures
    whole: ComparedPart
    keys: KeyComparison | None
    verdict: str
    loaded_at: datetime | None


def compare(
    connection: Connection, client: PartnerClient, entity: Entity, *, key: DayKey, part: DayPart, seal: LetterSeal
) -> Comparison:
    """Compare; once more when the day was loaded meanwhile, so that a change on its way is no difference.

    Raises PartnerError.
    """
    found = _compare(connection, client, entity, key=key, part=part, seal=seal)
    after = read_day(connection, key)
    if found.verdict not in VERIFIED and after is not None and after.loaded_at != found.loaded_at:
        return _compare(connection, client, entity, key=key, part=part, seal=seal)
    return found


def _compare(
    connection: Connection, client: PartnerClient, entity: Entity, *, key: DayKey, part: DayPart, seal: LetterSeal
) -> Comparison:
    verify = entity.declaration.verify
    sums = tuple(verify.totals.sums) if verify and verify.totals else ()
    moment = verify.windows.field if verify and verify.windows else None
    table, day = entity_tools(entity).table, key.day
    asked = ask_figures(client, entity, part)
    before = read_day(connection, key)
    letters = open_letters(connection, table, day=day, seal=seal)
    known = KnownDifference(entity, letters, sums=sums, field=moment)

    def landed(of: DayPart) -> Figures:
        return landed_figures(connection, table, day=day, sums=sums, stretch=stretch_of(entity, of))

    loaded_at = before.loaded_at if before else None
    whole = ComparedPart(part, asked.figures, landed(part), known.figures(part.since, part.until))
    if whole.unexplained.is_nothing:
        return Comparison(asked, whole, None, EXPLAINED if whole.known.count else AGREES, loaded_at)
    sides = Sides(
        partner=lambda of: ask_figures(client, entity, of).figures,
        landed=landed,
        known=lambda of: known.figures(of.since, of.until),
        spread=lambda of: spread_of(connection, table, day=day, stretch=stretch_of(entity, of)),
    )
    parts = differing_parts(entity, whole, sides)
    keys = compare_keys(connection, client, entity, day=day, parts=[one.part for one in parts], known=known)
    stated = sum(one.partner.count for one in parts)
    return Comparison(asked, whole, keys, _verdict(whole, keys, stated=stated), loaded_at)


def _verdict(whole: ComparedPart, keys: KeyComparison, *, stated: int) -> str:
    """The keys have the last word. `stated` is how many records the partner says it has in what was read."""
    if keys.differing:
        return DIFFERS
    if keys.read != stated:
        return CONTRADICTS
    if keys.known:
        return EXPLAINED
    # Dead letters of records that the partner has mended or removed since explain nothing any more.
    return AGREES if whole.partner.minus(whole.landed).is_nothing else CONTRADICTS
