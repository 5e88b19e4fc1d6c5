"""The tags by which a run says what it is for; Dagster's own ones for a range of days beside ours."""

from __future__ import annotations

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
PRIORITY = "dagster/priority"
PURPOSE = "sync_platform/purpose"

# Live syncs before backfills. `history` fills gaps and leaves days alone that were read whole; the others read again.
TODAY, CLOSE, HISTORY = "today", "close", "history"
PRIORITIES = {TODAY: "10", CLOSE: "5", HISTORY: "-5"}
