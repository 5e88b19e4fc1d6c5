"""Telephone numbers and e-mail addresses in the form in which they are compared."""

from __future__ import annotations

import pytest

from sync_platform.duplicates.contact import email_key, phone_key

MOBILE = "+94771234567"


@pytest.mark.parametrize(
    "text",
    [
        *("+94 77 123 4567", "+94771234567", "0771234567", "077-1234567", "077 123 4567", "(077) 1234567"),
        *("0094771234567", "94771234567", " 077.123.4567 ", "+94 (0)77 123 4567", "tel: 077 1234567"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(text: str) -> None:
    assert phone_key(text, country="LK") == MOBILE


def test_a_number_without_a_country_code_is_one_of_the_declared_country() -> None:
    assert phone_key("0612345678", country="NL") == "+31612345678"
    assert phone_key("+31 6 12345678", country="LK") == "+31612345678"


@pytest.mark.parametrize("text", [None, "", "  ", "none", "-", "12", "0", "+", "x" * 300, "1" * 40, "\u0000"])
def test_what_is_no_number_is_none(text: str | None) -> None:
    assert phone_key(text, country="LK") is None


@pytest.mark.parametrize(
    "text",
    [
        *("nimali.perera@example.com", "Nimali.Perera@Example.COM", "nimaliperera@example.com"),
        *("nimali.perera+shop@example.com", "  nimali.perera@example.com ", "NIMALI.PERERA+a+b@EXAMPLE.COM"),
    ],
)
def test_an_address_is_the_same_with_other_capitals_dots_and_tags(text: str) -> None:
    assert email_key(text) == "nimaliperera@example.com"


@pytest.mark.parametrize("text", [None, "", "nimali", "@example.com", "nimali@", "+tag@example.com", "..@example.com"])
def test_what_is_no_address_is_none(text: str | None) -> None:
    assert email_key(text) is None


def test_another_address_is_another() -> None:
    assert email_key("nimali1@example.com") != email_key("nimali2@example.com")
    assert email_key("nimali@example.com") != email_key("nimali@example.net")
