"""The two reference pages name every key there is, and their examples work as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from sync_platform.contracts.contract import EntityKind, Severity, VersionKind
from sync_platform.contracts.reader import read_contract
from sync_platform.contracts.time_format import TimeFormat
from sync_platform.declarations.partner_system import read_partner_system
from sync_platform.declarations.system import EntityDeclaration, PartnerSystemDeclaration

DOCS = Path(__file__).resolve().parents[2] / "docs"
DECLARATIONS = (DOCS / "declarations.md").read_text(encoding="utf-8")
CONTRACTS = (DOCS / "contracts.md").read_text(encoding="utf-8")


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every model that an annotation holds, and those that they hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models(field.annotation)
    for argument in get_args(annotation):
        yield from models(argument)


def examples(text: str) -> list[str]:
    """The YAML blocks of a page, without the indentation of the list that they stand in."""
    blocks = re.findall(r"^( *)```yaml\n(.*?)^ *```", text, flags=re.DOTALL | re.MULTILINE)
    return ["".join(line.removeprefix(indent) for line in block.splitlines(keepends=True)) for indent, block in blocks]


KEYS = sorted(
    {
        (model.__name__, field.alias or name)
        for model in models(PartnerSystemDeclaration)
        for name, field in model.model_fields.items()
    }
)


@pytest.mark.parametrize(("model", "key"), KEYS, ids=[f"{model}.{key}" for model, key in KEYS])
def test_every_key_of_a_declaration_is_in_its_reference(model: str, key: str) -> None:
    tables = "\n".join(line for line in DECLARATIONS.splitlines() if line.startswith("|"))

    assert re.search(rf"`{re.escape(key)}`", tables), f"{model}.{key} is not in a table of docs/declarations.md"


def test_every_word_of_a_declaration_or_contract_is_explained() -> None:
    kinds = {
        value
        for model in models(EntityDeclaration)
        for field in model.model_fields.values()
        for value in get_args(field.annotation)
        if isinstance(value, str)
    }

    assert [word for word in sorted(kinds | set(TimeFormat)) if f"`{word}`" not in DECLARATIONS] == []
    words = {*EntityKind, *VersionKind, *Severity, *(set(TimeFormat) - {TimeFormat.DATE})}
    assert [word for word in sorted(words) if f"`{word}`" not in CONTRACTS] == []


def test_the_example_of_ten_minutes_is_a_working_declaration_and_contract(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "defs.yaml").write_text(examples(DECLARATIONS)[0], encoding="utf-8")
    (tmp_path / "contracts" / "parcels.yaml").write_text(examples(CONTRACTS)[0], encoding="utf-8")

    (parcels,) = read_partner_system(tmp_path).entities

    assert parcels.address == "courier/parcels"
    assert parcels.contract.field("state").valid_values == ("handed_over", "on_the_way", "delivered", "lost")


# What stands around a part of a declaration so that it is a whole one.
API: dict[str, Any] = {"base_url_env": "X_URL", "auth": {"kind": "none"}}
ENTITY: dict[str, Any] = {"contract": "c.yaml", "path": "/x", "records": "x"}
SYSTEM: dict[str, Any] = {"system": "x", "time_zone": "UTC", "owner": {"name": "x"}, "api": API, "entities": [ENTITY]}


@pytest.mark.parametrize("example", examples(DECLARATIONS)[1:])
def test_every_example_of_a_part_is_valid_where_it_belongs(example: str) -> None:
    part = yaml.safe_load(example)

    if isinstance(part, list):
        whole = SYSTEM | {"entities": [ENTITY | item for item in part]}
    elif part.keys() <= PartnerSystemDeclaration.model_fields.keys():
        whole = SYSTEM | part
    elif part.keys() <= {"auth", "errors"}:
        whole = SYSTEM | {"api": API | part}
    else:
        whole = SYSTEM | {"entities": [ENTITY | part]}

    PartnerSystemDeclaration.model_validate(whole)


QUALITY = [
    *re.findall(r"`(\{metric: [^`]*)`", CONTRACTS),
    "{type: sql, query: 'SELECT count(*) FROM {table}', mustBe: 0}",
]


@pytest.mark.parametrize("quality", QUALITY)
def test_every_kind_of_quality_rule_that_is_shown_becomes_a_rule(tmp_path: Path, quality: str) -> None:
    under_the_entity = "rowCount" in quality or "sql" in quality
    file = tmp_path / "contract.yaml"
    document = yaml.safe_load(examples(CONTRACTS)[0])
    (entity,) = document["schema"]
    place = entity if under_the_entity else entity["properties"][2]
    place["quality"] = [yaml.safe_load(quality) | {"name": "shown"}]
    file.write_text(yaml.safe_dump(document), encoding="utf-8")

    assert "shown" in {rule.name for rule in read_contract(file).rules}


def test_the_quality_examples_were_found() -> None:
    assert len(QUALITY) >= 5
