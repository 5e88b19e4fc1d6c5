"""Our own expectations, registered in Great Expectations by being defined; they count violations in the database.

The module imports Great Expectations (5-7 s, 260 MB), so it is itself imported only inside the function that checks.
"""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import MetricProvider, metric_value
from psycopg import sql

from sync_platform.checks.business_record import repeats, spaced

TABLE = "{table}"
_REPEATED_KEYS = "sync_platform.repeated_keys"
_VIOLATIONS = "sync_platform.violations"
_REPEATED_RECORDS = "sync_platform.repeated_records"
_ROWS = '"checked_rows"'


class RepeatedKeys(MetricProvider):
    """How many keys occur more than once; a key with a missing part is the `required` rule's affair, not this one's."""

    metric_name = _REPEATED_KEYS
    domain_keys = ("batch_id",)
    value_keys = ("key",)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, **asked: Any) -> int:  # noqa: N805 - Great Expectations binds the class here
        key = sql.SQL(", ").join(map(sql.Identifier, asked["metric_value_kwargs"]["key"])).as_string()
        # 200,000 rows: 0.15 s, where the library's own compound uniqueness ran for minutes on a daily batch.
        repeated = f"select 1 from {TABLE} where ({key}) is not null group by {key} having count(*) > 1"  # noqa: S608
        return _count(asked, f"select count(*) from ({repeated}) as repeated")  # noqa: S608 - identifiers are quoted


class Violations(MetricProvider):
    """The number that a contract's own query answers with."""

    metric_name = _VIOLATIONS
    domain_keys = ("batch_id",)
    value_keys = ("query",)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, **asked: Any) -> int:  # noqa: N805
        return _count(asked, asked["metric_value_kwargs"]["query"].strip().rstrip(";"))


class RepeatedRecords(MetricProvider):
    """How many records say the same as another one just before them, under a key of their own."""

    metric_name = _REPEATED_RECORDS
    domain_keys = ("batch_id",)
    value_keys = ("key", "fields", "lists", "at", "within_seconds")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, **asked: Any) -> int:  # noqa: N805
        arguments = asked["metric_value_kwargs"]
        again = sql.SQL("select count(*) from ({}) as spaced where {}").format(
            spaced(arguments, sql.SQL(TABLE)), repeats(arguments)
        )
        return _count(asked, again.as_string())


class ExpectKeyUnique(BatchExpectation):
    """No two rows share the same `key`; rows in which a part of the key is missing are left out."""

    key: list[str]

    metric_dependencies: ClassVar[tuple[str, ...]] = (_REPEATED_KEYS, "table.row_count")
    success_keys: ClassVar[tuple[str, ...]] = ("key",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: object = None,  # noqa: ARG002 - their signature
        execution_engine: object = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        return _verdict(metrics[_REPEATED_KEYS], rows=metrics["table.row_count"])


class ExpectQueryToBeZero(BatchExpectation):
    """`query` counts violations in `{table}`, which stands for the checked rows, and answers 0."""

    query: str

    metric_dependencies: ClassVar[tuple[str, ...]] = (_VIOLATIONS, "table.row_count")
    success_keys: ClassVar[tuple[str, ...]] = ("query",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: object = None,  # noqa: ARG002 - their signature
        execution_engine: object = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        return _verdict(metrics[_VIOLATIONS], rows=metrics["table.row_count"])


class ExpectBusinessRecordOnce(BatchExpectation):
    """No two rows have equal `fields` and `lists` (of each list, these keys of its items) within the time by `at`."""

    key: list[str]
    fields: list[str]
    lists: dict[str, list[str]]
    at: str
    within_seconds: float

    metric_dependencies: ClassVar[tuple[str, ...]] = (_REPEATED_RECORDS, "table.row_count")
    success_keys: ClassVar[tuple[str, ...]] = ("key", "fields", "lists", "at", "within_seconds")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: object = None,  # noqa: ARG002 - their signature
        execution_engine: object = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        return _verdict(metrics[_REPEATED_RECORDS], rows=metrics["table.row_count"])


def _verdict(violations: int, *, rows: int) -> dict[str, Any]:
    return {"success": violations == 0, "result": {"unexpected_count": violations, "element_count": rows}}


def _count(asked: dict[str, Any], query: str) -> int:
    """Run `query` with `{table}` standing for the batch. Raises ValueError unless it answers with one number.

    The batch is a CTE around the query, so that the query may name it, alias it, join it and use it twice.
    """
    engine: SqlAlchemyExecutionEngine = asked["execution_engine"]
    batch, _, _ = engine.get_compute_domain(asked["metric_domain_kwargs"], domain_type=MetricDomainTypes.TABLE)
    rows = sqlalchemy.select(sqlalchemy.text("*")).select_from(batch).compile(dialect=engine.engine.dialect)
    statement = f"with {_ROWS} as ({rows}) select violations.* from ({query.replace(TABLE, _ROWS)}) as violations"  # noqa: S608
    # `text` takes a colon for a parameter; a query has colons of its own ('08:30', ::date).
    answer = engine.execute_query(sqlalchemy.text(statement.replace(":", r"\:"))).fetchmany(2)
    if len(answer) != 1 or len(answer[0]) != 1 or not isinstance(answer[0][0], int):
        raise ValueError("the query must answer with one number, the count of violations: select count(*) from {table}")
    return answer[0][0]
