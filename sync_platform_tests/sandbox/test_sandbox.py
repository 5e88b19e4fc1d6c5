"""The sandbox as a whole: determinism, lateness, the anchor, touches, control server, generated data."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from sync_platform.sandbox import Sandbox, SandboxError
from sync_platform.sandbox.command import main
from sync_platform.sandbox.feed import Feed
from sync_platform.sandbox.generated import FUEL_LINES, UNLISTED_LINES, ZERO_QUANTITY_LINES, generated
from sync_platform_tests.sandbox.conftest import NOW, TODAY, YESTERDAY, Client

ENTITIES = [
    *(("pos", "sales"), ("pos", "stock_levels"), ("shop", "orders"), ("shop", "listings"), ("ledger", "entries")),
    *(("payments", "payments"), ("payments", "payouts"), ("pos", "customers"), ("shop", "customers")),
]


def _bytes(sandbox: Sandbox) -> list[bytes]:
    client = Client(sandbox)
    return [
        client.pos("/sales", businessDate=YESTERDAY).content,
        client.pos("/stock-levels").content,
        client.shop("/orders", per_page=100).content,
        client.shop("/products", per_page=100).content,
        client.pos("/customers").content,
        client.shop("/customers", per_page=100).content,
        client.ledger("/journal/entries", postingDate=YESTERDAY).content,
        client.payments("/payments", limit=100).content,
        client.payments("/events", limit=100).content,
        json.dumps(sandbox.truth.disagreements()).encode(),
    ]


def test_same_seed_and_same_now_give_the_same_bytes() -> None:
    with Sandbox.generated(now=NOW) as first, Sandbox.generated(now=NOW) as second:
        assert _bytes(first) == _bytes(first) == _bytes(second)


def test_another_seed_gives_another_world() -> None:
    with Sandbox.generated(now=NOW) as first, Sandbox.generated(now=NOW, seed=8) as second:
        assert all(one != other for one, other in zip(_bytes(first), _bytes(second), strict=True))


def test_now_falls_fifteen_days_before_the_generated_data_ends(client: Client, sandbox: Sandbox) -> None:
    days = [(NOW + timedelta(days=n)).date().isoformat() for n in (-44, 0, 15, 16)]
    sandbox.clock.advance(17 * 86_400)
    assert [client.pos("/sales", businessDate=day).json()["total"] > 0 for day in days] == [True, True, True, False]


def test_the_shift_of_the_dates_survives_a_restart_on_another_day(tmp_path: Path) -> None:
    def yesterday(now_shift: int) -> bytes:
        now = NOW + timedelta(days=now_shift)
        with Sandbox.generated(now=now, state_dir=tmp_path) as sandbox:
            document = Client(sandbox).pos("/sales", businessDate=YESTERDAY).json()
            return json.dumps(document["sales"]).encode()

    assert yesterday(0) == yesterday(3)


def test_a_broken_anchor_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "generated-anchor.json").write_text("{}")
    with pytest.raises(SandboxError, match="delete it"):
        Sandbox.generated(now=NOW, state_dir=tmp_path)


def test_records_are_revealed_as_the_clock_passes(client: Client, sandbox: Sandbox) -> None:
    totals = []
    for _ in range(4):
        totals.append(client.pos("/sales", businessDate=TODAY).json()["total"])
        sandbox.clock.advance(3600)
    assert totals == sorted(totals)
    assert totals[0] < totals[-1]


def test_an_older_changed_time_becomes_visible_after_a_newer_one() -> None:
    with Sandbox.generated(now=NOW, late_seconds=60) as sandbox:
        feed = sandbox.partners.pos.sales.feed
        older, newer = _overtaken(feed)

        def lines() -> list[str]:
            since, before = (int(at) for at in feed.changed(np.array([older, newer])))
            document = Client(sandbox).pos("/sales", modifiedSince=since, modifiedBefore=before + 1).json()
            return [sale["lineId"] for sale in document["sales"]]

        sales = sandbox.partners.pos.sales
        key_of = {row: sales.key(int(feed.record(np.array([row]))[0])) for row in (older, newer)}
        sandbox.clock.set(_moment(feed.visible(newer)))
        assert key_of[newer] in lines()
        assert key_of[older] not in lines()
        sandbox.clock.set(_moment(feed.visible(older)))
        assert key_of[older] in lines()


def test_a_fifth_of_the_records_is_late_and_none_by_more_than_five_seconds() -> None:
    with Sandbox.generated(now=NOW) as sandbox:
        for feed in (sandbox.partners.pos.sales.feed, sandbox.partners.payments.payments.feed):
            rows = np.arange(len(feed))
            lateness = np.array([feed.visible(row) for row in rows.tolist()]) - feed.changed(rows)
            assert (lateness.min(), lateness.max() <= 5_000) == (0, True)
            assert 0.15 < (lateness > 0).mean() < 0.25


def test_without_lateness_a_record_is_visible_at_its_changed_time() -> None:
    with Sandbox.generated(now=NOW, late_seconds=0) as sandbox:
        feed = sandbox.partners.pos.sales.feed
        rows = np.arange(len(feed))
        at = int(feed.changed(rows[5000:5001])[0])
        assert 5000 in feed.rows(now=at).tolist()
        assert 5000 not in feed.rows(now=at - 1).tolist()


@pytest.mark.parametrize(("system", "entity"), ENTITIES)
def test_a_touch_changes_content_and_changed_time_of_existing_records(
    client: Client, sandbox: Sandbox, system: str, entity: str
) -> None:
    sandbox.clock.advance(10)
    found, now = sandbox.partners.entity(system, entity), sandbox.clock.now_ms()
    before = _shown(sandbox, system, entity)
    touched = client.control("POST", "/touch", {"system": system, "entity": entity, "count": 3}).json()
    after = _shown(sandbox, system, entity)
    changed = {key for key in after if after[key] != before[key]}
    assert before.keys() == after.keys()
    assert changed == set(touched["keys"])
    assert len(changed) == 3
    assert touched["changed_at_ms"] in (now, now // 1000 * 1000)
    if system != "payments":
        rows = found.feed.rows(now=now, since=touched["changed_at_ms"])
        assert {found.key(record) for record in found.feed.record(rows).tolist()} >= changed


def test_a_touched_payment_shows_in_the_events(client: Client, sandbox: Sandbox) -> None:
    touched = sandbox.touch("payments", "payments")
    events = client.payments("/events", created__gte=touched.changed_at_ms // 1000).json()["data"]
    assert [(e["type"], e["data"]["object"]["id"]) for e in events] == [("payment.refunded", touched.keys[0])]


def test_a_record_touched_twice_changes_twice_and_goes_on_with_its_life(client: Client, sandbox: Sandbox) -> None:
    order = client.shop("/orders", status="processing").json()[0]
    notes = []
    for _ in range(2):
        sandbox.clock.advance(5)
        sandbox.touch("shop", "orders", key=str(order["id"]))
        notes.append(client.shop(f"/orders/{order['id']}").json()["customer_note"])
    sandbox.clock.advance(3 * 86_400)
    assert notes == ["touched 1 times", "touched 2 times"]
    assert client.shop(f"/orders/{order['id']}").json()["status"] in ("completed", "refunded")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"system": "pos", "entity": "till"}, "choose one of pos/sales"),
        ({"system": "pos", "entity": "sales", "key": "nothing"}, "shows no record"),
        ({"system": "pos", "entity": "sales", "count": 0}, "from 1 to"),
        ({"system": "pos", "entity": "sales", "keys": []}, "has no keys"),
    ],
)
def test_a_wrong_touch_is_refused_in_words(client: Client, body: dict[str, object], says: str) -> None:
    answer = client.control("POST", "/touch", body)
    assert answer.status_code == 400
    assert says in answer.json()["error"]


def test_the_clock_is_set_advanced_and_run_over_http(client: Client) -> None:
    assert client.control("GET", "/clock").json()["running"] is False
    client.control("POST", "/clock", {"set": "2026-11-21T00:00:00+05:30"})
    assert client.control("POST", "/clock", {"advance_seconds": 60}).json()["now"] == "2026-11-20T18:31:00+00:00"
    assert client.control("POST", "/clock", {"run": True}).json()["running"] is True


@pytest.mark.parametrize(
    "body", [{"set": "2026-11-21T00:00:00"}, {"set": "soon"}, {"advance_seconds": -1}, {"advance_seconds": "x"}, {}, []]
)
def test_a_wrong_clock_request_is_refused(shared: Client, body: object) -> None:
    answer = shared.control("POST", "/clock", body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_requests_are_counted_and_kept_without_credentials(client: Client, sandbox: Sandbox) -> None:
    secret = client.environment["SHOP_CONSUMER_SECRET"]
    client.shop("/orders", page=1, consumer_secret=secret)
    client.shop("/orders/10001")
    client.pos("/sales", businessDate=TODAY)
    state = client.control("GET", "/requests")
    assert state.json()["counts"] == {
        "pos": {"/api/v1/sales": 1},
        "shop": {"/wp-json/wc/v3/orders": 1, "/wp-json/wc/v3/orders/{id}": 1},
    }
    assert state.json()["last"][-1]["query"] == {"businessDate": TODAY}
    assert secret not in state.text
    assert client.environment["POS_TOKEN"] not in state.text
    assert sandbox.requests.count("shop") == 2


def test_the_truth_counts_what_the_systems_show(shared: Client) -> None:
    counts = shared.control("GET", f"/truth/counts?day={YESTERDAY}").json()
    assert counts["pos/sales"]["visible"] == shared.pos("/sales", businessDate=YESTERDAY).json()["total"]
    assert (
        counts["ledger/entries"]["visible"] == shared.ledger("/journal/entries", postingDate=YESTERDAY).json()["count"]
    )
    orders = shared.shop("/orders", after=f"{(NOW - timedelta(days=2)).date()}T23:59:59", before=f"{TODAY}T00:00:00")
    assert counts["shop/orders"]["visible"] == int(orders.headers["X-WP-Total"])


def test_the_truth_of_one_stock_is_told(shared: Client) -> None:
    level = shared.pos("/stock-levels").json()["stockLevels"][0]
    answer = shared.control("GET", f"/truth/stock?branch={level['branch']}&sku={level['sku']}")
    assert answer.json()["on_hand"] == shared.sandbox.truth.stock(branch=level["branch"], sku=level["sku"])
    assert shared.control("GET", "/truth/stock?branch=S0330&sku=1").status_code == 400


def test_truth_keys_are_the_records_of_a_day(shared: Client) -> None:
    keys = shared.control("GET", f"/truth/keys?system=pos&entity=sales&day={YESTERDAY}").json()["keys"]
    assert set(keys) == {sale["lineId"] for sale in shared.all_pos("/sales", "sales", businessDate=YESTERDAY)}


def test_the_generated_data_has_the_real_datas_defects_at_known_counts() -> None:
    columns = generated(7)
    ids = np.array([product.id for product in columns.products])
    unlisted = np.array([product.name is None for product in columns.products])
    assert (len(columns.store_ids), len(columns.products), len(columns.basket_id)) == (8, 40, 2400)
    assert (columns.quantity == 0).sum() == ZERO_QUANTITY_LINES
    assert unlisted[columns.product].sum() == UNLISTED_LINES
    assert (columns.quantity > 1000).sum() == FUEL_LINES
    assert (
        len(np.unique(columns.basket_id.repeat(np.diff(columns.starts)) * 10**8 + ids[columns.product]))
        == columns.line_count
    )


def test_credentials_can_be_named_by_the_environment() -> None:
    with Sandbox.generated(now=NOW, environment={"POS_TOKEN": "another"}) as sandbox:
        assert sandbox.environment["POS_TOKEN"] == "another"
        assert Client(sandbox).pos("/sales").status_code == 200


def test_the_command_says_when_it_is_ready_and_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    with _command(tmp_path) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        assert process.wait(timeout=5) == 0
        assert time.monotonic() - started < 2
    assert ready["ready"] is True
    assert set(ready["environment"]) == {
        *("POS_BASE_URL", "POS_TOKEN", "SHOP_BASE_URL", "SHOP_CONSUMER_KEY", "SHOP_CONSUMER_SECRET"),
        *("LEDGER_BASE_URL", "LEDGER_CLIENT_ID", "LEDGER_CLIENT_SECRET", "PAYMENTS_BASE_URL", "PAYMENTS_API_KEY"),
        *("SHOP_WEBHOOK_SECRET", "PAYMENTS_WEBHOOK_SECRET", "SANDBOX_CONTROL_URL"),
    }
    assert ready["records"].keys() == {f"{system}/{entity}" for system, entity in ENTITIES}
    assert (tmp_path / "generated-anchor.json").exists()


def test_a_taken_port_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with _command(tmp_path, "--shop-port", str(number)) as process:
            out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (1, "")
    assert err.count("\n") == 1
    assert f":{number}" in err
    assert "--shop-port" in err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--now", "2026-11-20T10:00:00"], "no offset"),
        (["--late-seconds", "-1"], "from 0 to 60"),
        (["--data", "nothing"], "invalid choice"),
        (["--pos-port", "70000"], "not a port number"),
    ],
)
def test_a_wrong_option_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str
) -> None:
    with contextlib.suppress(SystemExit):
        main(["--data", "generated", "--state-dir", str(tmp_path), *options])
    assert says in capsys.readouterr().err


def test_a_start_after_the_datas_end_is_told(tmp_path: Path) -> None:
    options = ("--now", "2026-11-20T10:00:00+05:30"), ("--now", "2027-11-20T10:00:00+05:30")
    for option in options:
        with _command(tmp_path, *option) as process:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            process.terminate()
            assert process.stderr is not None
            told = process.stderr.read()
    assert ready["last_business_day"] == "2026-12-05"
    assert "ended on 2026-12-05" in told


def _command(state_dir: Path, *options: str) -> subprocess.Popen[str]:
    ports = [option for name in ("pos", "shop", "ledger", "payments", "control") for option in (f"--{name}-port", "0")]
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "sync_platform.sandbox",
            "--data",
            "generated",
            "--state-dir",
            str(state_dir),
            *ports,
            *options,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def _shown(sandbox: Sandbox, system: str, entity: str) -> dict[str, object]:
    found, now = sandbox.partners.entity(system, entity), sandbox.clock.now_ms()
    rows = found.feed.rows(now=now)
    keys = [found.key(record) for record in found.feed.record(rows).tolist()]
    return dict(zip(keys, found.records(rows, now=now), strict=True))


def _overtaken(feed: Feed) -> tuple[int, int]:
    """Two rows, the first with the older changed time and the later visibility."""
    changed = feed.changed(np.arange(len(feed)))
    visible = np.array([feed.visible(row) for row in range(len(feed))])
    for row in range(len(feed)):
        after = np.flatnonzero((changed > changed[row]) & (visible < visible[row]))
        if len(after):
            return row, int(after[0])
    raise AssertionError("no record is overtaken")


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, tz=UTC)
