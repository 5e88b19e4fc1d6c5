"""The named steps of a load, told to an injected hook as they are passed: tests stop or kill the loader at each one."""

from __future__ import annotations

WHOLE_DAY_STEPS = (
    "day_leased",
    "stage_created",
    "page_asked",
    "page_staged",
    "day_read",
    "day_checked",
    "publish_begun",
    "rows_merged",
    "letters_stored",
    "load_stored",
    "publish_committed",
    "stage_dropped",
)
# Only a load of many pages or rejected records passes it, between two pages.
LONG_READ_STEPS = ("memory_freed",)
DELTA_STEPS = (
    "capture_leased",
    "changes_read",
    "capture_begun",
    "changes_stored",
    "watermark_moved",
    "capture_committed",
)
RECHECK_STEPS = (
    "recheck_leased",
    "recheck_read",
    "recheck_stored",
    "recheck_committed",
    "recheck_marked",
)
APPLY_STEPS = (
    "apply_leased",
    "apply_begun",
    "changes_merged",
    "changes_marked",
    "apply_committed",
)
FILE_STEPS = (
    "files_leased",
    "file_noted",
    "file_copied",
    "file_examined",
    "file_settled",
    "file_moved",
    "file_marked",
)

DELIVERY_STEPS = ("deliveries_begun", "deliveries_captured")


def pass_by(step: str) -> None:
    """The hook that does nothing."""
