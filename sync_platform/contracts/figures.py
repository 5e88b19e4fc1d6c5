"""Figures of a set of records, a count and exact sums, as they are compared between a partner and what is landed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class Figures:
    """`sums` by the name under which they were declared; sums of no records are 0."""

    count: int
    sums: Mapping[str, Decimal] = field(default_factory=dict)

    def minus(self, other: Figures) -> Figures:
        """What is left of these records without the others."""
        return Figures(
            count=self.count - other.count,
            sums={name: value - other.sums.get(name, Decimal(0)) for name, value in self.sums.items()},
        )

    @property
    def is_nothing(self) -> bool:
        """Whether, as a difference, it says that there is none."""
        return self.count == 0 and not any(self.sums.values())
