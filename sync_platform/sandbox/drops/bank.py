"""The bank's daily statement: payouts as they arrive, its fee for each; `;`, decimal comma, trailer with the sum."""

from itertools import accumulate

import numpy as np

from sync_platform.sandbox.colombo import DAY_MS, OFFSET_MS, day_label, wall_clocks
from sync_platform.sandbox.drops.export import Export, digest_line
from sync_platform.sandbox.payments.payouts import Payouts

OPENING_CENTS = 25_000_000_00
FEE_CENTS = 35_00
"""For each transfer that arrives."""
_NAMES = "entry_no;booking_date;value_date;kind;reference;text;amount;balance"


class Bank:
    """The account that the gateway pays into. A payout is booked when it is paid, on the Colombo day of that moment."""

    folder = "bank"
    keeps_days = 14

    def __init__(self, payouts: Payouts) -> None:
        self._payouts = payouts

    def export(self, day: int, *, at_ms: int) -> Export:
        """The statement of a day as far as it was booked at a moment; of a day that is over, the final one."""
        lines = [self._line(number, entry) for number, entry in enumerate(self._entries(day, at_ms=at_ms), start=1)]
        total = sum(entry[2] for entry in self._entries(day, at_ms=at_ms))
        produced = wall_clocks(np.array([at_ms]))[0].replace("-", "").replace(":", "")
        label = day_label(day).replace("-", "")
        text = [f"H;{label};1;{produced};LKR", _NAMES, *lines, f"T;{len(lines)};{money(total)}"]
        content = "".join(f"{line}\r\n" for line in text).encode("windows-1252")
        name = f"statement_{label}.csv"
        return Export(
            folder=self.folder,
            name=name,
            content=content,
            produced_ms=at_ms,
            companions=((".sha256", digest_line(name, content)), (".done", b"")),
        )

    def booked(self, day: int, *, at_ms: int) -> list[tuple[str, int]]:
        """The truth: reference and cents of every payout booked on a day by a moment."""
        start = day * DAY_MS - OFFSET_MS
        paid_at = self._payouts.paid_at
        found = np.flatnonzero((paid_at >= start) & (paid_at < min(start + DAY_MS, at_ms)))
        return [(self._payouts.key(record), int(self._payouts.amount[record])) for record in found.tolist()]

    def _entries(self, day: int, *, at_ms: int) -> list[tuple[str, str, int, int, str]]:
        """Kind, reference, cents, balance and booking date of each entry."""
        entries: list[tuple[str, str, int]] = []
        for reference, cents in self.booked(day, at_ms=at_ms):
            entries += [("TRF", reference, cents), ("FEE", reference, -FEE_CENTS)]
        balances = accumulate((cents for _, _, cents in entries), initial=self._opening(day))
        next(balances)
        label = day_label(day)
        written = f"{label[8:]}.{label[5:7]}.{label[:4]}"
        return [(*entry, balance, written) for entry, balance in zip(entries, balances, strict=True)]

    def _opening(self, day: int) -> int:
        """The balance in the morning: what it began with, and everything booked before."""
        before = self._payouts.paid_at < day * DAY_MS - OFFSET_MS
        return OPENING_CENTS + int(self._payouts.amount[before].sum()) - FEE_CENTS * int(before.sum())

    def _line(self, number: int, entry: tuple[str, str, int, int, str]) -> str:
        kind, reference, cents, balance, date = entry
        text = "PAYGATE · card payments" if kind == "TRF" else "Fee for an incoming transfer"
        return f"{number};{date};{date};{kind};{reference};{text};{money(cents)};{money(balance)}"


def money(cents: int) -> str:
    """`-1.234,50` as the bank writes it."""
    return f"{cents / 100:,.2f}".translate(str.maketrans(",.", ".,"))
