"""Access tokens that expire in three minutes of the ledger's time."""

import hmac
import threading
from hashlib import sha256

EXPIRES_IN_SECONDS = 180


class Tokens:
    """Issues tokens and knows those that are still good; the n-th token of a seed is always the same."""

    def __init__(self, *, seed: int) -> None:
        self._secret = f"sandbox-ledger-{seed}".encode()
        self._lock = threading.Lock()
        self._issued = 0
        self._expires_at: dict[str, int] = {}

    def issue(self, *, now: int) -> str:
        """A token that is good for EXPIRES_IN_SECONDS from `now`, epoch milliseconds."""
        with self._lock:
            self._issued += 1
            token = "sandbox-" + hmac.new(self._secret, str(self._issued).encode(), sha256).hexdigest()[:32]
            self._expires_at = {known: until for known, until in self._expires_at.items() if until > now}
            self._expires_at[token] = now + EXPIRES_IN_SECONDS * 1000
            return token

    def is_good(self, token: str, *, now: int) -> bool:
        """Whether a token was issued and has not expired."""
        with self._lock:
            return self._expires_at.get(token, 0) > now
