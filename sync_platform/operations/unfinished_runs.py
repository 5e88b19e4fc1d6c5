"""Dagster runs that an earlier demo left unfinished: nobody executes them, and Dagster would believe in them for hours.

The default launcher notices no crash, so a run killed together with its code server stays STARTED until
`max_runtime_seconds`, and a sensor that waits for it asks for nothing new. Only for a Dagster storage that is the
demo's own: in a shared one, such a run may be somebody else's and alive.
"""

from __future__ import annotations

import json
import urllib.request
from urllib.error import URLError

import psycopg

from sync_platform.errors import LandingUnavailable

# Read straight from Dagster's table: to ask Dagster itself would import it (1.6 s, 70 MB). QUEUED runs are not listed:
# the daemon launches them.
_UNFINISHED = "select run_id from runs where status in ('STARTED', 'STARTING', 'CANCELING', 'NOT_STARTED')"
_TERMINATE = """
mutation Cancel($runs: [String!]!) {
  terminateRuns(runIds: $runs, terminatePolicy: MARK_AS_CANCELED_IMMEDIATELY) {
    __typename
    ... on TerminateRunsResult { terminateRunResults { __typename } }
    ... on PythonError { message }
  }
}
"""
_SECONDS = 30.0


def find_unfinished_runs(dagster_url: str) -> list[str]:
    """Ids of unfinished runs in Dagster's storage; none before its first start. Raises LandingUnavailable."""
    try:
        with psycopg.connect(dagster_url, connect_timeout=10) as connection:
            return [run_id for (run_id,) in connection.execute(_UNFINISHED)]
    except psycopg.errors.UndefinedTable:
        return []
    except psycopg.OperationalError as error:
        raise LandingUnavailable("Dagster's storage does not answer.") from error


def cancel_runs(ui: str, run_ids: list[str]) -> None:
    """Mark the runs canceled through the webserver at `ui`. Raises LandingUnavailable when it does not do so."""
    question = json.dumps({"query": _TERMINATE, "variables": {"runs": run_ids}}).encode()
    request = urllib.request.Request(  # noqa: S310 - our own webserver, plain http
        f"{ui}/graphql", data=question, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            said = json.load(answer)
    except (URLError, OSError, ValueError) as error:
        raise LandingUnavailable("the Dagster webserver did not end the runs of an earlier demo.") from error
    if said.get("errors") or said["data"]["terminateRuns"]["__typename"] != "TerminateRunsResult":
        raise LandingUnavailable("the Dagster webserver refused to end the runs of an earlier demo.")
