"""How alike two names are: order, script, spelling and initials do not matter much; another given name does."""

from __future__ import annotations

import pytest

from sync_platform.duplicates.linkage import WITH_PHONE
from sync_platform.duplicates.name import likeness, read_name


def alike(one: str, other: str) -> float:
    return likeness(read_name(one), read_name(other))


SAME = [
    ("Nimali Perera", "Nimali Perera"),
    ("Nimali Perera", "PERERA, NIMALI"),
    ("Nimali Perera", "Mrs. Nimali Perera"),
    ("Nimali Perera", "N. Perera"),
    ("Perera N", "Nimali Perera"),
    ("Nimali Kumari Perera", "Nimali Perera"),
    ("N.K. Perera", "Nimali Kumari Perera"),
    ("Ruwan Wickramasinghe", "Ruvan Wickremesinghe"),
    ("Mohamed Nazeer", "Mohammed Nazir"),
    ("Kasun Gunawardena", "Kasun Gunawardhana"),
    ("Nadeesha Fernando", "Nadisha Fernandu"),
    ("Tharindu Jayasinghe", "තරිඳු ජයසිංහ"),
    ("නිමල් පෙරේරා", "Nimal Perera"),
    ("Ravi Selvam", "ரவி செல்வம்"),
    ("Mahesh Rajapakse", "මහේෂ් රාජපක්ෂ"),
    ("Mohamed Nazeer", "முகமது நசீர்"),
    ("Kavitha Sivakumar", "சிவகுமார் கவிதா"),
    ("Sanduni Rathnayake", "Sanduni Rathnayke"),
    ("Sanduni Rathnayake", "Sandnui Ratnayake"),
    ("Dilani De Silva", "De Silva Dilani"),
    ("José Pérez", "Jose Perez"),
]
TWO = [
    ("Nimali Perera", "Kasun Perera"),
    ("Nimali Perera", "K. Perera"),
    ("Nimal Perera", "Nimali Perera"),
    ("Vasantha Silva", "Vasanthi Silva"),
    ("Ravi Selvam", "Rajan Selvam"),
    ("Nimali Perera", "Nimali Fernando"),
    ("නිමල් පෙරේරා", "Kasun Perera"),
    ("Mohamed Hameed", "Fathima Hameed"),
    ("Perera", ""),
    ("", ""),
    ("Mr.", "Mrs."),
    ("123", "456"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_name_written_in_two_ways_is_alike_enough_beside_an_equal_telephone(one: str, other: str) -> None:
    assert alike(one, other) >= WITH_PHONE


@pytest.mark.parametrize(("one", "other"), TWO)
def test_two_names_are_not_alike_enough_even_beside_an_equal_telephone(one: str, other: str) -> None:
    assert alike(one, other) < WITH_PHONE


@pytest.mark.parametrize(("one", "other"), SAME + TWO)
def test_who_comes_first_makes_no_difference(one: str, other: str) -> None:
    assert alike(one, other) == alike(other, one)


def test_equal_names_are_wholly_alike() -> None:
    assert alike("Nimali Perera", "perera nimali") == 1.0


def test_a_single_word_is_never_wholly_alike_to_a_longer_name() -> None:
    assert alike("Perera", "Nimali Perera") == 0.85
    assert alike("Perera", "Perera") == 1.0


def test_a_text_that_is_no_name_costs_no_more_than_one() -> None:
    text = " ".join(["lorem", "ipsum"] * 50_000)
    assert len(read_name(text).words) == 8
    assert alike(text, text) == 1.0
