"""The declaration of an entity that comes as files: the folder, the name, what makes a file complete and whole."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sync_platform.declarations.file_format import Camt053, ControlLine, FileFormat, Statement
from sync_platform.declarations.file_name import FileName
from sync_platform.declarations.model import Declared, Duration, EnvironmentVariable, Expression


class Checksum(Declared):
    """Where a file's digest is written: beside it, in a file of its name and `sidecar`, or in one `manifest` for many.

    A digest that has not come `wait` after the file is missing.
    """

    kind: Literal["sha256", "md5"] = "sha256"
    sidecar: str | None = Field(default=None, pattern=r"^\.[A-Za-z0-9.]{1,20}$")
    manifest: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$")
    wait: Duration = Field(default="15m", validate_default=True)

    @model_validator(mode="after")
    def _one_place(self) -> Checksum:
        if (self.sidecar is None) == (self.manifest is None):
            raise ValueError("give sidecar, like .sha256, or manifest, the name of the file that lists the digests")
        return self


class Ready(Declared):
    """When a file is written to its end: its `done` marker is there, or nothing changed for the `quiet` time."""

    done: str | None = Field(default=None, pattern=r"^\.[A-Za-z0-9.]{1,20}$")
    quiet: Duration = Field(default="30s", validate_default=True)


class FileLimits(Declared):
    """What is refused unread. `unpacked_bytes` is what a compressed file may become."""

    bytes: int = Field(default=256_000_000, gt=0)
    unpacked_bytes: int = Field(default=1_000_000_000, gt=0)


class FileDeclaration(Declared):
    """One entity that a partner system leaves as files in a folder.

    One file is one whole business day: what a later file of that day lacks is gone. `folder_env` names the variable
    with the folder, a path or an fsspec URL. `version` is the only one that is taken. `total_of` is the column that
    the trailer's total sums.
    """

    contract: str
    folder_env: EnvironmentVariable
    name: FileName
    format: FileFormat
    fields: dict[str, Expression] = Field(default_factory=dict)
    packed: Literal["gzip", "zip"] | None = None
    version: str | None = None
    total_of: str | None = None
    checksum: Checksum | None = None
    ready: Ready = Field(default_factory=Ready)
    limits: FileLimits = Field(default_factory=FileLimits)
    poll: Duration = Field(default="5s", validate_default=True)

    @property
    def control_lines(self) -> tuple[ControlLine, ...]:
        """Header and trailer, where the format has them."""
        lines = (getattr(self.format, "header", None), getattr(self.format, "trailer", None))
        return tuple(line for line in lines if line is not None)

    @property
    def companions(self) -> tuple[str, ...]:
        """What a file's name gets appended for the files that belong to it, the one that says `done` first."""
        endings = (self.ready.done, self.checksum.sidecar if self.checksum else None)
        return tuple(ending for ending in endings if ending)

    @model_validator(mode="after")
    def _told_somewhere(self) -> FileDeclaration:
        told = {name for line in self.control_lines for name in line.places} | self.name.parts
        if "day" not in told and not isinstance(self.format, Statement):
            raise ValueError("the business day is told nowhere: put {day:…} into the name, or a place into the header")
        if self.version is not None and "version" not in told and not isinstance(self.format, Camt053):
            raise ValueError("version is told nowhere: put {version} into the name, or a place into header or trailer")
        if ("total" in told) != (self.total_of is not None):
            raise ValueError("a total in a control line and total_of belong together")
        columns = getattr(self.format, "columns", ())
        if self.total_of is not None and self.total_of not in columns:
            raise ValueError(f"total_of names {self.total_of!r}, which is no column: {', '.join(columns)}")
        return self
