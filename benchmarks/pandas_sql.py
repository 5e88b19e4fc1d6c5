"""pandas `to_sql` and a merge, the frame made beforehand: `python -m benchmarks.pandas_sql PAGES DATABASE_URL`."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pandas as pd
import sqlalchemy as sa

from benchmarks.floor import COLUMNS, NAMES, Answer, row
from benchmarks.measured import measured


def main(pages: str, database_url: str) -> None:
    decoder = msgspec.json.Decoder(Answer)
    sales = [
        row(sale)
        for page in sorted(Path(pages).glob("page-*.json"))
        for sale in decoder.decode(page.read_bytes()).sales
    ]
    frame = pd.DataFrame(sales, columns=NAMES)
    engine = sa.create_engine(database_url.replace("postgresql://", "postgresql+psycopg2://"))
    updates = ", ".join(f"{name} = excluded.{name}" for name in NAMES[1:])
    with engine.begin() as connection:
        connection.execute(sa.text(f"create table if not exists pandas_sales ({COLUMNS})"))
    with measured() as found, engine.begin() as connection:
        frame.to_sql("pandas_incoming", connection, index=False, if_exists="replace", chunksize=10_000)
        casts = ", ".join(f"cast({column.split()[0]} as {column.split()[1]})" for column in COLUMNS.split(", "))
        connection.execute(
            sa.text(
                f"insert into pandas_sales select {casts} from pandas_incoming on conflict (id) do update set {updates}"  # noqa: S608
                " where pandas_sales.modified_at < excluded.modified_at"
            )
        )
        found["read"] = len(frame)


if __name__ == "__main__":
    main(*sys.argv[1:])
