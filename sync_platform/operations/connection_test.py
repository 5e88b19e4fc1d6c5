"""Tries a partner system's connection before anything is stored: address, sign-in, scope, clock, records."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sync_platform.clock import Clock
from sync_platform.contracts.contract import Contract, Field
from sync_platform.contracts.record import RecordReader
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.errors import DeclarationError, PartnerError, RecordRejected
from sync_platform.partners.client import PartnerClient
from sync_platform.partners.files.folder import open_folder
from sync_platform.partners.pages import Page, probe, read_pages
from sync_platform.partners.question import WholeDay
from sync_platform.redact import mask_value

SHOWN_RECORDS = 5
# What windows and safety lags are laid out for is a few seconds; a minute is a clock nobody looks after.
MOST_SKEW_SECONDS = 60.0
_CONNECT_SECONDS = 5.0
_CELL_CHARACTERS = 40


@dataclass(frozen=True)
class Step:
    """One thing that was tried. `detail` says what was seen, or what is wrong and what to do; never a secret."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class FieldSample:
    """One contract field beside its values in the shown records; `values` holds '' for null, masked if personal."""

    name: str
    type: str
    required: bool
    personal: bool
    unit: str | None
    values: tuple[str, ...]


@dataclass(frozen=True)
class EntitySample:
    """What an entity's first page gave. `rejected` counts the page's records that break the contract.

    `sent_names` are the names in the first record as the partner wrote it, without values, where any was rejected.
    """

    entity: str
    contract_version: str
    ok: bool
    detail: str
    kind: str | None = None
    exit_code: int = 0
    records: int = 0
    total: int | None = None
    as_of: datetime | None = None
    fields: tuple[FieldSample, ...] = ()
    rejected: int = 0
    reasons: tuple[str, ...] = ()
    sent_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConnectionTest:
    """The outcome for one partner system. `skew_seconds` is the partner's clock less ours, None if it told none."""

    system: str
    steps: tuple[Step, ...]
    skew_seconds: float | None
    entities: tuple[EntitySample, ...]

    @property
    def ok(self) -> bool:
        """Whether every step and every entity succeeded."""
        return all(step.ok for step in self.steps) and all(entity.ok for entity in self.entities)

    @property
    def exit_code(self) -> int:
        """0, or that of the first thing that failed: 75 where waiting may help, 1 where a person must act."""
        if not self.steps[0].ok:
            return 75
        codes = [entity.exit_code for entity in self.entities if not entity.ok]
        return codes[0] if codes else 0 if self.ok else 1


def try_connection(system: PartnerSystem, *, environment: Mapping[str, str], clock: Clock) -> ConnectionTest:
    """Try everything that can be tried without storing anything. Raises DeclarationError for a missing variable."""
    folders = tuple(_try_folder(entity, environment) for entity in system.entities if entity.file is not None)
    api = system.declaration.api
    if api is None:
        return ConnectionTest(system.name, folders, None, ())
    client = PartnerClient(system.declaration, environment=environment, clock=clock)
    try:
        address = try_address(environment[api.base_url_env])
        if not address.ok:
            return ConnectionTest(system.name, (address, *folders), None, ())
        samples = tuple(_sample(client, entity) for entity in system.asked)
        clock_step, skew = _try_clock(client, clock)
    finally:
        client.close()
    steps = (address, _sign_in(system.name, samples, kind=api.auth.kind), _scope(samples), clock_step, *folders)
    return ConnectionTest(system.name, steps, skew, samples)


def _try_folder(entity: Entity, environment: Mapping[str, str]) -> Step:
    """Whether the drop folder can be listed, and what lies in it. Raises DeclarationError for a missing variable."""
    if entity.file is None:
        raise DeclarationError(f"{entity.address} does not come as files.")
    name = f"folder of {entity.name}"
    try:
        entries = open_folder(entity.file, environment, owner=entity.address).entries()
    except PartnerError as error:
        return Step(name, False, str(error))
    meant = sum(entity.file.name.read(entry.name) is not None for entry in entries)
    return Step(name, True, f"can be listed; {meant} files wait to be taken")


def try_address(base_url: str) -> Step:
    """Whether the host's name is known and its port answers; says where and how quickly, without the URL's path."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    started = time.monotonic()
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return Step("address", False, f"the name {host} is not known; check the base URL and the network's DNS.")
    try:
        socket.create_connection((str(addresses[0][4][0]), port), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        reason = error.strerror or "no answer"
        return Step(
            "address", False, f"{host}:{port} does not answer ({reason}); is the system up, is the way to it open?"
        )
    milliseconds = (time.monotonic() - started) * 1000
    return Step("address", True, f"{host}:{port} answers in {milliseconds:.0f} ms")


def _sample(client: PartnerClient, entity: Entity) -> EntitySample:
    version = entity.contract.version
    try:
        page = _first_page(client, entity)
    except PartnerError as error:
        detail = _said_once(error, entity)
        return EntitySample(entity.name, version, False, detail, kind=error.kind, exit_code=error.exit_code)
    return _judge_records(entity, page)


def _said_once(error: PartnerError, entity: Entity) -> str:
    """The error without the address that stands before it here, and without the promise that only a load keeps."""
    return str(error).removeprefix(f"{entity.address}: ").replace("; it is tried again later.", ".")


def _first_page(client: PartnerClient, entity: Entity) -> Page:
    """The first page of today, or of yesterday where today's is too short yet to tell much."""
    page = probe(client, entity)
    if entity.is_state or len(page.records) >= SHOWN_RECORDS:
        return page
    yesterday = entity.calendar.day_of(client.partner_now()) - timedelta(days=1)
    earlier = next(read_pages(client, entity, WholeDay(yesterday)))
    return max(page, earlier, key=lambda one: len(one.records))


def _judge_records(entity: Entity, page: Page) -> EntitySample:
    contract = entity.contract
    reader = RecordReader(contract, picks=entity.declaration.fields, calendar=entity.calendar)
    good: list[tuple[object, ...]] = []
    reasons: dict[str, int] = {}
    for raw in page.records:
        try:
            good.append(reader.read(raw).values)
        except RecordRejected as error:
            words = f"{error.reason}: {error}"
            reasons[words] = reasons.get(words, 0) + 1
    rejected = len(page.records) - len(good)
    allowed = contract.max_rejected * len(page.records)
    return EntitySample(
        entity=entity.name,
        contract_version=contract.version,
        ok=rejected <= allowed,
        exit_code=0 if rejected <= allowed else 1,
        detail=_detail(page, rejected, contract),
        records=len(page.records),
        total=page.total,
        as_of=min(page.branch_as_of.values()) if page.branch_as_of else page.as_of,
        fields=tuple(_field_sample(field, index, good) for index, field in enumerate(contract.fields)),
        rejected=rejected,
        reasons=tuple(f"{count} x {words}" for words, count in sorted(reasons.items(), key=lambda item: -item[1])),
        sent_names=_names(page.records[0]) if rejected else (),
    )


def _names(raw: bytes) -> tuple[str, ...]:
    record = json.loads(raw)
    return tuple(_shown(name, personal=False) for name in record) if isinstance(record, dict) else ()


def _detail(page: Page, rejected: int, contract: Contract) -> str:
    if not page.records:
        return "the answer is complete and empty"
    total = f" of {page.total}" if page.total is not None else ""
    broken = f"; {rejected} break the contract (allowed: {contract.max_rejected:.1%})" if rejected else ""
    return f"first page: {len(page.records)}{total} records{broken}"


def _field_sample(field: Field, index: int, records: list[tuple[object, ...]]) -> FieldSample:
    values = tuple(_shown(record[index], personal=field.personal) for record in records[:SHOWN_RECORDS])
    return FieldSample(
        name=field.name,
        type=str(field.type),
        required=field.required,
        personal=field.personal,
        unit=field.unit,
        values=values,
    )


def _shown(value: object, *, personal: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.isoformat()
    if personal:
        return mask_value(value)
    text = json.dumps(value) if isinstance(value, list | dict) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= _CELL_CHARACTERS else text[: _CELL_CHARACTERS - 1] + "…"


def _sign_in(system: str, samples: tuple[EntitySample, ...], *, kind: str) -> Step:
    refused = [sample for sample in samples if sample.kind == "refused"]
    if samples and len(refused) == len(samples):
        return Step("sign-in", False, f"{system}/{refused[0].entity}: {refused[0].detail}")
    if not any(sample.ok or sample.kind in (None, "refused") for sample in samples):
        first = f"{system}/{samples[0].entity}: {samples[0].detail}"
        return Step("sign-in", False, f"not known, because no answer could be used: {first}")
    return Step("sign-in", True, f"{kind} is accepted" if kind != "none" else "none needed")


def _scope(samples: tuple[EntitySample, ...]) -> Step:
    refused = [sample.entity for sample in samples if sample.kind == "refused"]
    if refused:
        return Step("scope", False, f"may not read {', '.join(refused)}; ask the partner for that right.")
    unknown = [sample.entity for sample in samples if sample.kind is not None]
    if unknown:
        return Step("scope", False, f"not known for {', '.join(unknown)}, which gave no usable answer")
    return Step("scope", True, f"may read {', '.join(sample.entity for sample in samples)}")


def _try_clock(client: PartnerClient, clock: Clock) -> tuple[Step, float | None]:
    """Judges the time of any answer, a refusal's too; asks nothing of its own."""
    exchanges = client.take_exchanges()
    if all(exchange.status is None for exchange in exchanges):
        return Step("clock", False, "not tried, because nothing was answered"), None
    if all(exchange.partner_time is None for exchange in exchanges):
        return Step("clock", False, "the partner told no time, so no as_of can be given"), None
    skew = (client.partner_now() - clock.now()).total_seconds()
    words = f"the partner's clock is {abs(skew):.1f} s {'ahead of' if skew > 0 else 'behind'} ours"
    if abs(skew) > MOST_SKEW_SECONDS:
        words += "; have the clock that is wrong put right, as_of depends on the partner's."
    return Step("clock", abs(skew) <= MOST_SKEW_SECONDS, words), skew
