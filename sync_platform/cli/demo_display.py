"""The demo's progress: a live grid of systems and days on a terminal, a line every few seconds elsewhere; on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sync_platform.cli.answer import say

if TYPE_CHECKING:
    from sync_platform.operations.demo_progress import DayId, Progress

_LINE_SECONDS = 5.0
_SIGNS = {
    "complete": ("■", "green"),
    "partial": ("▪", "yellow"),
    "held": ("H", "red"),
    "failed": ("!", "red"),
    "not_obtainable": ("-", "dim"),
    "pending": ("·", "dim"),
}
_LEGEND = "■ complete  ▪ changes only  H held back  ! failed  · waiting; today first, then backwards"
_SHOWN_FAILURES = 4


class Display(Protocol):
    """Shows one look after another."""

    def show(self, progress: Progress) -> None: ...


@contextmanager
def open_display() -> Iterator[Display]:
    """A grid where stderr is a terminal, lines where it is not."""
    if sys.stderr.isatty():
        with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as live:
            yield Grid(live)
    else:
        yield Lines()


class Grid:
    """Systems and entities down, days across."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._started = time.monotonic()

    def show(self, progress: Progress) -> None:
        """Draw this look over the last one."""
        self._live.update(Group(_grid(progress), Text(_figures(progress, self._started)), *_failures(progress)))


class Lines:
    """One line every five seconds, and one for each new failure."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._said_at = 0.0
        self._failed: set[tuple[DayId, str]] = set()

    def show(self, progress: Progress) -> None:
        """Say what is new."""
        for at, reason in progress.failures.items():
            if (at, reason) not in self._failed:
                self._failed.add((at, reason))
                say(f"{at[0]}/{at[1]} {at[2]}: {' '.join(reason.split())}")
        if time.monotonic() - self._said_at >= _LINE_SECONDS or progress.synced:
            self._said_at = time.monotonic()
            say(_figures(progress, self._started))


def _grid(progress: Progress) -> Table:
    table = Table("entity", "days", box=None, pad_edge=False, caption=_LEGEND, caption_justify="left")
    table.add_column("rows", justify="right")
    for target in progress.targets:
        cells = Text()
        for day in target.days:
            sign, style = _SIGNS[progress.state_of(target, day)]
            cells.append(f"{sign} ", style=style)
        rows = sum(day.rows for day in progress.of(target))
        table.add_row(f"{target.system}/{target.entity}", cells, f"{rows:,}")
    return table


def _figures(progress: Progress, started: float) -> str:
    seconds = max(time.monotonic() - started, 0.001)
    compared = f"{progress.compared:,} stock pairs compared" if progress.compared else "stock not compared yet"
    return (
        f"{progress.complete_count} of {progress.day_count} entity-days complete; {progress.rows:,} rows; "
        f"{progress.read:,} records read, {progress.read / seconds:,.0f} a second; {compared}; {seconds:.0f} s"
    )


def _failures(progress: Progress) -> list[Text]:
    shown = list(progress.failures.items())[:_SHOWN_FAILURES]
    return [Text(f"{at[0]}/{at[1]} {at[2]}: {' '.join(reason.split())}", style="red") for at, reason in shown]
