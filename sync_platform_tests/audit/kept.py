"""A partner's answer as it is kept."""

from __future__ import annotations

import zlib
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4

from sync_platform.audit.exchange_body import KeptBody

BODY = b'{"orders":[{"id":1,"email":"nimal@example.com"}]}'


def kept(received_at: datetime, *, exchange_id: UUID | None = None) -> KeptBody:
    return KeptBody(
        exchange_id=exchange_id or uuid4(),
        system="till",
        entity="sales",
        received_at=received_at,
        sha256=sha256(BODY).hexdigest(),
        compressed=zlib.compress(BODY),
    )
