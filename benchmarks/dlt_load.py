"""dlt's rest_api source into PostgreSQL, merge by upsert: `python -m benchmarks.dlt_load BASE_URL DATABASE_URL FORMAT`.

FORMAT is `default` (insert values) or `parquet` (through ADBC). Runs in the benchmarks' own environment.
"""

from __future__ import annotations

import os
import sys
import tempfile

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt
from dlt.sources.rest_api import rest_api_source

from benchmarks.measured import measured


def main(base_url: str, database_url: str, file_format: str) -> None:
    source = rest_api_source(
        {
            "client": {"base_url": base_url},
            "resources": [
                {
                    "name": "sales",
                    "primary_key": "id",
                    "write_disposition": {"disposition": "merge", "strategy": "upsert"},
                    "endpoint": {
                        "path": "sales",
                        "data_selector": "sales",
                        "paginator": {
                            "type": "page_number",
                            "base_page": 1,
                            "total_path": None,
                            "stop_after_empty_page": True,
                        },
                    },
                }
            ],
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            pipeline_name="benchmark",
            pipelines_dir=folder,
            # It wants a password where none is asked for.
            destination=dlt.destinations.postgres(database_url.replace("postgres@", "postgres:none@")),
            dataset_name="journey",
        )
        options = {} if file_format == "default" else {"loader_file_format": file_format}
        with measured() as found:
            pipeline.run(source, **options)
            with pipeline.sql_client() as client:
                found["read"] = client.execute_sql("select count(*) from sales")[0][0]


if __name__ == "__main__":
    main(*sys.argv[1:])
