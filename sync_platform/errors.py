"""Every error the platform raises, split by what happens next; nothing here knows who catches it.

SyncError
├── DeclarationError      a declaration or contract is wrong      nothing runs; file, line, remedy     exit 2
├── PartnerError
│   ├── PartnerUnavailable  timeout, reset, 5xx, cut body         retry with backoff, breaker          exit 75
│   ├── PartnerThrottled    429, Retry-After                      wait that long (capped), retry       exit 75
│   ├── PartnerRefused      401, or 403 for a whole entity        stop; a person must act              exit 1
│   └── PartnerMisbehaved   paging loop, wrong shape, counts      stop; keep a redacted sample         exit 1
│       └── FileRefused     a file that cannot be right           kept in rejected/ with its reason
├── RecordRejected        one record breaks its contract          dead letter; the load goes on
├── DayHeld               a blocking check or the reject limit    last good day stays served           exit 1
├── LandingUnavailable    database down, full, too slow, crowded  retry the transaction                exit 75
├── LandingNotMigrated    our tables are missing                  nothing runs; `migrate`              exit 1
├── LandingConflict       lock, lease or merge conflict           stop, say who holds it               exit 1
├── AuditBroken           the audit log was tampered with         a person must look                   exit 1
├── PipelineFrozen        a declared freeze window covers now     nothing runs until it ends           exit 1
├── AccessRefused         no login, role, scope or own form       answer, do nothing                   HTTP 4xx
└── WebhookRejected       unsigned, malformed, old, large         answer, store nothing                HTTP 4xx
"""

from __future__ import annotations

from dataclasses import dataclass


class SyncError(Exception):
    """A failure with a reason a person can act on; its text never holds a secret or personal data."""

    exit_code = 1
    kind = "error"


class DeclarationError(SyncError):
    """What was declared cannot be used. `place` is `file:line` where that is known."""

    exit_code = 2
    kind = "declaration"

    def __init__(self, message: str, *, place: str | None = None, remedy: str | None = None) -> None:
        self.place = place
        self.remedy = remedy
        parts = [f"{place}: {message}" if place else message]
        if remedy:
            parts.append(remedy)
        super().__init__(" ".join(parts))


class PartnerError(SyncError):
    """A partner system did not give what was asked; the subclass says what to do about it."""

    kind = "partner"


class PartnerUnavailable(PartnerError):
    """Timeout, reset, 5xx, cut body: worth trying again."""

    exit_code = 75
    kind = "unreachable"


class PartnerThrottled(PartnerError):
    """The partner asked us to slow down. `retry_after_seconds` is what it asked for, or None."""

    exit_code = 75
    kind = "throttled"

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class PartnerRefused(PartnerError):
    """401, or 403 for the whole entity: never retried, a person must act."""

    kind = "refused"


class PartnerMisbehaved(PartnerError):
    """An answer that cannot be right: a paging loop, not JSON, the wrong shape, counts that disagree."""

    kind = "misbehaved"


class FileRefused(PartnerMisbehaved):
    """A file that cannot be right. `reason` is its code: checksum, version, truncated, encoding, too_large …"""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(eq=False)
class RecordRejected(SyncError):
    """One record breaks its contract. `field` is a contract field or '' for the record as a whole."""

    reason: str
    field: str
    message: str

    kind = "rejected"

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class DayHeld(SyncError):
    """The day was read but not published: too many rejected records or a failed blocking check."""

    kind = "held"


class LandingUnavailable(SyncError):
    """The database cannot be reached or gave up; the transaction may be tried again."""

    exit_code = 75
    kind = "database"


class LandingNotMigrated(SyncError):
    """The database answers and lacks our tables: waiting does not help, `sync-platform migrate` does."""

    kind = "not_migrated"


class LandingConflict(SyncError):
    """Somebody else holds the entity and day, or this writer's lease is stale."""

    kind = "conflict"


class PipelineFrozen(SyncError):
    """A declared freeze window covers this moment: nothing is asked and nothing changes until it ends."""

    kind = "frozen"


class AuditBroken(SyncError):
    """The audit log, or what is kept of it elsewhere, is not as it was written."""

    kind = "audit"


class AccessRefused(SyncError):
    """A request to the gateway's pages that is not done. `status` is the HTTP answer, the text is for who asked."""

    kind = "access"

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class WebhookRejected(SyncError):
    """A webhook that is not stored. `reason` is a word to count by, `status` the HTTP answer, which tells no more."""

    kind = "webhook"

    def __init__(self, reason: str, *, status: int = 401) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
