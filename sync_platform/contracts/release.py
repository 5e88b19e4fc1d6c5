"""Released versions of a contract: copies beside it that nobody changes any more, each with its fingerprint.

`contracts/orders.yaml` is what is being worked on; `contracts/released/orders-1.4.0.yaml` is what was promised. The
first line of a copy says when it was released and what its content adds up to, so that a later edit shows. That
fingerprint is of the content: comments, quotes and the order of keys may change, a word of the contract may not.
Whoever rewrites the line too is found out by the database, which has registered the fingerprint.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from sync_platform.contracts.contract import Contract
from sync_platform.contracts.reader import read_contract
from sync_platform.contracts.semantic_version import SemanticVersion, read_version
from sync_platform.errors import DeclarationError
from sync_platform.yaml_source import YamlSource, read_yaml, shown_path

FOLDER = "released"
_FIRST_LINE = re.compile(r"# Released (\d{4}-\d{2}-\d{2}), sha256:([0-9a-f]{64})\. .*")
_PARDON = "Never edit this copy: a change is a new version (docs/contracts.md)."


@dataclass(frozen=True)
class Release:
    """One released copy. `content` is the document as plain values; what it means is read only when it is asked for."""

    contract_id: str
    version: SemanticVersion
    entity: str
    released_on: date
    fingerprint: str
    content: dict[str, Any]
    file: Path

    def contract(self) -> Contract:
        """What the copy means. Raises DeclarationError where this version of the platform reads it no longer."""
        return read_contract(self.file)


def content_of(file: Path) -> dict[str, Any]:
    """A contract's document as JSON has it: keys are texts, and a date that YAML read is written out."""
    return _content(read_yaml(file).data)


def fingerprint_of(content: dict[str, Any]) -> str:
    """What a document's content adds up to: equal for two that say the same, however they are laid out."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def release_file(contract: Contract) -> Path:
    """Where this version's released copy belongs."""
    return contract.file.parent / FOLDER / f"{contract.entity}-{contract.version}.yaml"


def write_release(contract: Contract, *, day: date) -> Path:
    """Write the released copy of the contract as it lies in its file now; the copy's place.

    Raises FileExistsError rather than touch a copy that is there.
    """
    file = release_file(contract)
    text = contract.file.read_text(encoding="utf-8")
    first = f"# Released {day}, sha256:{fingerprint_of(content_of(contract.file))}. {_PARDON}\n"
    file.parent.mkdir(exist_ok=True)
    with file.open("x", encoding="utf-8") as copy:
        copy.write(first + text)
    return file


def release_files(folder: Path) -> list[Path]:
    """The released copies of the contracts in `folder`, by name."""
    return sorted((folder / FOLDER).glob("*.yaml"))


def read_release(file: Path) -> Release:
    """One released copy. Raises DeclarationError for one that was changed, or was not written by a release."""
    source = read_yaml(file)
    content = _content(source.data)
    first = _FIRST_LINE.fullmatch(file.read_text(encoding="utf-8").partition("\n")[0])
    if first is None:
        raise _error(source, "the first line does not say when this was released, and its fingerprint.", at=())
    version = _version(source, content)
    entity = _entity(content)
    name = f"{entity}-{version}.yaml"
    if file.name != name:
        raise _error(source, f"this copy is of {name.removesuffix('.yaml')}.", at=("version",))
    if fingerprint_of(content) != first.group(2):
        raise _error(source, f"{content.get('id')} {version} was changed after its release on {first.group(1)}.", at=())
    return Release(
        contract_id=str(content.get("id")),
        version=version,
        entity=entity,
        released_on=date.fromisoformat(first.group(1)),
        fingerprint=first.group(2),
        content=content,
        file=file,
    )


def read_releases(folder: Path) -> tuple[Release, ...]:
    """The released versions of every contract in `folder`, oldest first. Raises DeclarationError for a changed copy."""
    return tuple(sorted(map(read_release, release_files(folder)), key=lambda one: (one.contract_id, one.version)))


def _version(source: YamlSource, content: dict[str, Any]) -> SemanticVersion:
    try:
        return read_version(str(content.get("version")))
    except ValueError as error:
        raise _error(source, f"{error}.", at=("version",)) from error


def _entity(content: dict[str, Any]) -> str:
    schema = content.get("schema")
    first = schema[0] if isinstance(schema, list) and schema else None
    return str(first.get("name")) if isinstance(first, dict) else ""


def _error(source: YamlSource, message: str, *, at: tuple[str, ...]) -> DeclarationError:
    """`at` is empty where the copy as a whole is meant."""
    restore = f"git checkout -- {shown_path(source.file)}"
    remedy = f"Restore it ({restore}); what changed goes into the contract beside the folder, under a new version."
    place = source.place(at) if at else shown_path(source.file)
    return DeclarationError(message, place=place, remedy=remedy)


def _content(data: Any) -> dict[str, Any]:
    return _plain(data) if isinstance(data, dict) else {}


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case str() | int() | float() | None:
            return value
    return str(value)
