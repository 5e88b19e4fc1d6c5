"""Promises 1 to 6 against a model: whatever happens in whatever order, the end is what the till has."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.errors import LandingConflict, LandingUnavailable, PartnerUnavailable
from sync_platform.landing.database import Database
from sync_platform.landing.loads import Load
from sync_platform.pull.apply import apply_waiting
from sync_platform.pull.capture import capture_delta
from sync_platform.pull.steps import pass_by
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.promises.cut import Proxy, cut_database
from sync_platform_tests.promises.disturbance import (
    CutOff,
    Dead,
    Dies,
    Disturbance,
    Killed,
    Outdated,
    Second,
    Touched,
    disturbed_pulls,
)
from sync_platform_tests.promises.happening import (
    DAYS,
    LATEST,
    Broken,
    Changed,
    Deleted,
    Failing,
    Happening,
    Tied,
    Unversioned,
    happenings,
)
from sync_platform_tests.promises.model import Model
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.loader import Loaders
from sync_platform_tests.till.till import NOON, TODAY, YESTERDAY, Record, Till, sale

ENTITIES = ("sales", "coarse_sales", "loose_sales", "evented_sales")
DAY_OF = {"today": TODAY, "yesterday": YESTERDAY}
ANCHORS = {f"{number}{day}": day for day in DAYS for number in range(3)}
"""Sales that never change, so that no day is ever empty or mostly wrong: those are held, which is another promise."""
BREAKS, CONFLICTS = "X", "A"
"""The sale that may break its contract, and the one that may change without a new version."""


@dataclass(frozen=True)
class World:
    """What one story plays in, all of it new but for the database, which is emptied before."""

    hub: Hub
    second: Hub
    cut: Hub
    proxy: Proxy
    till: Till
    clock: GivenClock


class Story(RuleBasedStateMachine):
    """One sequence of happenings at the till and in the platform."""

    def __init__(
        self, new_world: Callable[[], AbstractContextManager[World]], *, entity: str, loaders: Loaders
    ) -> None:
        super().__init__()
        self.ends = ExitStack()
        self.world = self.ends.enter_context(new_world())
        self.entity = entity
        self.loaders = loaders
        self.model = Model(hub=self.world.hub, entity=entity)
        self.written = 0
        self.unversioned: set[str] = set()
        self.copies: list[dict[str, Record]] = []
        self.world.hub.run(
            f"truncate landing.till__{entity}, sync.change, sync.watermark, sync.dead_letter, sync.entity_day,"
            " sync.load, sync.lease, sync.exchange, sync.branch_clock, sync.check_result"
        )
        for id_, day in ANCHORS.items():
            self._writes(id_, day=day)
        self.world.clock.advance(20.0)
        self.copies.append(self.world.till.sales())

    @rule(
        happened=happenings,
        seconds=st.sampled_from([0.4, 1.0, 3.0, 6.0, 20.0, 300.0]),
        leases_expire=st.booleans(),
        pull=disturbed_pulls,
    )
    def pulls_after(
        self, happened: list[Happening], seconds: float, leases_expire: bool, pull: tuple[str, Disturbance]
    ) -> None:
        for happening in happened:
            self._happens(happening)
        self.world.clock.advance(seconds)
        self.copies.append(self.world.till.sales())
        if leases_expire:
            self.world.hub.lets_leases_expire()
        what, disturbance = pull
        if disturbance is None:
            self._pulls_undisturbed(what)
        elif isinstance(disturbance, Killed):
            how, day = ("delta", TODAY) if what == "delta" else ("day", DAY_OF[what])
            self.loaders.pull(self.world.hub, how, entity=self.entity, day=day, kill_at=disturbance.step)
        else:
            with self._disturbed(disturbance) as hub:
                self._pulls(hub, what, cut=isinstance(disturbance, CutOff))

    @invariant()
    def what_was_acknowledged_is_kept(self) -> None:
        self.model.check(self.world.till.sales(), unversioned=self.unversioned)

    def teardown(self) -> None:
        """The end of each story, unless it ended in an error before."""
        with self.ends:
            if sys.exc_info()[0] is None:
                self._comes_to_rest()

    def _comes_to_rest(self) -> None:
        hub, clock = self.world.hub, self.world.clock
        self.world.till.recovers()
        hub.lets_leases_expire()
        clock.advance(60)
        hub.pull_delta(self.entity)
        for day in (*DAYS, *DAYS):  # twice: where the till gives no count, what is gone is believed at the second read
            clock.advance(1)
            assert hub.pull_day(self.entity, day).outcome == "published"
        self.what_was_acknowledged_is_kept()
        strict = self.entity == "sales"
        self.model.check_at_rest(self.world.till.sales(), conflicting=self.unversioned if strict else set())
        assert hub.pull_delta(self.entity).loads == ()

    def _happens(self, happening: Happening) -> None:
        match happening:
            case Changed(id_, late, day):
                self._writes(id_, late=late, day=day)
            case Tied(late):
                self._writes("C", late=late)
                self._writes("D", later=0.0)
            case Broken(whole):
                self._writes(BREAKS, whole=whole)
            case Unversioned():
                self._settles()
                if (known := self.world.till.sales().get(CONFLICTS)) is not None:
                    self._commits({**known, "amount": self._amount()})
                    self.unversioned.add(CONFLICTS)
            case Deleted(id_):
                self._settles()
                self.world.till.removes(id_)
            case Failing(times):
                self.world.till.fails(status=500, times=times)

    def _pulls_undisturbed(self, what: str) -> None:
        faulty = any(fault.times > 0 for fault in self.world.till.faults)
        done = self._pulls(self.world.hub, what)
        if isinstance(done, Load):
            assert done.outcome == "published" or (faulty and done.outcome == "unreachable")

    def _pulls(self, hub: Hub, what: str, *, cut: bool = False) -> object:
        """What came of it, or None when it ended in an error that it may end in now."""
        entity = self.entity
        may_be: list[type[BaseException]] = [LandingConflict, PartnerUnavailable, Dead]
        with suppress(*may_be, *([LandingUnavailable] if cut else [])):
            if what in DAY_OF:
                return hub.pull_day(entity, DAY_OF[what])
            if what == "capture":
                return capture_delta(hub.tools, hub.entity(entity), deadline=hub.clock.monotonic() + 20)
            if what == "apply":
                return apply_waiting(hub.tools, hub.entity(entity), deadline=hub.clock.monotonic() + 20)
            return hub.pull_delta(entity)
        return None

    @contextmanager
    def _disturbed(self, disturbance: Disturbance) -> Iterator[Hub]:
        """The platform to which it will happen."""
        world = self.world
        hub = world.cut if isinstance(disturbance, CutOff) else world.hub
        match disturbance:
            case Dies(step):
                hub.reached = partial(_dies, step)
            case Second(step, what, expired):
                hub.reached = self._comes_between(step, what, expired=expired)
            case Touched(page, id_):
                world.till.before_page = self._touches(page, id_)
            case CutOff(statements, arrives):
                world.proxy.cuts_in, world.proxy.reaches = statements, arrives
            case Outdated(pulls):
                self._settles()
                sales = world.till.sales()
                world.till.has_sales(*self.copies[-pulls - 1 :][0].values())
                # What it does not tell is never told again: a whole read has to bring it.
                self.model.known_from = None
        yield hub
        if isinstance(disturbance, Outdated):
            world.till.has_sales(*sales.values())
        hub.reached, world.till.before_page, world.proxy.cuts_in = pass_by, lambda *_: None, None

    def _comes_between(self, step: str, what: str, *, expired: bool) -> Callable[[str], None]:
        def reached(passed: str) -> None:
            if passed == step and not done:
                done.append(step)
                if expired:
                    self.world.hub.lets_leases_expire()
                self._pulls(self.world.second, what)

        done: list[str] = []
        return reached

    def _touches(self, page: int, id_: str) -> Callable[[str, int], None]:
        def before_page(_: str, number: int) -> None:
            if number == page and not done:
                done.append(page)
                self._writes(id_)

        done: list[int] = []
        return before_page

    def _writes(
        self, id_: str, *, late: float = 0.0, later: float = 0.001, day: str = TODAY, whole: bool = True
    ) -> None:
        """A new version of a sale, `later` than the one before."""
        self.world.clock.advance(later)
        changed_at = (self.world.till.now() - NOON).total_seconds()
        self._commits(sale(id_, self._amount() if whole else None, at=changed_at, day=day), late=late)
        self.unversioned.discard(id_)

    def _commits(self, record: Record, *, late: float = 0.0) -> None:
        self.model.writes(record)
        self.world.till.commits_late(record, visible_in=late)

    def _settles(self) -> None:
        """Whatever is on its way at the till becomes visible."""
        self.world.clock.advance(LATEST)
        self.world.till.sales()

    def _amount(self) -> str:
        self.written += 1
        return f"{self.written}.00"


def _dies(step: str, passed: str) -> None:
    if passed == step:
        raise Dead


@contextmanager
def world(database: Database, system: PartnerSystem) -> Iterator[World]:
    clock = GivenClock()
    with Till(clock) as till, cut_database(database) as (cut_off, proxy), ExitStack() as ends:
        given = {"system": system, "clock": clock, "base_url": till.url}
        hubs = [Hub(database=database, holder=holder, **given) for holder in ("first hub", "second hub")]
        hubs.append(Hub(database=cut_off, holder="hub that is cut off", **given))
        for hub in hubs:
            ends.callback(hub.close)
        first, second, cut = hubs
        yield World(hub=first, second=second, cut=cut, proxy=proxy, till=till, clock=clock)


@pytest.fixture
def plays(database: Database, till_system: PartnerSystem, loaders: Loaders) -> Callable[..., None]:
    """Plays so many stories of so many pulls each."""

    def play(entity: str, *, stories: int, pulls: int) -> None:
        run_state_machine_as_test(
            lambda: Story(partial(world, database, till_system), entity=entity, loaders=loaders),
            settings=settings(
                max_examples=stories,
                stateful_step_count=pulls,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )

    return play


@pytest.mark.parametrize("entity", ENTITIES)
def test_any_story_ends_as_the_till_has_it(plays: Callable[..., None], entity: str) -> None:
    """Faults D2, D13, E5, E7."""
    plays(entity, stories=3, pulls=10)


@pytest.mark.slow
@pytest.mark.parametrize("entity", ENTITIES)
def test_many_long_stories_end_as_the_till_has_it(plays: Callable[..., None], entity: str) -> None:
    """Faults D2, D13, E5, E7."""
    plays(entity, stories=20, pulls=25)
