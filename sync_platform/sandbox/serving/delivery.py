"""From a request to the bytes on the wire and their pace: the partner system's answer with the faults worked in."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

from sync_platform.sandbox.serving.distortion import distort, replacement
from sync_platform.sandbox.serving.fault import Fault, Faults
from sync_platform.sandbox.serving.partner_system import PartnerSystem
from sync_platform.sandbox.serving.request import Request
from sync_platform.sandbox.serving.request_log import RequestLog


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """`body` is sent after `head`, from `wait_seconds` on, `seconds_per_byte` apart; then the socket may be closed."""

    head: bytes
    body: bytes
    wait_seconds: float = 0.0
    seconds_per_byte: float = 0.0
    close: bool = False


class FaultyPort:
    """A partner system behind whatever faults are in force."""

    def __init__(self, system: PartnerSystem, *, faults: Faults, log: RequestLog) -> None:
        self._system, self._faults, self._log = system, faults, log

    def now_ms(self) -> int:
        """True time."""
        return self._system.clock.now_ms()

    def deliver(self, request: Request) -> Delivery:
        """Answer one request; the faults that hit it are used up by it."""
        faults = self._faults.matching(self._system.name, request.path, request.query)
        shift = sum(fault.options["rows"] for fault in faults if fault.kind == "page_shift")
        asked = Request(**{**vars(request), "row_shift": shift}) if shift else request
        answer = replacement(faults)
        if answer is None:
            answer = self._system.answer(asked)
            distort(answer, faults)
        headers, body = answer.encode(compress=self._system.always_gzip and answer.status not in (204, 304))
        date = formatdate(self._system.clock.stamp(request.now) // 1000, usegmt=True)
        self._log.add(self._system.name, request, status=answer.status, body_bytes=len(body))
        self._faults.settle(self._system.name)
        return paced(status=answer.status, headers={"Date": date, **headers}, body=body, faults=faults)


def paced(*, status: int, headers: dict[str, str], body: bytes, faults: Sequence[Fault]) -> Delivery:
    """Bytes and pace under the faults that concern the transport."""
    wait = sum(fault.options["seconds"] for fault in faults if fault.kind == "delay")
    drip = max((fault.options["seconds_per_byte"] for fault in faults if fault.kind == "drip"), default=0.0)
    length: int | None = len(body)
    cuts = [fault for fault in faults if fault.kind == "cut_body"]
    for cut in cuts:
        body = body[: cut.options["after_bytes"]]
        length = length if cut.options.get("keep_length", True) else None
    return Delivery(
        head=_head(status, headers, length=length),
        body=body,
        wait_seconds=wait,
        seconds_per_byte=drip,
        close=bool(cuts),
    )


def _head(status: int, headers: dict[str, str], *, length: int | None) -> bytes:
    """Status line and headers; without a length the body ends where the connection does."""
    known = {code.value: code.phrase for code in HTTPStatus}
    lines = [f"HTTP/1.1 {status} {known.get(status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if status not in (204, 304):
        lines.append(f"Content-Length: {length}" if length is not None else "Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
