"""Where operators mend a rejected record: shown as it is, held against its contract before it is kept."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.responses import RedirectResponse, Response

from sync_platform.access.role import OPERATOR
from sync_platform.contracts.contract import Field
from sync_platform.declarations.partner_system import Entity
from sync_platform.gateway.pages.acted import record_act
from sync_platform.gateway.pages.letter_acts import decision_of
from sync_platform.gateway.pages.letter_choice import named_open_letter
from sync_platform.gateway.pages.letters import shown_key
from sync_platform.gateway.pages.template import render
from sync_platform.gateway.pages.visit import Answer, Page, Visit
from sync_platform.landing.letter_queue import KeptLetter
from sync_platform.landing.letter_seal import is_personal
from sync_platform.replay.judgement import Obstacle
from sync_platform.replay.letters import edit_letter
from sync_platform.replay.payload_faults import payload_faults

_MOST_FORM_BYTES = 1024 * 1024


def _show(visit: Visit) -> Answer:
    """The record in clear; that it was looked at is in the access log, and in the audit log where it is personal."""
    letter = named_open_letter(visit)
    entity = visit.tools.entity(letter.system, letter.entity)
    payload = letter.opened(visit.tools.seal)
    if payload is not None and is_personal(entity.contract):
        subject, number = shown_key(visit, letter), letter.dead_letter_id
        record_act(
            visit,
            "dead_letters.reveal",
            system=letter.system,
            entity=letter.entity,
            subject=subject,
            dead_letter_id=number,
        )
    faults = [Obstacle(letter.reason, letter.field, letter.message)] if payload is None else []
    faults = faults or payload_faults(entity, letter, payload or b"")
    return Answer(_form(visit, letter, entity, _indented(payload), faults), about=_about(letter))


def _mend(visit: Visit) -> Answer:
    letter = named_open_letter(visit)
    entity = visit.tools.entity(letter.system, letter.entity)
    text, why = visit.form.get("payload", ""), visit.form.get("why", "")
    payload = _compact(text)
    faults = [Obstacle("json", "", "this is no JSON object")] if payload is None else []
    faults = faults or payload_faults(entity, letter, payload or b"")
    if faults or payload is None:
        return Answer(_form(visit, letter, entity, text, faults, why=why, status=422), about=_about(letter))
    if "check" in visit.form:
        return Answer(_form(visit, letter, entity, text, [], why=why, is_checked=True), about=_about(letter))
    decision = decision_of(visit)
    number, seal = letter.dead_letter_id, visit.tools.seal
    edit_letter(visit.connection, entity, number, payload, seal=seal, decision=decision, dry_run=False)
    record_act(
        visit,
        "dead_letters.edit",
        system=letter.system,
        entity=letter.entity,
        subject=shown_key(visit, letter),
        dead_letter_id=number,
        why=decision.why,
    )
    return Answer(RedirectResponse(f"/dead-letters/{number}", status_code=303), about=_about(letter))


def _form(
    visit: Visit,
    letter: KeptLetter,
    entity: Entity,
    text: str,
    faults: Sequence[Obstacle],
    *,
    why: str = "",
    status: int = 200,
    is_checked: bool = False,
) -> Response:
    of_field = {fault.field: fault for fault in faults if fault.field}
    fields = [(field, _wanted(field), of_field.get(field.name)) for field in entity.contract.fields]
    return render(
        visit,
        "dead_letter_edit",
        status=status,
        letter=letter,
        key=shown_key(visit, letter),
        contract=entity.contract,
        picks=entity.declaration.fields,
        text=text,
        faults=faults,
        fields=fields,
        why=why,
        is_checked=is_checked,
        is_withheld=letter.payload is None,
    )


def _wanted(field: Field) -> str:
    """What the contract wants of a field, in words."""
    least, most = field.minimum, field.maximum
    parts = [
        str(field.type),
        f"at most {field.scale} decimals" if field.scale is not None else "",
        f"one of {', '.join(field.valid_values)}" if field.valid_values else "",
        f"at least {least}" if least is not None else "",
        f"at most {most}" if most is not None else "",
        f"over {field.exclusive_minimum}" if field.exclusive_minimum is not None else "",
        f"under {field.exclusive_maximum}" if field.exclusive_maximum is not None else "",
        f"{field.min_length} characters or more" if field.min_length is not None else "",
        f"{field.max_length} characters or fewer" if field.max_length is not None else "",
        f"like {field.pattern}" if field.pattern else "",
        "" if field.required else "may be missing",
    ]
    return ", ".join(filter(None, parts))


def _indented(payload: bytes | None) -> str:
    """For reading; numbers and texts stay as the partner wrote them. What is no JSON is shown as it can be."""
    if payload is None:
        return ""
    try:
        return msgspec.json.format(payload, indent=2).decode()
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return payload.decode("utf-8", "backslashreplace")


def _compact(text: str) -> bytes | None:
    """The record as it is kept: without the spaces of a form. None where it is no JSON object."""
    try:
        payload = text.encode()
        msgspec.json.decode(payload, type=dict[str, msgspec.Raw])
        return msgspec.json.format(payload, indent=-1)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _about(letter: KeptLetter) -> str:
    return f"dead letter {letter.dead_letter_id}"


PAGES = (
    Page("/dead-letters/{number}/edit", _show, needs=OPERATOR),
    Page(
        "/dead-letters/{number}/edit",
        _mend,
        needs=OPERATOR,
        method="POST",
        fields=("payload", "why", "check"),
        form_bytes=_MOST_FORM_BYTES,
    ),
)
