"""How many days the data's dates are shifted, decided at the first start and kept for later ones."""

import json
from datetime import datetime
from pathlib import Path

from sync_platform.sandbox.colombo import DAY_MS, day_number, epoch_ms
from sync_platform.sandbox.columns import SalesColumns
from sync_platform.sandbox.error import SandboxError


def shift_days(columns: SalesColumns, *, now: datetime, state_dir: Path | None) -> int:
    """The kept shift of this data set, or one by which `now` falls the data set's stated days before its end.

    Without a state dir nothing is kept. Raises SandboxError for a file that is not an anchor.
    """
    path = state_dir / f"{columns.name}-anchor.json" if state_dir else None
    if path is not None and path.exists():
        return _read(path)
    last_day = int(columns.sold_at.max()) * 1000 // DAY_MS
    days = day_number(epoch_ms(now)) + columns.days_after_now - last_day
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"shift_days": days, "first_now": now.isoformat()}) + "\n", encoding="utf-8")
    return days


def _read(path: Path) -> int:
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["shift_days"])
    except (ValueError, KeyError, TypeError) as error:
        raise SandboxError(f"{path} holds no shift_days; delete it to have the dates shifted anew") from error
