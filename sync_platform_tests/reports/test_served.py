"""The reports over HTTP: rendered for the reader's zone, guarded, and nothing else of the machine."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

from sync_platform.landing.database import Database
from sync_platform.reports.report import REPORTS, ReportTools
from sync_platform.reports.served import reports_app
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.reports.conftest import NOW, TODAY, PlantedSync
from sync_platform_tests.reports.listening import listening
from sync_platform_tests.reports.outline import HOSTILE, Outline

COLOMBO = ZoneInfo("Asia/Colombo")
AWAY = Database("postgresql://nobody@127.0.0.1:1/none")


class Reader:
    """A browser of the reports: it keeps cookies."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str, **given: object) -> requests.Response:
        return self.ask("GET", path, **given)

    def ask(self, method: str, path: str, **given: object) -> requests.Response:
        return self._session.request(method, f"http://localhost:{self.port}{path}", timeout=30, **given)  # type: ignore[arg-type]


Open = Callable[..., Reader]


@pytest.fixture
def serve(tools: ReportTools, folder: Path, clock: GivenClock) -> Iterator[Open]:
    """`serve()` starts a server and gives a reader of it; `database` stands for the real one."""
    folder.mkdir()
    with ExitStack() as running:

        def serve(database: Database | None = None) -> Reader:
            def make(zone: ZoneInfo) -> ReportTools:
                return replace(tools, zone=zone, database=database or tools.database)

            app = reports_app(make, folder=folder, zone=COLOMBO, clock=clock)
            return Reader(running.enter_context(listening(app)))

        yield serve


def test_the_first_page_leads_to_every_report_and_its_tables(serve: Open) -> None:
    answer = serve().get("/")
    page = Outline(answer.text)

    links = {link["href"] for link in page.of("a")}
    assert answer.status_code == 200
    assert links == {name for report in REPORTS for name in report.files}
    assert page.of("input")[0]["value"] == "Asia/Colombo"


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_a_report_is_told_in_the_zone_that_the_reader_chose_from_then_on(serve: Open, report: object) -> None:
    client = serve()
    name = next(one.page for one in REPORTS if one is report)

    declared = client.get(f"/{name}").text
    chosen = client.get("/", params={"zone": "America/New_York"})
    after = client.get(f"/{name}").text

    assert "times are in Asia/Colombo" in declared
    assert chosen.status_code == 200
    assert "times are in America/New_York" in after
    assert "-05:00" in after


@pytest.mark.parametrize("zone", ["Colombo", "../../etc/passwd", HOSTILE, "Asia/Colombo\r\nX-Other: 1"])
def test_a_zone_that_nobody_knows_is_refused_and_not_repeated(serve: Open, zone: str) -> None:
    answer = serve().get("/quality.html", params={"zone": zone})

    assert answer.status_code == 400
    assert answer.text == "There is no such time zone. Write one like Asia/Colombo or UTC."
    assert "set-cookie" not in answer.headers


def test_a_cookie_that_names_no_zone_counts_as_none(serve: Open) -> None:
    answer = serve().get("/kpis.html", headers={"Cookie": "zone=../../etc/passwd"})

    assert "times are in Asia/Colombo" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/reports/quality.csv",
        "/secret.txt",
        "//etc/passwd",
        "/quality.html/..",
        "/.quality.html.draft",
    ],
)
def test_nothing_but_the_reports_is_served(serve: Open, folder: Path, path: str) -> None:
    (folder / "secret.txt").write_text("secret")
    (folder.parent / "secret.txt").write_text("secret")

    # As it is written: a browser would make another path of some of these.
    connection = http.client.HTTPConnection("localhost", serve().port, timeout=30)
    connection.putrequest("GET", path)
    connection.endheaders()
    answer = connection.getresponse()

    assert answer.status == 404
    assert b"secret" not in answer.read()
    connection.close()


@pytest.mark.parametrize("host", ["reports.example", "localhost.example", "169.254.169.254"])
def test_a_name_that_is_not_this_machines_is_refused(serve: Open, host: str) -> None:
    """A page elsewhere could have its own name lead here, and read what it may not."""
    answer = serve().get("/quality.html", headers={"Host": host})

    assert answer.status_code == 400
    assert "Quality" not in answer.text


@pytest.mark.parametrize("path", ["/", "/quality.html", "/quality.csv", "/nothing"])
def test_every_answer_is_guarded(serve: Open, path: str) -> None:
    headers = serve().get(path).headers

    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed(serve: Open, method: str) -> None:
    assert serve().ask(method, "/quality.html").status_code == 405


def test_tables_are_those_that_were_written_last(serve: Open, tools: ReportTools, folder: Path) -> None:
    client = serve()
    missing = client.get("/quality.csv")
    for report in REPORTS:
        report.write(tools, folder)

    written = client.get("/quality.csv")

    assert (missing.status_code, missing.text) == (404, "quality.csv was not written yet: run sync-platform reports.")
    assert written.content == (folder / "quality.csv").read_bytes()
    assert written.headers["content-type"] == "text/csv; charset=utf-8"
    assert written.headers["content-disposition"] == 'attachment; filename="quality.csv"'


def test_a_page_is_rendered_again_when_it_is_some_seconds_old(
    serve: Open, planted: PlantedSync, clock: GivenClock
) -> None:
    client = serve()
    planted.day("pos/sales", TODAY, as_of=NOW, checks_passed=1)
    first = client.get("/quality.html").text
    planted.change("pos/sales", TODAY, checks_failed=1)

    at_once = client.get("/quality.html").text
    clock.advance(16)
    later = client.get("/quality.html").text

    assert "1 of 1 checked days passed all their rules." in first
    assert at_once == first
    assert "0 of 1 checked days passed all their rules." in later


def test_without_a_database_the_last_page_is_shown_and_says_so(serve: Open, tools: ReportTools, folder: Path) -> None:
    client = serve(AWAY)
    nothing = client.get("/quality.html")
    for report in REPORTS:
        report.write(tools, folder)

    last = client.get("/quality.html")

    assert (nothing.status_code, last.status_code) == (503, 503)
    assert nothing.text.startswith("There is no report to show: the database did not answer")
    assert last.headers["retry-after"] == "15"
    banner = last.text.split('<div class="banner" role="alert">')[1].split("</div>")[0]
    assert "the database did not answer" in banner
    assert "+05:30." in banner
    assert "Checks by entity and day" in last.text
