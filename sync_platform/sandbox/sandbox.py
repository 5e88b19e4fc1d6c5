"""The sandbox as a whole: a world, four partner systems that answer, two that leave files, and the control server."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sync_platform.sandbox.anchor import shift_days
from sync_platform.sandbox.clock import SandboxClock
from sync_platform.sandbox.columns import SalesColumns
from sync_platform.sandbox.control import ControlPort
from sync_platform.sandbox.credentials import Credentials
from sync_platform.sandbox.drops.bank import Bank
from sync_platform.sandbox.drops.dropping import Dropping
from sync_platform.sandbox.drops.legacy_erp import LegacyErp
from sync_platform.sandbox.generated import BASKETS_A_DAY, generated
from sync_platform.sandbox.partners import Partners, open_partners
from sync_platform.sandbox.serving.delivery import FaultyPort
from sync_platform.sandbox.serving.fault import Faults
from sync_platform.sandbox.serving.request_log import RequestLog
from sync_platform.sandbox.serving.server import Server
from sync_platform.sandbox.touch import Touched, Toucher
from sync_platform.sandbox.truth import Truth
from sync_platform.sandbox.webhooks.announcer import Announcer
from sync_platform.sandbox.webhooks.sender import Mishaps, Sender
from sync_platform.sandbox.world import World, derive_world

DEFAULT_LATE_SECONDS = 5.0
"""How much later than its changed time a record may become visible."""
DEFAULT_MISHAPS = Mishaps()


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Port numbers; 0 takes any free one."""

    control: int = 9100
    pos: int = 9101
    shop: int = 9102
    ledger: int = 9103
    payments: int = 9104


ANY_FREE = Ports(control=0, pos=0, shop=0, ledger=0, payments=0)


class Sandbox:
    """Servers run in threads of this process from `start` to `stop`, or for the length of a `with` block.

    `clock`, `faults`, `requests` and `truth` are the same that the control server serves.
    """

    def __init__(
        self,
        columns: SalesColumns,
        *,
        seed: int,
        clock: SandboxClock,
        late_seconds: float,
        state_dir: Path | None,
        credentials: Credentials,
        host: str,
        ports: Ports,
        webhooks_url: str | None = None,
        mishaps: Mishaps = DEFAULT_MISHAPS,
        drop_dir: Path | None = None,
        drop_mishaps: bool = False,
    ) -> None:
        """Derives the world and binds every port; raises SandboxError for a taken one, leaving none bound.

        `webhooks_url` is the root of whoever takes webhooks in; without it nothing is told. Without `drop_dir` the bank
        and the legacy ERP leave no files; with `drop_mishaps` two of them come again, see Dropping.
        """
        self.clock = clock
        self.world: World = derive_world(
            columns,
            seed=seed,
            shift_days=shift_days(columns, now=clock.now(), state_dir=state_dir),
            clock=clock,
            late_seconds=late_seconds,
        )
        self.partners: Partners = open_partners(self.world, credentials)
        systems = self.partners.systems
        self.faults = Faults({name: system.clock for name, system in systems.items()}, seed=seed)
        self.requests = RequestLog()
        self.truth = Truth(self.world, self.partners)
        self._toucher = Toucher(self.partners, clock, seed=seed)
        self.bank = Bank(self.partners.payments.payouts)
        self.legacy_erp = LegacyErp(self.world, self.partners.pos.stock_levels)
        exporters = (self.bank, self.legacy_erp)
        self.dropping = Dropping(drop_dir, exporters, clock, mishaps=drop_mishaps) if drop_dir else None
        self._credentials = credentials
        self.sender = self._open_sender(webhooks_url, mishaps, seed=seed) if webhooks_url else None
        control = ControlPort(
            clock=clock,
            faults=self.faults,
            log=self.requests,
            toucher=self._toucher,
            truth=self.truth,
            sender=self.sender,
        )
        with ExitStack() as bound:
            self._servers: dict[str, Server] = {}
            for name in ("pos", "shop", "ledger", "payments", "control"):
                port = FaultyPort(systems[name], faults=self.faults, log=self.requests) if name in systems else control
                self._servers[name] = Server(name, port, host=host, number=getattr(ports, name))
                bound.callback(self._servers[name].stop)
            bound.pop_all()

    @classmethod
    def generated(
        cls,
        *,
        now: datetime,
        seed: int = 7,
        baskets_a_day: int = BASKETS_A_DAY,
        late_seconds: float = DEFAULT_LATE_SECONDS,
        running: bool = False,
        state_dir: Path | None = None,
        environment: Mapping[str, str] | None = None,
        webhooks_url: str | None = None,
        mishaps: Mishaps = DEFAULT_MISHAPS,
        drop_dir: Path | None = None,
        drop_mishaps: bool = False,
    ) -> Self:
        """The small generated world on free ports; its clock stands still at `now` unless `running`.

        `environment` may name other credentials; the process's own environment is not read.
        """
        return cls(
            generated(seed, baskets_a_day=baskets_a_day),
            seed=seed,
            clock=SandboxClock(now, running=running),
            late_seconds=late_seconds,
            state_dir=state_dir,
            credentials=Credentials.from_environment(environment or {}),
            host="127.0.0.1",
            ports=ANY_FREE,
            webhooks_url=webhooks_url,
            mishaps=mishaps,
            drop_dir=drop_dir,
            drop_mishaps=drop_mishaps,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The variables that a client needs: base URLs without a path, credentials, and the drop folders there are."""
        urls = {f"{name.upper()}_BASE_URL": server.url for name, server in self._servers.items() if name != "control"}
        folders = self.dropping.folders if self.dropping else {}
        drops = {f"{name.upper()}_DROP_FOLDER": str(folder) for name, folder in folders.items()}
        control = {"SANDBOX_CONTROL_URL": self._servers["control"].url}
        return {**urls, **self._credentials.environment(), **drops, **control}

    def touch(self, system: str, entity: str, *, key: str | None = None, count: int = 1) -> Touched:
        """Make existing records change now; see Toucher."""
        return self._toucher.touch(system, entity, key=key, count=count)

    def start(self) -> None:
        """Serve, leave the files that are due; and tell, while time passes by itself."""
        if self.dropping:
            self.dropping.start()
        for server in self._servers.values():
            server.start()
        if self.sender is not None and self.clock.running:
            self.sender.start()

    def stop(self) -> None:
        """Close every server and connection; nothing is told and no more files come."""
        if self.sender is not None:
            self.sender.stop()
        if self.dropping:
            self.dropping.stop()
        for server in self._servers.values():
            server.stop()

    def _open_sender(self, url: str, mishaps: Mishaps, *, seed: int) -> Sender:
        announcer = Announcer(
            self.partners,
            self.clock,
            shop_secret=self._credentials.shop_webhook_secret,
            payments_secret=self._credentials.payments_webhook_secret,
            seed=seed,
        )
        return Sender(announcer, url=url, mishaps=mishaps, seed=seed)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
