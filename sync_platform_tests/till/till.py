"""The till's server: a partner system on a real socket whose data, clock and faults a test sets with one line."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sync_platform.clock import Clock

Record = dict[str, Any]
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""17:30 in Colombo, whose business day 2026-11-20 ends at 18:30 UTC."""
TODAY, YESTERDAY = "2026-11-20", "2026-11-19"


def milliseconds(seconds: float) -> int:
    """So many seconds after NOON, as the till writes a time."""
    return round((NOON.timestamp() + seconds) * 1000)


def sale(id_: str, amount: str | None = "1.00", *, at: float = -60.0, **more: Any) -> Record:
    """A sale of today, changed `at` seconds after NOON."""
    return {"id": id_, "day": TODAY, "amount": amount, "status": "open", "changed": milliseconds(at), **more}


def piece(id_: str, pieces: int, *, at: float = -60.0) -> Record:
    """A place on the shelf."""
    return {"id": id_, "pieces": pieces, "changed": milliseconds(at)}


def added_up(records: list[Record]) -> Record:
    """How many sales these are and what they add up to, what is no amount left out."""
    amounts = [str(record["amount"]) for record in records if record["amount"] is not None]
    return {"count": len(records), "amount": str(sum(map(Decimal, amounts), Decimal("0.00")))}


@dataclass
class Fault:
    """What goes wrong with the next `times` requests whose path or query holds `path`."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut: bool = False
    total: int | None = None
    hang_up: bool = False
    times: int = 1_000_000
    path: str = "/"


class Till:
    """`clock` is the tests' clock; the till's own runs `skew` beside it. Pages are in order of id, changes of time."""

    def __init__(self, clock: Clock) -> None:
        self.skew = timedelta(0)
        self.asked: list[str] = []
        self.faults: list[Fault] = []
        self.before_page: Callable[[str, int], object] = lambda *_: None
        self._clock = clock
        self._lock = threading.RLock()
        self._committed: list[tuple[datetime, str, Record | None]] = []
        self._sales: dict[str, Record] = {}
        self._events: list[Record] = []
        self._shelf: dict[str, Record] = {}
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def now(self) -> datetime:
        """The till's own clock."""
        return self._clock.now() + self.skew

    def has_sales(self, *records: Record) -> None:
        """From now on exactly these sales."""
        with self._lock:
            self._sales = {str(record["id"]): record for record in records}

    def puts(self, *records: Record) -> None:
        """Changes or adds sales, visible at once; each is an event too."""
        with self._lock:
            for record in records:
                self._show(record["id"], record)

    def removes(self, *ids: str) -> None:
        """Deletes sales without a trace."""
        with self._lock:
            for id_ in ids:
                self._sales.pop(id_, None)

    def commits_late(self, record: Record, *, visible_in: float) -> None:
        """A change whose transaction ends `visible_in` seconds from now: until then nobody sees it.

        The row is locked meanwhile, as in any database: a second change of the same record becomes visible after it.
        """
        with self._lock:
            open_until = [moment for moment, id_, _ in self._committed if id_ == record["id"]]
            visible_at = max([self.now() + timedelta(seconds=visible_in), *open_until])
            self._committed.append((visible_at, record["id"], record))

    def has_on_shelf(self, *records: Record) -> None:
        """From now on exactly this lies on the shelf."""
        with self._lock:
            self._shelf = {record["id"]: record for record in records}

    def fails(self, **fault: Any) -> None:
        """The next requests go wrong; see Fault."""
        self.faults.append(Fault(**fault))

    def recovers(self) -> None:
        """No more faults."""
        self.faults.clear()

    def sales(self) -> dict[str, Record]:
        """The sales that are visible now, by id."""
        with self._lock:
            due = sorted((item for item in self._committed if item[0] <= self.now()), key=lambda item: item[0])
            self._committed = [item for item in self._committed if item[0] > self.now()]
            for _, id_, record in due:
                if record is not None:
                    self._show(id_, record)
            return dict(self._sales)

    def __enter__(self) -> Till:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fault_for(self, target: str) -> Fault | None:
        """The fault that strikes this request."""
        with self._lock:
            for fault in self.faults:
                if fault.times > 0 and fault.path in target:
                    fault.times -= 1
                    return fault
            return None

    def answer(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        """The document that answers a request."""
        page, size = int(query.get("page", "1")), int(query.get("size", "1000"))
        self.before_page(path, page)
        if path == "/events":
            since = int(query["since"])
            return {"events": [event for event in reversed(self._events) if event["at"] >= since]}
        if path.startswith("/sale/"):
            return {"sale": self.sales().get(path.removeprefix("/sale/"))}
        if path == "/totals":
            return added_up(self._asked_for(path, query))
        name = path.strip("/") if path in ("/shelf", "/oddities") else "sales"
        records = self._asked_for(path, query)
        shown = records[(page - 1) * size : page * size]
        document: dict[str, Any] = {name: shown}
        return document if path == "/loose_sales" else {**document, "total": len(records)}

    def _asked_for(self, path: str, query: dict[str, str]) -> list[Record]:
        visible = self.sales()
        records = list((self._shelf if path == "/shelf" else visible).values())
        if path == "/coarse_sales":
            records = [{**record, "changed": record["changed"] // 1000} for record in records]
        if "day" in query:
            records = [record for record in records if record["day"] == query["day"]]
        if "since" not in query:
            return sorted(records, key=lambda record: str(record["id"]))
        until = int(query.get("until", 2**63))
        changed = [record for record in records if int(query["since"]) <= record["changed"] < until]
        return sorted(changed, key=lambda record: (record["changed"], str(record["id"])))

    def _show(self, id_: str, record: Record) -> None:
        self._sales[id_] = record
        self._events.append({"at": int(self.now().timestamp()), "sale": record})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, till: Till) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.till = till


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two writes: by Nagle's algorithm the second waited 40 ms for the client's delayed ACK.
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        till = self.server.till
        till.asked.append(self.path)
        parts = urlsplit(self.path)
        fault = till.fault_for(self.path) or Fault()
        if fault.hang_up:
            self.close_connection = True
            return
        document = till.answer(parts.path, dict(parse_qsl(parts.query)))
        if fault.total is not None:
            document["total"] = fault.total
        body = json.dumps(document).encode() if fault.body is None else fault.body
        self.send_response_only(fault.status)
        headers = {
            "Date": format_datetime(till.now(), usegmt=True),
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **fault.headers,
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if fault.cut else body)
        self.close_connection = self.close_connection or fault.cut

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own name
        pass
