"""One answer of a partner system, still open to injected faults until it is encoded."""

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

from sync_platform.sandbox.entity import Document


@dataclass(kw_only=True)
class Answer:
    """`records` is the very list inside `document`, so that a fault can change it in place.

    `total_key` names the document's count of all records, `total_header` the header that carries it.
    """

    status: int = 200
    document: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    records: list[Document] | None = None
    total_key: str | None = None
    total_header: str | None = None
    body: bytes | None = None
    content_type: str = "application/json; charset=utf-8"

    def encode(self, *, compress: bool) -> tuple[dict[str, str], bytes]:
        """Headers and body as sent; the same answer always gives the same bytes."""
        headers = {"Content-Type": self.content_type, **self.headers}
        if self.status in (204, 304):
            headers.pop("Content-Type")
            return headers, b""
        body = self.body if self.body is not None else encode_json(self.document)
        if compress:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, compresslevel=1, mtime=0)
        return headers, body


def encode_json(document: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
