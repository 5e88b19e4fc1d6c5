"""What a command says: one JSON object or text for people on stdout, everything else on stderr."""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, and nothing else there.")]


def print_object(answer: dict[str, Any]) -> None:
    """The command's one JSON object; moments in ISO 8601 with offset, dataclasses by their fields."""
    sys.stdout.write(json.dumps(answer, default=plain, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def stdout() -> Console:
    """For people: coloured on a terminal, plain text in a pipe, where lines are not wrapped at 80 characters."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 200, soft_wrap=False)


def say(line: str) -> None:
    """A line beside the answer, on stderr."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def plain(value: Any) -> Any:
    """What JSON has no form for, as `print_object` writes it. Raises TypeError."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Decimal() | UUID() | Path():
            return str(value)
        case Enum():
            return value.value
        case set() | frozenset():
            return sorted(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form")
