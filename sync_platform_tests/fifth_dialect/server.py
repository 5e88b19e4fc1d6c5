"""The warehouse's server: GraphQL over POST, a session, errors with HTTP 200, and the faults of the suite."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sync_platform.declarations.partner_system import Entity
from sync_platform_tests.declared_systems.partner_server import NOW, PartnerServer
from sync_platform_tests.fifth_dialect.warehouse import Version, Warehouse, shipped_on, written

Document = dict[str, Any]
PAGE = b"<!DOCTYPE html><html><body><h1>Back soon</h1></body></html>"


@dataclass
class Fault:
    """What spoils the next `times` answers about an entity; None: all."""

    entity: str
    kind: str
    times: int | None
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Delivery:
    """One answer on its way out; `cut_at` bytes of the body are sent, with the stated length or without one."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    cut_at: int | None = None
    with_length: bool = True


class WarehouseServer:
    """Serves from threads on a free port. `asked`: each question with its variables; `logins` that were good."""

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self.warehouse = Warehouse(NOW)
        self._credentials = credentials
        self._session = "none yet"
        self.logins = 0
        self.asked: list[tuple[str, Document]] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self.environment: Mapping[str, str] = {
            **credentials,
            "WMS_BASE_URL": f"http://127.0.0.1:{self._http.server_address[1]}",
        }
        self.failure_in_200: Any = _errors("INTERNAL", "the warehouse database is away")

    def serve(self) -> None:
        self._http.serve_forever(poll_interval=0.01)

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def now(self) -> datetime:
        return self.warehouse.now

    def advance(self, seconds: float) -> None:
        self.warehouse.now += timedelta(seconds=seconds)

    def keys(self, entity: Entity, day: date | None) -> set[str]:
        if entity.name == "bins":
            return set(self.warehouse.seen_bins())
        seen = self.warehouse.seen_shipments()
        return {key for key, version in seen.items() if day is None or shipped_on(version) == day}

    def touch(self, entity: Entity, count: int) -> set[str]:
        return self.warehouse.touch(entity.name, count)

    def late_changes(self, entity: Entity) -> list[tuple[datetime, str]]:
        versions = self.warehouse.shipments if entity.name == "shipments" else []
        coming = [v for v in versions if v.visible_at > v.changed_at > self.now()]
        return sorted((version.visible_at - timedelta(milliseconds=1), version.key) for version in coming)

    def repeats_records(self, entity: Entity) -> bool:
        return False

    def fault(self, entity: Entity, kind: str, *, times: int | None = None, **options: Any) -> None:
        with self._lock:
            if kind == "clock_skew":
                self.warehouse.skew = timedelta(seconds=options["seconds"])
            else:
                self._faults.append(Fault(entity.name, kind, times, options))

    def mend(self) -> None:
        with self._lock:
            self._faults.clear()
            self.warehouse.skew = timedelta(0)

    def end_sessions(self) -> None:
        """Whoever is logged in has to do it again."""
        with self._lock:
            self._session = "none any more"

    def deliver(self, path: str, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Answer one POST."""
        with self._lock:
            if path == "/session/login":
                return self._login(json.loads(body))
            if path != "/graphql":
                return Delivery(_json({"errors": [{"message": "no such place"}]}), status=404)
            asked = json.loads(body)
            entity = str(asked["operationName"]).lower()
            self.asked.append((entity, asked["variables"]))
            faults = self._striking(entity)
            if headers.get("X-Session") != self._session:
                answer: Document = _errors("UNAUTHENTICATED", "log in")
            else:
                answer = self._answer(entity, asked["variables"], faults)
            return _spoilt(answer, faults)

    def _login(self, form: Document) -> Delivery:
        known = {"user": self._credentials["WMS_USER"], "password": self._credentials["WMS_PASSWORD"]}
        if form != known:
            return Delivery(_json(_errors("UNAUTHENTICATED", "unknown user or password")))
        self.logins += 1
        self._session = f"session-{self.logins}"
        return Delivery(_json({"session": {"token": self._session}}))

    def _striking(self, entity: str) -> list[Fault]:
        striking = [fault for fault in self._faults if fault.entity == entity]
        for fault in striking:
            if fault.times is not None:
                fault.times -= 1
        self._faults = [fault for fault in self._faults if fault.times is None or fault.times > 0]
        return striking

    def _answer(self, entity: str, variables: Document, faults: list[Fault]) -> Document:
        if entity == "shipments":
            versions = _chosen(list(self.warehouse.seen_shipments().values()), variables)
        else:
            versions = list(self.warehouse.seen_bins().values())
        if any(fault.kind == "empty" for fault in faults):
            versions = []
        after = _position(variables["after"])
        rest = [version for version in versions if _place(version, variables) > after]
        page = rest[: int(variables["first"])]
        nodes = [dict(version.record) for version in page]
        for fault in faults:
            _distort(nodes, fault)
        total = len(versions) + sum(fault.options["difference"] for fault in faults if fault.kind == "wrong_total")
        info = {
            "endCursor": _cursor(_place(page[-1], variables)) if page else None,
            "hasNextPage": len(rest) > len(page),
        }
        found = {"nodes": nodes, "pageInfo": info, "totalCount": total}
        return {"data": {"serverTime": written(self.warehouse.own_time), entity: found}}


@contextmanager
def open_warehouse(credentials: Mapping[str, str]) -> Iterator[PartnerServer]:
    """A warehouse whose clock stands at NOW."""
    server = WarehouseServer(credentials)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


def _chosen(versions: list[Version], variables: Document) -> list[Version]:
    """The shipments of a day in order of id, or of a window of changes in order of (time, id)."""
    if variables["day"] is not None:
        return [version for version in versions if shipped_on(version) == date.fromisoformat(variables["day"])]
    since, until = variables["since"], variables["until"]
    inside = [
        version
        for version in versions
        if (since is None or version.changed_at >= datetime.fromisoformat(since))
        and (until is None or version.changed_at < datetime.fromisoformat(until))
    ]
    return sorted(inside, key=lambda version: (version.changed_at, version.key))


def _place(version: Version, variables: Document) -> list[str]:
    """Where a record stands in its list, as far as a cursor tells."""
    by_change = variables.get("since") is not None
    return [version.changed_at.isoformat(timespec="microseconds") if by_change else "", version.key]


def _cursor(place: list[str]) -> str:
    return base64.b64encode(json.dumps(place).encode()).decode()


def _position(cursor: str | None) -> list[str]:
    return [] if cursor is None else list(json.loads(base64.b64decode(cursor)))


def _distort(nodes: list[Document], fault: Fault) -> None:
    if fault.kind == "bad_record" and nodes:
        parent, name = _parent(nodes[0], fault.options["field"])
        parent[name] = fault.options["value"]
    if fault.kind == "schema_change":
        for node in nodes:
            for old, new in fault.options["rename"].items():
                parent, name = _parent(node, old)
                parent[new] = parent.pop(name)


def _parent(node: Document, path: str) -> tuple[Document, str]:
    *steps, name = path.split(".")
    for step in steps:
        node[step] = dict(node[step] or {})
        node = node[step]
    return node, name


def _spoilt(answer: Document, faults: list[Fault]) -> Delivery:
    body = _json(answer)
    for fault in faults:
        if fault.kind == "status":
            said = fault.options.get("body", "")
            sent = said.encode() if isinstance(said, str) else _json(said)
            named = tuple(dict(fault.options.get("headers", {})).items())
            return Delivery(sent, status=fault.options["status"], headers=named)
        if fault.kind == "html":
            return Delivery(PAGE, content_type="text/html")
        if fault.kind == "not_json":
            return Delivery(b'{"data": {"nodes": [')
        if fault.kind == "cut_body":
            return Delivery(body, cut_at=fault.options["after_bytes"], with_length=fault.options["keep_length"])
    return Delivery(body)


def _errors(code: str, message: str) -> Document:
    return {"errors": [{"code": code, "message": message}]}


def _json(document: Document) -> bytes:
    return json.dumps(document).encode()


def _handler(server: WarehouseServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet per answer: two would wait for each other (Nagle's algorithm)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._send(server.deliver(self.path, dict(self.headers.items()), body))

        def do_GET(self) -> None:
            self._send(Delivery(_json(_errors("BAD_REQUEST", "only POST is answered")), status=405))

        def _send(self, delivery: Delivery) -> None:
            self.send_response(delivery.status)
            self.send_header("Content-Type", delivery.content_type)
            for name, value in delivery.headers:
                self.send_header(name, value)
            if delivery.with_length:
                self.send_header("Content-Length", str(len(delivery.body)))
            self.end_headers()
            self.wfile.write(delivery.body[: delivery.cut_at])
            self.wfile.flush()
            self.close_connection = self.close_connection or delivery.cut_at is not None

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(server.warehouse.own_time, usegmt=True)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name it has there
            """Say nothing: the tests look at what was asked, not at a log."""

    return Handler
