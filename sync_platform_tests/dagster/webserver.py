"""The webserver's GraphQL API as a person or script uses it: launch, look, pause; nothing of Dagster is imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import requests

LOCATION, REPOSITORY = "sync_platform", "__repository__"
ASSET_JOB = "__ASSET_JOB"
FINISHED = {"SUCCESS", "FAILURE", "CANCELED"}

_LAUNCH = """
mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } ... on PipelineNotFoundError { message } } }
"""
_BACKFILL = """
mutation ($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }
"""
_RUN = """
query ($id: ID!) { runOrError(runId: $id) { __typename ... on Run {
  runId status creationTime startTime endTime tags { key value } assetSelection { path } } } }
"""
_RUNS = """
query ($filter: RunsFilter, $limit: Int) { runsOrError(filter: $filter, limit: $limit) { ... on Runs { results {
  runId status creationTime startTime endTime tags { key value } assetSelection { path } } } } }
"""
_EVENTS = """
query ($id: ID!, $after: String) { logsForRun(runId: $id, afterCursor: $after) {
  ... on EventConnection { cursor hasMore events {
  __typename ... on MessageEvent { message level timestamp }
  ... on ErrorEvent { error { message stack causes { message } } }
  ... on ExecutionStepFailureEvent { error { message stack causes { message } }
      failureMetadata { description metadataEntries { label description ... on MarkdownMetadataEntry { mdStr } } } }
  ... on EngineEvent { metadataEntries { label ... on TextMetadataEntry { text } } }
} } } }
"""
_DAYS = """
query ($key: AssetKeyInput!, $partitions: [String!], $limit: Int) {
  assetOrError(assetKey: $key) { __typename ... on Asset {
  materializations: assetMaterializations(partitions: $partitions, limit: $limit) { ...facts }
  observations: assetObservations(partitions: $partitions, limit: $limit) { ...facts } } } }
fragment facts on DisplayableEvent {
  ... on MaterializationEvent { partition runId timestamp }
  ... on ObservationEvent { partition runId timestamp }
  metadataEntries { label ... on IntMetadataEntry { intValue } ... on FloatMetadataEntry { floatValue }
    ... on TextMetadataEntry { text } ... on MarkdownMetadataEntry { mdStr }
    ... on TimestampMetadataEntry { timestamp } } }
"""
_PARTITIONS = """
query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode { assetPartitionStatuses {
  ... on TimePartitionStatuses { ranges { status startKey endKey } } } } } }
"""
_EVALUATIONS = """
query ($key: AssetKeyInput!, $check: String!, $limit: Int!) {
  assetCheckExecutions(assetKey: $key, checkName: $check, limit: $limit) {
    runId status timestamp partition evaluation { success severity description metadataEntries { label
      ... on IntMetadataEntry { intValue } ... on MarkdownMetadataEntry { mdStr } } } } }
"""
_STATE = """
query ($id: String!) { partitionBackfillOrError(backfillId: $id) { __typename ... on PartitionBackfill {
  status numPartitions partitionNames error { message } runs { runId status } } } }
"""
_SENSOR = """
query ($selector: SensorSelector!) { sensorOrError(sensorSelector: $selector) { ... on Sensor { id sensorState {
  selectorId status ticks(limit: 3) { id status timestamp endTimestamp error { message causes { message } } } } } } }
"""
_TERMINATE = """
mutation ($id: String!) { terminateRun(runId: $id) { __typename
  ... on TerminateRunFailure { message } ... on PythonError { message } } }
"""
_POOL = """
query ($pool: String!) { instance { concurrencyLimit(concurrencyKey: $pool) { activeRunIds pendingStepRunIds } } }
"""
_START = "mutation ($s: SensorSelector!) { startSensor(sensorSelector: $s) { __typename } }"
_STOP = "mutation ($id: String!) { stopSensor(id: $id) { __typename } }"


class Webserver:
    """One webserver. Every method raises AssertionError with the server's own words when it refuses."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The `data` of an answer."""
        with requests.Session() as session:
            # A proxy of this machine is not meant for its own loopback address.
            session.trust_env = False
            answer = session.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60)
        document = answer.json()
        assert "errors" not in document, document["errors"]
        return dict(document["data"])

    def launch(
        self, asset: str, days: Iterable[date], *, checks: Iterable[str] = (), tags: Mapping[str, str] | None = None
    ) -> str:
        """Launch one run, as the UI's dialog does; with `checks` only those are run. Returns the run's id."""
        days = sorted(days)
        if len(days) == 1:
            given = {"dagster/partition": str(days[0])}
        else:
            given = {
                "dagster/asset_partition_range_start": str(days[0]),
                "dagster/asset_partition_range_end": str(days[-1]),
            }
        key = asset_key(asset)
        selector = {
            "repositoryName": REPOSITORY,
            "repositoryLocationName": LOCATION,
            "pipelineName": ASSET_JOB,
            "assetSelection": [] if checks else [key],
            # Without a word about checks an asset is materialised with all of its own.
            "assetCheckSelection": [{"assetKey": key, "name": name} for name in checks] if checks else None,
        }
        every = [{"key": name, "value": value} for name, value in {**given, **(tags or {})}.items()]
        params = {"selector": selector, "mode": "default", "executionMetadata": {"tags": every}}
        answer = self.ask(_LAUNCH, {"params": params})["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return str(answer["run"]["runId"])

    def backfill(self, asset: str, days: Iterable[date]) -> str:
        """Launch a backfill and return its id."""
        params = {"assetSelection": [asset_key(asset)], "partitionNames": [str(day) for day in sorted(days)]}
        answer = self.ask(_BACKFILL, {"params": params})["launchPartitionBackfill"]
        assert answer["__typename"] == "LaunchBackfillSuccess", answer
        return str(answer["backfillId"])

    def backfill_state(self, backfill_id: str) -> dict[str, Any]:
        answer = self.ask(_STATE, {"id": backfill_id})["partitionBackfillOrError"]
        assert answer["__typename"] == "PartitionBackfill", answer
        return dict(answer)

    def run(self, run_id: str) -> dict[str, Any]:
        answer = self.ask(_RUN, {"id": run_id})["runOrError"]
        assert answer["__typename"] == "Run", answer
        return dict(answer)

    def runs(self, *, limit: int = 200, **tags: str) -> list[dict[str, Any]]:
        """The newest runs that carry these tags (`__` stands for `/`)."""
        wanted = [{"key": key.replace("__", "/"), "value": value} for key, value in tags.items()]
        return list(self.ask(_RUNS, {"filter": {"tags": wanted}, "limit": limit})["runsOrError"]["results"])

    def events(self, run_id: str) -> list[dict[str, Any]]:
        """Every event of a run, as the run page shows them."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = self.ask(_EVENTS, {"id": run_id, "after": after})["logsForRun"]
            found += page["events"]
            if not page["hasMore"]:
                return found
            after = page["cursor"]

    def terminate(self, run_id: str) -> dict[str, Any]:
        """Ask for a run's end, as the UI's button does; the answer, which may be a refusal."""
        return dict(self.ask(_TERMINATE, {"id": run_id})["terminateRun"])

    def pool(self, name: str) -> set[str]:
        """The runs that hold a slot of a pool or wait for one: those at work and those that claimed one and died."""
        found = self.ask(_POOL, {"pool": name})["instance"]["concurrencyLimit"]
        return {*found["activeRunIds"], *found["pendingStepRunIds"]}

    def materialised(self, asset: str) -> set[date]:
        """The days that Dagster holds for materialised."""
        statuses = self.ask(_PARTITIONS, {"key": asset_key(asset)})["assetNodeOrError"]["assetPartitionStatuses"]
        days = set()
        for span in statuses["ranges"]:
            if span["status"] == "MATERIALIZED":
                first, last = (date.fromisoformat(span[end]).toordinal() for end in ("startKey", "endKey"))
                days |= {date.fromordinal(number) for number in range(first, last + 1)}
        return days

    def facts(self, asset: str, days: Iterable[date], *, what: str = "materializations") -> list[dict[str, Any]]:
        """Events of these days, newest first: `day`, `run_id`, `at` and the metadata by label."""
        variables = {"key": asset_key(asset), "partitions": [str(day) for day in days], "limit": 500}
        answer = self.ask(_DAYS, variables)["assetOrError"]
        if answer["__typename"] != "Asset":
            return []
        return [
            {
                "day": date.fromisoformat(event["partition"]),
                "run_id": event["runId"] or None,
                "at": int(event["timestamp"]) / 1000,
                **{entry["label"]: _value(entry) for entry in event["metadataEntries"]},
            }
            for event in answer[what]
        ]

    def evaluations(self, asset: str, check: str) -> list[dict[str, Any]]:
        """The newest evaluations of a check, each with its partition."""
        variables = {"key": asset_key(asset), "check": check, "limit": 200}
        return list(self.ask(_EVALUATIONS, variables)["assetCheckExecutions"])

    def sensor(self, name: str) -> dict[str, Any]:
        """Status and the last ticks of a sensor."""
        return dict(self.ask(_SENSOR, {"selector": _sensor(name)})["sensorOrError"]["sensorState"])

    def start_sensor(self, name: str) -> None:
        answer = self.ask(_START, {"s": _sensor(name)})["startSensor"]
        assert answer["__typename"] == "Sensor", answer

    def stop_sensor(self, name: str) -> None:
        sensor = self.ask(_SENSOR, {"selector": _sensor(name)})["sensorOrError"]
        answer = self.ask(_STOP, {"id": sensor["id"]})["stopSensor"]
        assert answer["__typename"] == "StopSensorMutationResult", answer


def asset_key(asset: str) -> dict[str, list[str]]:
    return {"path": asset.split("/")}


def _sensor(name: str) -> dict[str, str]:
    return {"repositoryName": REPOSITORY, "repositoryLocationName": LOCATION, "sensorName": name}


def _value(entry: Mapping[str, Any]) -> Any:
    return next((value for name, value in entry.items() if name != "label"), None)
