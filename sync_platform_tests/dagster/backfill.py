"""A backfill of one entity in the running platform: brought to the middle of its work, and looked at when it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform_tests.dagster.stack import Stack
from sync_platform_tests.dagster.undisturbed import landed, load_undisturbed
from sync_platform_tests.dagster.webserver import FINISHED
from sync_platform_tests.till.hub import add_up


@dataclass(frozen=True)
class Backfill:
    """`days` of `address`, launched together, as by a person in the UI."""

    stack: Stack
    address: str
    days: tuple[date, ...]
    id: str

    @classmethod
    def launch(cls, stack: Stack, address: str, days: tuple[date, ...]) -> Self:
        """Launch a backfill of days of which nothing is landed yet."""
        one = cls(stack=stack, address=address, days=days, id=stack.web.backfill(address, days))
        assert one.published() == [], "the days were loaded before: this proves nothing"
        return one

    @property
    def system(self) -> PartnerSystem:
        return next(one for one in self.stack.systems if one.name == self.address.split("/")[0])

    @property
    def entity(self) -> Entity:
        return self.system.entity(self.address.split("/")[1])

    @contextmanager
    def slow(self, *, seconds: float = 1.0) -> Iterator[None]:
        """The partner takes so long over each page of the entity, two or three a day: something can happen then."""
        path = self.entity.declaration.path
        with self.stack.fault(system=self.system.name, kind="delay", path=path, seconds=seconds):
            yield

    def at_work(self) -> str:
        """The backfill's run, once it has published two days and is at work on another."""

        def look() -> str | None:
            leases = self.stack.rows(
                "select holder from sync.lease where system = %s and entity = %s and scope = any (%s)"
                " and expires_at > now()",
                *self.address.split("/"),
                [str(day) for day in self.days],
            )
            holders = {row["holder"] for row in leases}
            runs = self.stack.web.backfill_state(self.id)["runs"] if len(self.published()) >= 2 else []
            return next((run["runId"] for run in runs if f"run {run['runId'][:8]}" in holders), None)

        run_id = self.stack.wait(f"a run at work on {self.address}", look, seconds=120)
        assert self.stack.web.run(run_id)["status"] == "STARTED"
        return run_id

    def published(self, *, run_id: str | None = None) -> list[dict[str, Any]]:
        """The loads of these days that were published, by that run or by any, oldest first."""
        return [
            load
            for load in self.stack.rows(
                "select * from sync.load where system = %s and entity = %s and business_day = any (%s)"
                " and outcome = 'published' order by started_at",
                *self.address.split("/"),
                list(self.days),
            )
            if run_id in (None, load["run_id"])
        ]

    def is_under_way(self) -> bool:
        """Whether some days, not all, are published."""
        return 0 < len({load["business_day"] for load in self.published()}) < len(self.days)

    def ended(self, *, seconds: float) -> dict[str, Any]:
        """The backfill as Dagster tells it, once it ended."""

        def look() -> dict[str, Any] | None:
            state = self.stack.web.backfill_state(self.id)
            return state if state["status"].startswith("COMPLETED") or state["status"] == "FAILED" else None

        return self.stack.wait(f"the end of the backfill of {self.address}", look, seconds=seconds)

    def assert_whole(self) -> None:
        """The days are as if nothing had happened: landed once, counted, told to Dagster, and nothing is left over."""
        entity, stack = self.entity, self.stack
        found = landed(stack.database, entity, self.days)
        environment = stack.sandbox.environment
        assert found == load_undisturbed(
            stack.database.url, self.system, entity, days=self.days, environment=environment
        )
        assert [(day, state) for day, state, _ in found["states"]] == [(day, "complete") for day in sorted(self.days)]
        assert len(found["rows"]) + len(found["dead letters"]) == len(self._true_keys())
        loads = self.published()
        assert all(add_up(load) for load in loads)
        assert sum(load["inserted"] for load in loads) == len(found["rows"]), "some rows were published twice"
        assert {load["updated"] + load["superseded"] + load["tombstoned"] for load in loads} == {0}
        assert stack.web.materialised(self.address) >= set(self.days)
        stack.wait("no change that waits", lambda: not self._waiting(), seconds=60)
        runs = {run["runId"]: run["status"] for run in stack.web.backfill_state(self.id)["runs"]}
        assert set(runs.values()) <= FINISHED, "a run that has not ended keeps its place in the queue and in its pool"
        assert not stack.web.pool(self.system.name) & set(runs), "a slot is lost"

    def _true_keys(self) -> set[str]:
        truth, (system, entity) = self.stack.sandbox.truth, self.address.split("/")
        return {key for day in self.days for key in truth.keys(system=system, entity=entity, day=str(day))}

    def _waiting(self) -> list[dict[str, Any]]:
        return self.stack.rows(
            "select change_id from sync.change where system = %s and entity = %s and applied_load_id is null",
            *self.address.split("/"),
        )
