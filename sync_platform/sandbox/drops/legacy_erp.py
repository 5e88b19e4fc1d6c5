"""The legacy ERP's stock export: fixed width, Windows-1252, in cases with three decimals behind a comma."""

import numpy as np

from sync_platform.sandbox.colombo import day_label, wall_clocks
from sync_platform.sandbox.columns import IntArray
from sync_platform.sandbox.drops.export import Export
from sync_platform.sandbox.pos.stock_levels import StockLevels
from sync_platform.sandbox.world import World

LINE_LENGTH = 64


class LegacyErp:
    """It books the same deliveries and sales as the POS and learns of them at once, branch by branch."""

    folder = "legacy_erp"
    keeps_days = 0

    def __init__(self, world: World, levels: StockLevels) -> None:
        self._world, self._levels = world, levels
        names = {product.id: product.name or product.category or "" for product in world.columns.products}
        self._names = [f"{names[sku]} ½" if len(names[sku]) < 24 else names[sku] for sku in levels.sku.tolist()]

    def export(self, day: int, *, at_ms: int) -> Export:
        """All stock at that moment; there is no way to ask for the state of another one."""
        levels, branches = self._levels, self._world.baskets.branch
        rows = zip(
            levels.store.tolist(),
            levels.sku.tolist(),
            self._names,
            levels.units_per_case.tolist(),
            self.on_hand(at_ms=at_ms).tolist(),
            strict=True,
        )
        lines = [
            f"{branches[store]:<6}{sku:>10}{name[:26]:<26}{'CS' if per_case > 1 else 'EA'}{per_case:>4}"
            f"{cases(units, per_case):>16}"
            for store, sku, name, per_case, units in rows
        ]
        label = day_label(day).replace("-", "")
        produced = wall_clocks(np.array([at_ms]))[0].replace("-", "").replace(":", "")
        head = f"#H{label}{produced}".ljust(LINE_LENGTH)
        foot = f"#T{len(lines):08}".ljust(LINE_LENGTH)
        text = "".join(f"{line}\r\n" for line in (head, *lines, foot))
        content = text.encode("windows-1252", "replace")
        return Export(folder=self.folder, name=f"STOCK_{label}.TXT", content=content, produced_ms=at_ms)

    def on_hand(self, *, at_ms: int) -> IntArray:
        """The truth: units of every pair at a moment."""
        moves = self._levels.movements
        happened = moves.true_at <= at_ms
        counted = np.bincount(moves.pair[happened], moves.delta[happened], len(self._levels.sku))
        return np.asarray(counted.astype(np.int64))


def cases(units: int, per_case: int) -> str:
    """`12,500`: parts of a case that three decimals hold exactly."""
    thousandths = units * 1000 // per_case
    sign = "-" if thousandths < 0 else ""
    return f"{sign}{abs(thousandths) // 1000},{abs(thousandths) % 1000:03}"
