"""target-postgres (meltanolabs), fed a stream made beforehand: `python -m benchmarks.singer_load PAGES DATABASE_URL`.

Runs in the benchmarks' own environment, where `target-postgres` is installed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.floor import COLUMNS, NAMES
from benchmarks.measured import measured

_TYPES = {"text": "string", "bigint": "integer", "numeric": "number", "timestamptz": "string"}


def stream(pages: Path, file: Path) -> int:
    """Write the Singer messages; the number of records."""
    import msgspec

    from benchmarks.floor import Answer, row

    decoder = msgspec.json.Decoder(Answer)
    columns = [column.split()[:2] for column in COLUMNS.split(", ")]
    properties = {
        name: {"type": [_TYPES[kind], "null"], **({"format": "date-time"} if kind == "timestamptz" else {})}
        for name, kind in columns
    }
    count = 0
    with file.open("w") as out:
        schema = {"type": "object", "properties": properties}
        out.write(json.dumps({"type": "SCHEMA", "stream": "sales", "schema": schema, "key_properties": ["id"]}) + "\n")
        for page in sorted(pages.glob("page-*.json")):
            for sale in decoder.decode(page.read_bytes()).sales:
                values = [value.isoformat() if hasattr(value, "isoformat") else value for value in row(sale)]
                record = dict(zip(NAMES, values, strict=True))
                for name, kind in columns:
                    if kind == "numeric":
                        record[name] = float(record[name])
                out.write(json.dumps({"type": "RECORD", "stream": "sales", "record": record}) + "\n")
                count += 1
    return count


def main(pages: str, database_url: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        messages = Path(folder, "messages.jsonl")
        count = stream(Path(pages), messages)
        config = Path(folder, "config.json")
        config.write_text(
            json.dumps(
                {
                    "sqlalchemy_url": database_url.replace("postgresql://", "postgresql+psycopg://"),
                    "default_target_schema": "singer",
                    "add_record_metadata": False,
                    "activate_version": False,
                }
            )
        )
        program = Path(sys.executable).with_name("target-postgres")
        with measured() as found, messages.open() as source:
            subprocess.run([program, "--config", config], stdin=source, check=True, stdout=subprocess.DEVNULL)
            found["read"] = count


if __name__ == "__main__":
    main(*sys.argv[1:])
