"""`sync-platform sandbox`: the sandbox partner systems, alone."""

from __future__ import annotations

import os
import sys

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="sandbox",
        short_help="Serve the six sandbox partner systems",
        help="Serve the six sandbox partner systems over real retail data, until Ctrl-C; two of them leave files.",
        # Its options and its --help are the sandbox's own.
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        add_help_option=False,
    )(sandbox)


def sandbox(context: typer.Context) -> None:
    """Become the sandbox's process: it shares no import with us, and signals reach it directly."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "sync_platform.sandbox", *context.args])  # noqa: S606
