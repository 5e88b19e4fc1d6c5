"""How the gateway's processes log: an event and its fields as a line of JSON on standard error."""

from __future__ import annotations

import sys

import structlog


def log_to_stderr() -> None:
    """From now on, for the whole process; standard output is for the line that says it is ready."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
