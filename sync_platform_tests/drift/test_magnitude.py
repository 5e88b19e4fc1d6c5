"""Bins of numbers: the database and Python put every number into the same one, and a factor moves all alike."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from sync_platform.checks.magnitude import bin_of, edges_of, factor_of, magnitude_bin, median_bin, middle_of
from sync_platform.landing.database import Connection

SIZES = st.floats(min_value=1e-5, max_value=1e15)


@given(SIZES, st.booleans())
def test_a_number_lies_between_the_edges_of_its_bin(size: float, negative: bool) -> None:
    number = -size if negative else size
    low, high = edges_of(bin_of(number))
    assert low * (1 - 1e-9 * math.copysign(1, low)) <= number <= high * (1 + 1e-9 * math.copysign(1, high))


@given(SIZES.filter(lambda size: size > 1e-2), st.integers(min_value=1, max_value=40))
def test_a_factor_of_whole_bins_moves_a_number_by_so_many(size: float, bins: int) -> None:
    assert abs(bin_of(size * factor_of(bins)) - bin_of(size) - bins) <= 1
    assert bin_of(middle_of(bin_of(size)) * factor_of(bins)) == bin_of(size) + bins


@pytest.mark.parametrize("number", [1, 2, 4, 1024, 0.5, 1 / 1024])
def test_powers_of_two_lie_in_the_middle_of_a_bin(number: float) -> None:
    assert middle_of(bin_of(number)) == pytest.approx(number)


def test_zero_has_a_bin_of_its_own_and_what_is_too_small_or_large_is_at_the_ends() -> None:
    assert (bin_of(0), middle_of(0), bin_of(1e-12), bin_of(-1e-12)) == (0, 0.0, 1, -1)
    assert bin_of(1e30) == bin_of(1e60)


def test_the_database_bins_as_python_does(connection: Connection) -> None:
    numbers = [0.0, 1e-9, 0.01, 0.99, 1.0, 1.19, 2.0, 3.0, 12.0, 999.99, 1e6, 31198570044.0, 1e30, -0.5, -12.0, -1e40]
    statement = sql.SQL("select {} from unnest(%s::float8[]) with ordinality as v(number, at) order by at").format(
        magnitude_bin(sql.Identifier("number"))
    )
    found = [number for (number,) in connection.execute(statement, [numbers])]
    assert found == [bin_of(number) for number in numbers]


def test_the_median_is_where_half_of_the_rows_is_reached() -> None:
    assert [median_bin(sizes) for sizes in ({1: 60, 5: 40}, {1: 49, 5: 51}, {9: 1}, {1: 50, 5: 50})] == [1, 5, 9, 1]
