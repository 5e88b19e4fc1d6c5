"""Watches the statements Great Expectations sends: spares wasteful ones, remembers the true cause of an error."""

from __future__ import annotations

from typing import Any

import psycopg
import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext

# The database is going or gone: connection errors, out of resources, shut down (PostgreSQL, appendix A).
_GONE = ("08", "53", "57P")


class StatementWatch:
    """Listens to one engine. `failures` holds what the database itself said, in order; `lost` whether it went away."""

    def __init__(self, engine: sqlalchemy.Engine, *, rows_query: str) -> None:
        self.failures: list[BaseException] = []
        self.lost = False
        self._rows_query = rows_query
        self._out_of_time: dict[str, BaseException] = {}
        event.listen(engine, "before_cursor_execute", self._before, retval=True)
        event.listen(engine, "handle_error", self._after_error)

    def _before(
        self, _connection: object, _cursor: object, statement: str, parameters: Any, *_more: object
    ) -> tuple[str, Any]:
        # Great Expectations tries a failed metric up to three times, bundled and alone: a statement that ran out of
        # time once would hold the day six times as long.
        timeout = self._out_of_time.get(_fingerprint(statement, parameters))
        if timeout is not None:
            self.failures.append(timeout)
            raise timeout
        # It learns the column names by reading all rows: 0.3 s and all of them in memory for 200,000.
        if statement.strip() == self._rows_query:
            statement = f"select * from ({statement}) as no_rows limit 0"  # noqa: S608 - our own statement
        return statement, parameters

    def _after_error(self, context: ExceptionContext) -> None:
        error = context.original_exception
        self.failures.append(error)
        state = error.sqlstate if isinstance(error, psycopg.Error) else None
        # 57014, a statement cancelled by its time limit, is not a shutdown.
        self.lost = self.lost or context.is_disconnect or (state or "").startswith(_GONE)
        if isinstance(error, psycopg.errors.QueryCanceled) and context.statement is not None:
            self._out_of_time[_fingerprint(context.statement, context.parameters)] = error


def _fingerprint(statement: str, parameters: Any) -> str:
    return f"{statement}\n{parameters!r}"
