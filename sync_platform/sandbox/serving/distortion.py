"""What an injected fault does to an answer's content, before it is encoded."""

import zlib
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from sync_platform.sandbox.entity import Document
from sync_platform.sandbox.serving.answer import Answer, encode_json
from sync_platform.sandbox.serving.fault import Fault

_MAINTENANCE = (
    b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>We will be right back</h1></body></html>"
)

RESENT_BY = 900_000_000
"""A record sent again has its id and so much."""


def replacement(faults: Sequence[Fault]) -> Answer | None:
    """The answer that a fault gives in place of the partner system's own, which is then not asked at all."""
    for fault in faults:
        if fault.kind == "status":
            return _status(fault)
        if fault.kind == "html":
            return Answer(body=_MAINTENANCE, content_type="text/html; charset=utf-8")
        if fault.kind == "not_json":
            return Answer(body=b'{"records": [{"id": 1, ')
    return None


def distort(answer: Answer, faults: Sequence[Fault]) -> None:
    """Change an answer in place; an error answer has no records and is left as it is."""
    for fault in faults:
        if answer.records is None or answer.status >= 400:
            return
        if fault.kind == "bad_record":
            for record in answer.records[: fault.options.get("count", 1)]:
                _spoil(record, fault)
        elif fault.kind == "resent":
            _resend(answer, fault)
        elif fault.kind == "schema_change":
            for record in answer.records:
                _change_schema(record, fault)
        elif fault.kind == "empty":
            _empty(answer)
        elif fault.kind == "changed_values":
            for record in answer.records:
                if _is_drawn(record, fault):
                    _change_value(record, fault)
        elif fault.kind == "missing_records":
            _withhold(answer, fault)
        elif fault.kind == "wrong_total":
            _add_to_total(answer, fault.options["difference"])


def _status(fault: Fault) -> Answer:
    body = fault.options.get("body", {"error": f"injected status {fault.options['status']}"})
    headers = {str(name): str(value) for name, value in fault.options.get("headers", {}).items()}
    return Answer(
        status=fault.options["status"],
        headers=headers,
        body=body.encode() if isinstance(body, str) else encode_json(body),
    )


def _spoil(record: Document, fault: Fault) -> None:
    parent, name = _place(record, fault.options["field"])
    if parent is None:
        return
    if fault.options.get("remove"):
        parent.pop(name, None)
    else:
        parent[name] = fault.options.get("value")


def _resend(answer: Answer, fault: Fault) -> None:
    """After each of the first records the same once more, under an id of its own; the totals count it."""
    records = answer.records or []
    chosen = records[: fault.options.get("count", 1)]
    for record in chosen:
        again = deepcopy(record)
        parent, name = _place(again, fault.options["field"])
        if parent is None or name not in parent:
            continue
        parent[name] = parent[name] + RESENT_BY if isinstance(parent[name], int) else f"{parent[name]}-{RESENT_BY}"
        records.insert(next(at for at, one in enumerate(records) if one is record) + 1, again)
        _add_to_total(answer, 1)


def _is_drawn(record: Document, fault: Fault) -> bool:
    """Whether a record is one of the fault's share: by what it says, so that the same one always is."""
    share: float = fault.options.get("share", 1.0)
    return zlib.crc32(encode_json(record)) < share * 2**32


def _change_value(record: Document, fault: Fault) -> None:
    parent, name = _place(record, fault.options["field"])
    if parent is None:
        return
    if fault.options.get("remove"):
        parent.pop(name, None)
    elif "value" in fault.options:
        parent[name] = fault.options["value"]
    elif parent.get(name) is not None:
        parent[name] = _calculated(
            parent[name], factor=fault.options.get("factor", 1), plus=fault.options.get("plus", 0)
        )


def _calculated(value: Any, *, factor: float, plus: float) -> Any:
    """A number as its kind: a whole one stays whole, one written as text stays text with its decimals."""
    if isinstance(value, str):
        decimals = len(value.partition(".")[2])
        return f"{float(value) * factor + plus:.{decimals}f}"
    return round(value * factor + plus) if isinstance(value, int) else value * factor + plus


def _withhold(answer: Answer, fault: Fault) -> None:
    """Records vanish from the page, and from the count of all as far as this page tells: exactly where it is the only
    one.
    """
    if answer.records is None:
        return

    def is_withheld(record: Document) -> bool:
        return ("field" not in fault.options or _is_chosen(record, fault)) and _is_drawn(record, fault)

    withheld = [record for record in answer.records if is_withheld(record)]
    answer.records[:] = [record for record in answer.records if not is_withheld(record)]
    # A line that is given twice is counted once.
    _add_to_total(answer, -len({encode_json(record) for record in withheld}))


def _is_chosen(record: Document, fault: Fault) -> bool:
    """Whether a record's field has the fault's value, or lies within its bounds where it has those."""
    parent, name = _place(record, fault.options["field"])
    if parent is None:
        return False
    value = parent.get(name)
    if not fault.options.keys() & {"at_least", "below"}:
        return bool(value == fault.options.get("value"))
    least, below = fault.options.get("at_least"), fault.options.get("below")
    return isinstance(value, str) and (least is None or least <= value) and (below is None or value < below)


def _change_schema(record: Document, fault: Fault) -> None:
    for old, new in fault.options.get("rename", {}).items():
        parent, name = _place(record, old)
        if parent is not None and name in parent:
            parent[new] = parent.pop(name)
    if "retype" in fault.options:
        parent, name = _place(record, fault.options["retype"])
        if parent is not None and name in parent:
            parent[name] = _retyped(parent[name])
    record.update(fault.options.get("add", {}))


def _retyped(value: Any) -> Any:
    """A number becomes text; text becomes a number where it is one, else a list of itself."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return [value]
    return str(value)


def _place(record: Document, path: str) -> tuple[Document | None, str]:
    """The object that holds the last name of a dotted path, or None where the path leads nowhere."""
    *parents, name = path.split(".")
    place: Any = record
    for parent in parents:
        place = place.get(parent) if isinstance(place, dict) else None
    return (place if isinstance(place, dict) else None), name


def _empty(answer: Answer) -> None:
    if answer.records is not None:
        answer.records.clear()
    if answer.total_key is not None:
        answer.document[answer.total_key] = 0
    if answer.total_header is not None:
        answer.headers.update({answer.total_header: "0", "X-WP-TotalPages": "0"})
        answer.headers.pop("Link", None)
    if isinstance(answer.document, dict) and "has_more" in answer.document:
        answer.document["has_more"] = False


def _add_to_total(answer: Answer, difference: int) -> None:
    if answer.total_key is not None:
        answer.document[answer.total_key] += difference
    if answer.total_header is not None:
        answer.headers[answer.total_header] = str(int(answer.headers[answer.total_header]) + difference)
