"""The control server: faults, clock, requests, touches, webhooks and the truth, as JSON over HTTP, no password."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import formatdate
from typing import Any

from sync_platform.sandbox.clock import SandboxClock
from sync_platform.sandbox.error import SandboxError
from sync_platform.sandbox.serving.answer import Answer
from sync_platform.sandbox.serving.delivery import Delivery, paced
from sync_platform.sandbox.serving.fault import Faults
from sync_platform.sandbox.serving.request import Request
from sync_platform.sandbox.serving.request_log import RequestLog
from sync_platform.sandbox.touch import Toucher
from sync_platform.sandbox.truth import Truth
from sync_platform.sandbox.webhooks.sender import Sender


@dataclass(frozen=True, kw_only=True)
class ControlPort:
    """Each path is described where it is answered; what is wrong comes back as 400 with one line that says so."""

    clock: SandboxClock
    faults: Faults
    log: RequestLog
    toucher: Toucher
    truth: Truth
    sender: Sender | None = None

    def now_ms(self) -> int:
        """True time."""
        return self.clock.now_ms()

    def deliver(self, request: Request) -> Delivery:
        """Answer one request."""
        try:
            answer = self._answer(request)
        except SandboxError as error:
            answer = Answer(status=400, document={"error": str(error)})
        headers, body = answer.encode(compress=False)
        date = formatdate(request.now // 1000, usegmt=True)
        return paced(status=answer.status, headers={"Date": date, **headers}, body=body, faults=[])

    def _answer(self, request: Request) -> Answer:
        routes: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "/faults"): lambda _: {"faults": self.faults.in_force()},
            ("POST", "/faults"): self._add_fault,
            ("DELETE", "/faults"): self._clear_faults,
            ("GET", "/clock"): self._clock_state,
            ("POST", "/clock"): self._set_clock,
            ("GET", "/requests"): lambda _: self.log.state(),
            ("DELETE", "/requests"): self._clear_log,
            ("POST", "/touch"): self._touch,
            ("GET", "/webhooks"): lambda _: self.sender.state() if self.sender else {"url": None},
            ("GET", "/truth/stock"): self._true_stock,
            ("GET", "/truth/counts"): lambda asked: self.truth.counts(day=_parameter(asked, "day")),
            ("GET", "/truth/keys"): self._true_keys,
            ("GET", "/truth/disagreements"): lambda _: {"disagreements": self.truth.disagreements()},
        }
        if (request.method, request.path) in routes:
            return Answer(document=routes[request.method, request.path](request))
        if request.method == "DELETE" and request.path.startswith("/faults/"):
            return self._remove_fault(request.path.removeprefix("/faults/"))
        known = sorted({f"{method} {path}" for method, path in routes})
        return Answer(status=404, document={"error": f"no {request.method} {request.path}", "known": known})

    def _add_fault(self, request: Request) -> Any:
        """`{"system", "kind", "path"?, "query"?, "next_requests"? | "probability"?, …options}` → `{"id"}`."""
        body = _body(request)
        for name in ("system", "kind"):
            if not isinstance(body.get(name), str):
                raise SandboxError(f"a fault needs {name}")
        return {"id": self.faults.add(**body)}

    def _clear_faults(self, _: Request) -> Any:
        self.faults.clear()
        return {"faults": []}

    def _remove_fault(self, text: str) -> Answer:
        if text.isascii() and text.isdigit() and self.faults.remove(int(text)):
            return Answer(document={"faults": self.faults.in_force()})
        return Answer(status=404, document={"error": f"no fault {text}"})

    def _clear_log(self, _: Request) -> Any:
        self.log.clear()
        return self.log.state()

    def _clock_state(self, _: Request) -> Any:
        return {"now": self.clock.now().isoformat(), "now_ms": self.clock.now_ms(), "running": self.clock.running}

    def _set_clock(self, request: Request) -> Any:
        """One of `{"advance_seconds": n}`, `{"set": iso}`, which also stops it, and `{"run": true | false}`."""
        body = _body(request)
        try:
            if set(body) == {"advance_seconds"}:
                self.clock.advance(body["advance_seconds"])
            elif set(body) == {"set"}:
                self.clock.set(datetime.fromisoformat(body["set"]))
            elif set(body) == {"run"}:
                (self.clock.run if body["run"] else self.clock.freeze)()
            else:
                raise SandboxError(
                    'write one of {"advance_seconds": n}, {"set": "2026-11-20T10:00:00+05:30"}, {"run": true}'
                )
        except (TypeError, ValueError) as error:
            raise SandboxError(str(error)) from error
        return self._clock_state(request)

    def _touch(self, request: Request) -> Any:
        """`{"system", "entity", "key"?, "count"?}` → `{"keys", "changed_at_ms"}`."""
        body = _body(request)
        unknown = body.keys() - {"system", "entity", "key", "count"}
        if unknown:
            raise SandboxError(f"a touch has no {', '.join(sorted(unknown))}")
        touched = self.toucher.touch(
            str(body.get("system")), str(body.get("entity")), key=body.get("key"), count=body.get("count", 1)
        )
        return {"keys": list(touched.keys), "changed_at_ms": touched.changed_at_ms}

    def _true_stock(self, request: Request) -> Any:
        branch, sku = _parameter(request, "branch"), _parameter(request, "sku")
        on_hand = self.truth.stock(branch=branch, sku=int(sku)) if sku.isascii() and sku.isdigit() else None
        if on_hand is None:
            raise SandboxError(f"the stock of sku {sku} in branch {branch} is not counted")
        return {"branch": branch, "sku": int(sku), "on_hand": on_hand, "now_ms": request.now}

    def _true_keys(self, request: Request) -> Any:
        system, entity, day = (_parameter(request, name) for name in ("system", "entity", "day"))
        return {"keys": self.truth.keys(system=system, entity=entity, day=day)}


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body or b"null")
    except ValueError as error:
        raise SandboxError(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise SandboxError("the body is not a JSON object")
    return body


def _parameter(request: Request, name: str) -> str:
    if name not in request.query:
        raise SandboxError(f"the parameter {name} is missing")
    return request.query[name]
