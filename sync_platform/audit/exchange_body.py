"""The bodies of partners' answers, kept as they were received where a system says so: compressed, then encrypted."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sync_platform.audit.body_store import BodyStore
from sync_platform.audit.detail_key import find_key, key_for
from sync_platform.errors import AuditBroken, DeclarationError
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries
from sync_platform.settings import BODY_STORE_URL

_QUERIES = queries("exchange_bodies", package="sync_platform.audit")


@dataclass(frozen=True)
class KeptBody:
    """An answer's body, compressed by zlib, and the SHA-256 of what was received, in hexadecimal."""

    exchange_id: UUID
    system: str
    entity: str
    received_at: datetime
    sha256: str
    compressed: bytes

    @property
    def key_subject(self) -> str:
        """Many people are in one body, so the bodies of an entity and day have one key."""
        return f"exchange/{self.system}/{self.entity}/{self.received_at:%Y-%m-%d}"


def keep_bodies(connection: Connection, bodies: Sequence[KeptBody]) -> None:
    """Store bodies in the caller's transaction; one that is stored already stays as it is."""
    keys = {subject: key_for(connection, subject) for subject in sorted({body.key_subject for body in bodies})}
    for body in bodies:
        key = keys[body.key_subject]
        connection.execute(
            _QUERIES["keep"],
            {
                "exchange_id": body.exchange_id,
                "kept_at": body.received_at,
                "sha256": body.sha256,
                "body": key.fernet.encrypt(body.compressed),
                "key_id": key.key_id,
            },
        )


def read_body(connection: Connection, exchange_id: UUID, *, store: BodyStore | None = None) -> bytes | None:
    """The body as it was received; None where none is kept, or its key was erased.

    Raises AuditBroken when it is not what was received, and DeclarationError when it lies in a store that is not given.
    """
    row = connection.execute(_QUERIES["read"], {"exchange_id": exchange_id}).fetchone()
    fernet = find_key(connection, row[2]) if row else None
    if row is None or fernet is None:
        return None
    from cryptography.fernet import InvalidToken

    kept = row[1] if row[3] is None else _stored(store, row[3])
    try:
        body = zlib.decompress(fernet.decrypt(kept))
    except (InvalidToken, zlib.error) as error:
        raise AuditBroken(f"the body of exchange {exchange_id} is not as it was stored.") from error
    if sha256(body).hexdigest() != row[0]:
        raise AuditBroken(f"the body of exchange {exchange_id} is not what was received: its checksum is another.")
    return body


def _stored(store: BodyStore | None, name: str) -> bytes:
    if store is None:
        raise DeclarationError(
            f"the body lies in the store of kept bodies, as {name}.", remedy=f"Set {BODY_STORE_URL} as for the prune."
        )
    content = store.get(name)
    if content is None:
        raise AuditBroken(f"the store of kept bodies has no {name}. Put the file back from a copy.")
    return content
