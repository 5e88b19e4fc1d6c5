"""A generated sandbox on free ports, its clock standing still, and a client that speaks all four dialects."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import requests

from sync_platform.sandbox import Sandbox

NOW = datetime.fromisoformat("2026-11-20T16:00:00+05:30")
TODAY, YESTERDAY = "2026-11-20", "2026-11-19"


class Client:
    """Requests with each system's credentials; `control` needs none."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.environment = sandbox.environment
        self.session = requests.Session()
        self._token: str | None = None

    def pos(self, path: str, **query: Any) -> requests.Response:
        return self._get("POS", f"/api/v1{path}", query, {"Authorization": f"Bearer {self.environment['POS_TOKEN']}"})

    def shop(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(
            f"{self.environment['SHOP_BASE_URL']}/wp-json/wc/v3{path}",
            params=query,
            auth=(self.environment["SHOP_CONSUMER_KEY"], self.environment["SHOP_CONSUMER_SECRET"]),
            timeout=10,
        )

    def ledger(self, path: str, *, since: str | None = None, **query: Any) -> requests.Response:
        self._token = self._token or self.token()
        headers = {"Authorization": f"Bearer {self._token}"} | ({"If-Modified-Since": since} if since else {})
        return self._get("LEDGER", path, query, headers)

    def token(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.environment["LEDGER_CLIENT_ID"],
            "client_secret": self.environment["LEDGER_CLIENT_SECRET"],
        }
        url = f"{self.environment['LEDGER_BASE_URL']}/oauth/token"
        return str(self.session.post(url, data=form, timeout=10).json()["access_token"])

    def payments(self, path: str, **query: Any) -> requests.Response:
        query = {name.replace("__", "[") + ("]" if "__" in name else ""): value for name, value in query.items()}
        return self._get("PAYMENTS", f"/v1{path}", query, {"X-Api-Key": self.environment["PAYMENTS_API_KEY"]})

    def control(self, method: str, path: str, json: Any = None) -> requests.Response:
        return self.session.request(method, self.environment["SANDBOX_CONTROL_URL"] + path, json=json, timeout=10)

    def all_pos(self, path: str, key: str, *, page_size: int = 1000, **query: Any) -> list[dict[str, Any]]:
        """Every page to the end, by the first page's total."""
        records, page, total = [], 1, 1
        while (page - 1) * page_size < total:
            document = self.pos(path, page=page, pageSize=page_size, **query).json()
            total, page = document["total"], page + 1
            records += document[key]
        return records

    def all_shop(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every page to the end, by X-WP-TotalPages."""
        first = self.shop(path, per_page=100, **query)
        records = list(first.json())
        for page in range(2, int(first.headers["X-WP-TotalPages"]) + 1):
            records += self.shop(path, per_page=100, page=page, **query).json()
        return records

    def all_entries(self, *, limit: int = 1000, **query: Any) -> list[dict[str, Any]]:
        """Every page to the end, by the first page's count."""
        first = self.ledger("/journal/entries", limit=limit, **query).json()
        entries = list(first["entries"])
        while len(entries) < first["count"]:
            entries += self.ledger("/journal/entries", limit=limit, offset=len(entries), **query).json()["entries"]
        return entries

    def all_payments(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every page to the end, by has_more."""
        page = self.payments(path, limit=100, **query).json()
        records = list(page["data"])
        while page["has_more"]:
            page = self.payments(path, limit=100, starting_after=records[-1]["id"], **query).json()
            records += page["data"]
        return records

    def _get(self, system: str, path: str, query: dict[str, Any], headers: dict[str, str]) -> requests.Response:
        url = self.environment[f"{system}_BASE_URL"] + path
        return self.session.get(url, params=query, headers=headers, timeout=10)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of one's own."""
    with Sandbox.generated(now=NOW) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    """A client of one's own sandbox."""
    return Client(sandbox)


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    """A client of a sandbox that the tests of a module only read."""
    with Sandbox.generated(now=NOW) as sandbox:
        yield Client(sandbox)
