"""A record with some of its fields set anew; every other byte of its values stays as the partner wrote it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sync_platform.errors import DeclarationError

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANY = msgspec.json.Decoder()


def mended(payload: bytes, values: Mapping[str, str]) -> bytes:
    """The record with these fields of its outermost object; the values are JSON texts. Raises DeclarationError."""
    try:
        record = _OBJECT.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DeclarationError("the record is no JSON object.", remedy="Write it whole: --file FILE.") from error
    for name, text in values.items():
        try:
            _ANY.decode(text)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise DeclarationError(
                f"the value for {name} is not JSON.", remedy="""Write a text with its quotes: '"open"'."""
            ) from error
        record[name] = msgspec.Raw(text.encode())
    return msgspec.json.encode(record)
