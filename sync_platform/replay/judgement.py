"""Whether a dead letter's record would pass its contract now, and what of it would be taken in; only reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.changes import CapturedChange
from sync_platform.landing.database import Connection
from sync_platform.landing.letter_queue import KeptLetter, Selection, each_chunk
from sync_platform.landing.letter_seal import LetterSeal
from sync_platform.partners.files.cell import BROKEN_LINE
from sync_platform.pull.day_read import CONFLICT
from sync_platform.pull.page_rows import WRONG_DAY
from sync_platform.pull.readers import entity_tools
from sync_platform.settings import LETTER_KEYS

WITHHELD = "withheld"
UNDECLARED = "undeclared"
# What only the sender can say better: the record as it was made of them does not tell what was wrong.
_NOT_OF_THE_RECORD = {
    CONFLICT: "one version with two contents: only the partner can say which is right, by a later version",
    BROKEN_LINE: "its line did not have the cells of its file: what it says is not known until the file comes again",
}


@dataclass(frozen=True)
class Obstacle:
    """Why a letter cannot be taken in yet."""

    reason: str
    field: str
    message: str


@dataclass(frozen=True)
class Judged:
    """One letter: the `change` that it would be, or what is in its way."""

    letter: KeptLetter
    change: CapturedChange | None
    obstacle: Obstacle | None


@dataclass(frozen=True)
class StillRejected:
    """So many letters of an entity still meet the same obstacle; `message` is that of one of them."""

    system: str
    entity: str
    reason: str
    field: str
    letters: int
    message: str


@dataclass(frozen=True)
class Preview:
    """Of `letters` so many would pass now."""

    letters: int
    passing: int
    rejected: tuple[StillRejected, ...]

    @property
    def words(self) -> str:
        return f"{self.passing:,} of {self.letters:,} would pass now"


def preview(connection: Connection, entities: Iterable[Entity], selection: Selection, *, seal: LetterSeal) -> Preview:
    """How many of the wanted letters would pass their contract as it is now."""
    known = {(entity.system, entity.name): entity for entity in entities}
    letters = passing = 0
    obstacles: Counter[tuple[str, str, str, str]] = Counter()
    messages: dict[tuple[str, str, str, str], str] = {}
    for chunk in each_chunk(connection, selection):
        for judged in judge(known, chunk, seal=seal):
            letters += 1
            if judged.obstacle is None:
                passing += 1
                continue
            where = (judged.letter.system, judged.letter.entity, judged.obstacle.reason, judged.obstacle.field)
            obstacles[where] += 1
            messages.setdefault(where, judged.obstacle.message)
    rejected = tuple(
        StillRejected(*where, letters=count, message=messages[where]) for where, count in obstacles.most_common()
    )
    return Preview(letters=letters, passing=passing, rejected=rejected)


def judge(entities: dict[tuple[str, str], Entity], letters: Sequence[KeptLetter], *, seal: LetterSeal) -> list[Judged]:
    """Each letter against its contract as it is now, in any order."""
    of_entity: dict[tuple[str, str], list[KeptLetter]] = {}
    for letter in letters:
        of_entity.setdefault((letter.system, letter.entity), []).append(letter)
    judged: list[Judged] = []
    for name, its_letters in of_entity.items():
        if name in entities:
            judged += judge_letters(entities[name], its_letters, seal=seal)
        else:
            undeclared = Obstacle(UNDECLARED, "", f"{'/'.join(name)} is not declared any more")
            judged += [Judged(letter, None, undeclared) for letter in its_letters]
    return judged


def judge_letters(entity: Entity, letters: Sequence[KeptLetter], *, seal: LetterSeal) -> list[Judged]:
    """Letters of one entity; what passes keeps the time of its observation, so it never overwrites what came later."""
    opened = [(letter, letter.opened(seal)) for letter in letters]
    judged = [Judged(letter, None, _obstacle(letter, payload)) for letter, payload in opened]
    readable = [index for index, one in enumerate(judged) if one.obstacle is None]
    raws = [payload for index in readable if (payload := opened[index][1]) is not None]
    parts = entity_tools(entity)
    batch = parts.read(raws)
    for position, error in batch.rejected:
        obstacle = Obstacle(error.reason, error.field, error.message)
        judged[readable[position]] = Judged(letters[readable[position]], None, obstacle)
    for position, key, hash_, version, day, as_of in zip(
        batch.positions,
        parts.keys(batch),
        parts.writer.content_hashes(batch.columns),
        batch.versions,
        batch.days,
        batch.as_of,
        strict=True,
    ):
        letter = letters[readable[position]]
        if letter.reason == WRONG_DAY and not letter.edited and day not in (None, letter.business_day):
            elsewhere = f"it is of {day}, and came for {letter.business_day}: replay {day} to ask for it there"
            judged[readable[position]] = Judged(letter, None, Obstacle(WRONG_DAY, letter.field, elsewhere))
            continue
        observed_at = letter.observed_at or letter.last_at
        change = CapturedChange(
            business_day=letter.business_day if entity.is_state or day is None else day,
            record_key=key,
            source_version=version,
            content_hash=hash_,
            payload=raws[position],
            as_of=as_of or letter.as_of or observed_at,
            observed_at=observed_at,
            exchange_id=letter.exchange_id,
            delivery_id=letter.delivery_id,
        )
        judged[readable[position]] = Judged(letter, change, None)
    return judged


def _obstacle(letter: KeptLetter, payload: bytes | None) -> Obstacle | None:
    if payload is None:
        unkept = "was not kept, because there was no key to seal it with; replay its day to ask the partner again"
        unopened = f"cannot be opened: none of the keys in {LETTER_KEYS} sealed it"
        return Obstacle(WITHHELD, "", f"the record {unkept if letter.payload is None else unopened}")
    if letter.reason in _NOT_OF_THE_RECORD and not letter.edited:
        return Obstacle(letter.reason, "", _NOT_OF_THE_RECORD[letter.reason])
    return None
