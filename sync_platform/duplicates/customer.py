"""One customer record as it is compared: whose it is said to be, in comparable form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sync_platform.duplicates.contact import email_key, phone_key
from sync_platform.duplicates.name import Name, read_name


@dataclass(frozen=True)
class Customer:
    """`system` and `key` name the record; the rest is evidence. Never shown: it is personal."""

    system: str
    key: str
    name: Name
    phone: str | None
    email: str | None
    town: str

    @property
    def record(self) -> tuple[str, str]:
        return self.system, self.key

    @cached_property
    def name_block(self) -> str | None:
        """Equal for records of one name in one town, whatever the order and most spellings; None without both."""
        whole = sorted((heard for word, heard in zip(self.name.words, self.name.sounds, strict=True) if len(word) > 1))
        if not whole or not self.town:
            return None
        first = "".join(sorted({heard[:1] for heard in self.name.sounds}))
        return f"{max(whole, key=len)}|{first}|{self.town}"


def read_customer(
    system: str, key: str, *, name: str, phone: str | None, email: str | None, town: str | None, country: str
) -> Customer:
    """A record as its system wrote it; `country` is where numbers without country code were dialled."""
    return Customer(
        system=system,
        key=key,
        name=read_name(name),
        phone=phone_key(phone, country=country),
        email=email_key(email),
        town=" ".join(read_name(town or "").words),
    )
