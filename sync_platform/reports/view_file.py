"""The `report` schema's views as CSV and Parquet files: the same rows for a spreadsheet and for a BI tool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from psycopg import sql

from sync_platform.freshness.landed import read_snapshot
from sync_platform.freshness.table_file import write_csv
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.views import REPORT

if TYPE_CHECKING:
    import pyarrow as pa

# A round trip to the database, and a row group of a Parquet file: some MB.
ROWS_AT_ONCE = 10_000
_VIEWS = "select viewname from pg_views where schemaname = %s order by viewname"
# Of PostgreSQL's types by name; everything else is text. A numeric without a scale is kept to nine places.
_PLACES = 9
# No view's key has more columns; the same data give the same file.
_KEY_COLUMNS = 6


@dataclass(frozen=True)
class ExportedView:
    """One view as a file."""

    view: str
    file: Path
    rows: int


def export_views(database: Database, folder: Path, *, form: str, zone: tzinfo) -> tuple[ExportedView, ...]:
    """Write every view as `<view>.csv` or `<view>.parquet` (`form`), each file replaced at once.

    CSV has moments in `zone` with the offset; Parquet has them as moments. Raises LandingUnavailable.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with database.connect() as connection:
        views = [name for (name,) in connection.execute(_VIEWS, [REPORT])]
    exported = []
    for view in views:
        file = folder / f"{view}.{form}"
        written = (
            write_view_csv(database, view, file, zone=zone)
            if form == "csv"
            else write_view_parquet(database, view, file)
        )
        exported.append(ExportedView(f"{REPORT}.{view}", file, written))
    return tuple(exported)


def write_view_csv(database: Database, view: str, file: Path, *, zone: tzinfo) -> int:
    """Write the view's rows and return how many they were."""
    with _reading(database, view) as (columns, cursor):
        return write_csv(file, columns=[column.name for column in columns], rows=cursor, zone=zone)


def write_view_parquet(database: Database, view: str, file: Path) -> int:
    """Write the view's rows and return how many they were; types are the view's own."""
    # 0.3 s and 60 MB to import.
    import pyarrow as pa
    from pyarrow import parquet

    draft = file.with_name(f".{file.name}.{uuid4().hex}.draft")
    written = 0
    try:
        with _reading(database, view) as (columns, cursor):
            schema = pa.schema([pa.field(column.name, _arrow_type(column)) for column in columns])
            with parquet.ParquetWriter(draft, schema, compression="zstd") as writer:
                while rows := cursor.fetchmany(ROWS_AT_ONCE):
                    arrays = [
                        pa.array([_plain(value, field.type) for value in values], type=field.type)
                        for field, values in zip(schema, zip(*rows, strict=True), strict=True)
                    ]
                    writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
                    written += len(rows)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return written


@contextmanager
def _reading(database: Database, view: str) -> Iterator[tuple[Sequence[Any], Any]]:
    """The view's columns and a cursor of the server's over its rows: they never are in memory all at once."""
    with database.connect() as connection, read_snapshot(connection), connection.cursor(name="rows") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(_select(connection, view))
        yield cursor.description or (), cursor


def _select(connection: Connection, view: str) -> sql.Composed:
    """All columns, JSON and arrays as JSON text, in the order of the first ones, which are the key in every view."""
    source = sql.Identifier(REPORT, view)
    columns = connection.execute(sql.SQL("select * from {} limit 0").format(source)).description or ()
    return sql.SQL("select {} from {} order by {}").format(
        sql.SQL(", ").join(_column(column) for column in columns),
        source,
        sql.SQL(", ").join(sql.SQL(str(n + 1)) for n in range(min(len(columns), _KEY_COLUMNS))),
    )


def _column(column: Any) -> sql.Composed:
    name = sql.Identifier(column.name)
    if column.type_display.endswith("[]"):
        return sql.SQL("array_to_json({0})::text as {0}").format(name)
    if column.type_display in ("json", "jsonb"):
        return sql.SQL("{0}::text as {0}").format(name)
    return sql.SQL("{}").format(name)


def _arrow_type(column: Any) -> pa.DataType:
    import pyarrow as pa

    plain = {
        "int2": pa.int64(),
        "int4": pa.int64(),
        "int8": pa.int64(),
        "float4": pa.float64(),
        "float8": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
        "timestamptz": pa.timestamp("us", tz="UTC"),
        "timestamp": pa.timestamp("us"),
    }
    name = column.type_display.partition("(")[0]
    if name == "numeric":
        return pa.decimal128(38, _PLACES if column.scale is None else column.scale)
    return plain.get(name, pa.string())


def _plain(value: Any, type_: pa.DataType) -> Any:
    """The value as Arrow takes it for its type."""
    from decimal import Decimal

    import pyarrow as pa

    if value is None or not (pa.types.is_string(type_) or isinstance(value, Decimal)):
        return value
    if isinstance(value, Decimal):
        return round(value, type_.scale) if value.is_finite() else None
    return value if isinstance(value, str) else str(value)
