"""Products of the shop whose code the POS does not know, and what they are proposed to be."""

from __future__ import annotations

from sync_platform.duplicates.linkage import Pair, SkippedBlock
from sync_platform.duplicates.products import pair_products


def found(pos: dict[str, str | None], shop: dict[str, str | None]) -> list[tuple[str, str, str]]:
    pairs, _ = pair_products(pos, shop)
    return [(pair.left[1], pair.right[1], pair.reason) for pair in pairs]


def test_a_code_that_both_know_is_no_proposal_whatever_the_names() -> None:
    assert found({"1095275": "BREAD:ITALIAN/FRENCH"}, {"1095275": "Something else"}) == []


def test_a_code_written_otherwise_is_proposed() -> None:
    assert found({"1095275": None}, {"00-1095275": "Bread"}) == [
        ("1095275", "00-1095275", "same code, written otherwise")
    ]


def test_an_unknown_code_is_proposed_by_its_name_whatever_the_signs_order_and_capitals() -> None:
    pos = {"1": "BREAD:ITALIAN/FRENCH 22LB", "2": "SOFT DRINKS 12/18&15PK CAN", "3": None}
    assert found(pos, {"X9": "Italian French Bread 22 lb"}) == [("1", "X9", "code unknown to the POS, name 100% alike")]
    assert found(pos, {"X9": "Soft Drink 12/18&15pk Can"}) == [("2", "X9", "code unknown to the POS, name 98% alike")]
    assert found(pos, {"X9": "Bread Rolls"}) == []
    assert found(pos, {"X9": None}) == []


def test_a_product_that_the_shop_lists_under_its_own_code_is_nobody_elses() -> None:
    assert found({"1": "BANANAS"}, {"1": "Bananas", "X9": "Bananas"}) == []


def test_a_name_that_many_products_have_tells_none_of_them_apart_and_is_said() -> None:
    pos = {str(number): "SOFT DRINKS" for number in range(6)}
    assert pair_products(pos, {"X9": "Soft drinks"}) == ((), (SkippedBlock("product name", 6),))
    assert len(pair_products(dict(list(pos.items())[:5]), {"X9": "Soft drinks"})[0]) == 5


def test_a_shop_with_other_codes_altogether_is_not_looked_up_name_by_name() -> None:
    pos: dict[str, str | None] = {f"P{number}": f"Thing {number}" for number in range(10)}
    shop: dict[str, str | None] = {f"S{number:05d}": None for number in range(1_200)}
    assert pair_products(pos, shop)[1] == (SkippedBlock("code unknown to the POS, not looked up by name", 200),)


def test_a_code_weighs_more_than_a_name() -> None:
    pairs, _ = pair_products({"7": "BANANAS", "8": "PEARS"}, {"007": "Apples", "X": "Pears"})
    assert pairs == (
        Pair(("pos", "7"), ("shop", "007"), 1.0, "same code, written otherwise"),
        Pair(("pos", "8"), ("shop", "X"), 0.9, "code unknown to the POS, name 100% alike"),
    )
