"""How deliveries of webhooks are shown: by webhook and state, and a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync_platform.cli.answer import stdout

if TYPE_CHECKING:
    from sync_platform.landing.delivery_queue import DeliveryCount, KeptDelivery


def told_delivery(delivery: KeptDelivery) -> dict[str, Any]:
    """A delivery as `--json` has it, without what it brought."""
    return {**vars(delivery), "content_hash": delivery.content_hash.hex()}


def show_counts(counts: list[DeliveryCount], *, days: int) -> None:
    """A table by webhook and state."""
    from rich.table import Table

    table = Table("webhook", "state", "deliveries", "other body", "oldest", "newest", box=None, pad_edge=False)
    for one in counts:
        table.add_row(
            f"{one.system}/{one.webhook}",
            one.state,
            f"{one.deliveries:,}",
            f"{one.conflicts:,}" if one.conflicts else "",
            f"{one.oldest_at:%Y-%m-%d %H:%M} UTC",
            f"{one.newest_at:%Y-%m-%d %H:%M} UTC",
        )
    if counts:
        stdout().print(table)
    else:
        stdout().print(f"nothing was delivered in the last {days} days")


def show_each(listed: list[KeptDelivery]) -> None:
    """A line per delivery."""
    from rich.table import Table
    from rich.text import Text

    table = Table("number", "webhook", "received", "state", "attempts", "why", box=None, pad_edge=False)
    for one in listed:
        table.add_row(
            str(one.delivery_id),
            f"{one.system}/{one.webhook}",
            f"{one.received_at:%Y-%m-%d %H:%M} UTC",
            one.state,
            str(one.attempts),
            Text(one.error or ""),
        )
    stdout().print(table if listed else "none")
