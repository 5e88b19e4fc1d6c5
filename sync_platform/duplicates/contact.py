"""Telephone numbers and e-mail addresses in the one form in which they can be compared."""

from __future__ import annotations

import unicodedata

import phonenumbers


def phone_key(text: str | None, *, country: str) -> str | None:
    """`077-123 4567` as `+94771234567`; None for what cannot be a number. `country` is ISO 3166-1 alpha-2.

    Numbers without a country code are read as dialled in that country (libphonenumber's rules for it).
    """
    if not text or not text.strip():
        return None
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return f"+{number.country_code}{number.national_number}"


def email_key(text: str | None) -> str | None:
    """`Nimal.Perera+shop@Example.com` as `nimalperera@example.com`; None for what has no @.

    Tags after + and dots are left out for every provider, though only some ignore dots: a key is evidence, and what
    it brings together is proposed to a person, never merged.
    """
    local, separator, domain = unicodedata.normalize("NFKC", text or "").strip().lower().rpartition("@")
    local = local.partition("+")[0].replace(".", "")
    return f"{local}@{domain}" if separator and local and domain else None
