"""The database's own limit: rows encoded beforehand, one COPY into the keyed table.

`python -m benchmarks.copy_limit ROWS_FILE DATABASE_URL`; the file is what `copy landing.journey__sales to stdout` gave.
"""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg

from benchmarks.measured import measured


def main(rows_file: str, database_url: str) -> None:
    rows = Path(rows_file).read_bytes()
    with psycopg.connect(database_url, autocommit=True) as connection, measured() as found:
        with connection.cursor() as cursor, cursor.copy("copy landing.journey__sales from stdin") as copy:
            copy.write(rows)
        found["read"] = cursor.rowcount


if __name__ == "__main__":
    main(*sys.argv[1:])
