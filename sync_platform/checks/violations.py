"""Which rows break a rule: one query for a few of them, so that a person can look them up by their key."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import psycopg
from psycopg import sql

from sync_platform.checks.business_record import repeated, spaced
from sync_platform.checks.relation import Relation
from sync_platform.contracts.contract import Contract, Rule
from sync_platform.contracts.expectation_names import BUSINESS_RECORD_ONCE
from sync_platform.redact import mask_value

SAMPLE_ROWS = 5
MISSING = "NULL"
DEAD_LETTER = "dead_letter"
_TEXT_CHARACTERS = 80
_LETTERS = """
select record_key, max(dead_letter_id) from sync.dead_letter
where system = %(system)s and entity = %(entity)s and state = 'open' and record_key = any (%(keys)s)
group by record_key
"""


def sample_violations(
    connection: psycopg.Connection, contract: Contract, *, relation: Relation, rule: Rule
) -> tuple[dict[str, str], ...]:
    """Up to five rows that break `rule`, in the order of their keys; none for a rule that judges no single row.

    A row whose record has an open dead letter too, another version of it that could not be taken in, names it.
    """
    condition = violation(rule, relation)
    if condition is None:
        return ()
    columns = tuple(dict.fromkeys((*contract.key, *judged_columns(rule))))
    order = sql.SQL(", ").join(map(sql.Identifier, contract.key))
    statement = sql.SQL("select {}, {} from ({}) as checked_rows where {} order by {} limit {}").format(
        sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in columns),
        _key_text(contract),
        relation.select(contract.columns),
        condition,
        order,
        sql.Literal(SAMPLE_ROWS),
    )
    personal = {field.name for field in contract.fields if field.personal}
    rows = connection.execute(statement).fetchall()
    letters = _open_letters(connection, contract, relation, keys=[row[-1] for row in rows])
    return tuple(
        {
            **{name: _shown(value, personal=name in personal) for name, value in zip(columns, row[:-1], strict=True)},
            **({DEAD_LETTER: letters[row[-1]]} if row[-1] in letters else {}),
        }
        for row in rows
    )


def judged_columns(rule: Rule) -> tuple[str, ...]:
    """The columns a rule speaks of."""
    arguments = rule.arguments
    listed = arguments.get("key") or arguments.get("column_list") or ()
    content = (arguments.get("at"), *arguments.get("fields", ())) if _is_content(rule) else ()
    named = (rule.column, arguments.get("column_A"), arguments.get("column_B"), *listed, *content)
    return tuple(name for name in named if isinstance(name, str))


def violation(rule: Rule, relation: Relation) -> sql.Composed | None:
    """The SQL condition under which a row breaks `rule`; None where no single row can be blamed."""
    condition = _CONDITIONS.get(rule.expectation)
    return condition(rule, relation) if condition else None


def _is_content(rule: Rule) -> bool:
    return rule.expectation == BUSINESS_RECORD_ONCE


def _business_record(rule: Rule, relation: Relation) -> sql.Composed:
    """The row has a twin; `_CONDITIONS` names it."""
    columns = (*rule.arguments["key"], rule.arguments["at"], *rule.arguments["fields"], *rule.arguments["lists"])
    rows = sql.SQL("({}) as again").format(relation.select(tuple(dict.fromkeys(columns))))
    key = sql.SQL(", ").join(map(sql.Identifier, rule.arguments["key"]))
    return sql.SQL("({0}) in (select {0} from ({1}) as spaced where {2})").format(
        key, spaced(rule.arguments, rows), repeated(rule.arguments)
    )


def _key_text(contract: Contract) -> sql.Composed:
    """A row's key as dead letters have it: a JSON array without blanks."""
    parts = [sql.SQL("to_json({})::text").format(sql.Identifier(name)) for name in contract.key]
    return sql.SQL("concat('[', concat_ws(',', {}), ']')").format(sql.SQL(", ").join(parts))


def _open_letters(
    connection: psycopg.Connection, contract: Contract, relation: Relation, *, keys: Sequence[str]
) -> dict[str, str]:
    """The newest open dead letter of each of these records that has one."""
    known = connection.execute("select to_regclass('sync.dead_letter')").fetchone()
    if not keys or known is None or known[0] is None:
        return {}
    rows = connection.execute(_LETTERS, {"system": relation.system, "entity": contract.entity, "keys": list(keys)})
    return {key: str(letter) for key, letter in rows}


def _shown(value: str | None, *, personal: bool) -> str:
    if value is None:
        return MISSING
    if personal:
        return mask_value(value)
    return value if len(value) <= _TEXT_CHARACTERS else value[:_TEXT_CHARACTERS] + "…"


def _compared(template: str) -> Callable[[Rule, Relation], sql.Composed]:
    """A condition on the rule's one column, which is the template's first blank."""
    return lambda rule, _: sql.SQL(template).format(sql.Identifier(rule.column or ""))


def _with(template: str, argument: str) -> Callable[[Rule, Relation], sql.Composed]:
    """A condition on the rule's one column and one of its arguments."""

    def condition(rule: Rule, _: Relation) -> sql.Composed:
        value = rule.arguments[argument]
        literal = sql.SQL(", ").join(map(sql.Literal, value)) if isinstance(value, list) else sql.Literal(value)
        return sql.SQL(template).format(sql.Identifier(rule.column or ""), literal)

    return condition


def _outside(measure: str) -> Callable[[Rule, Relation], sql.Composed]:
    """`measure` of the column is below the rule's minimum or above its maximum."""

    def condition(rule: Rule, _: Relation) -> sql.Composed:
        value = sql.SQL(measure).format(sql.Identifier(rule.column or ""))
        limits = (
            ("min_value", "<=" if rule.arguments.get("strict_min") else "<"),
            ("max_value", ">=" if rule.arguments.get("strict_max") else ">"),
        )
        broken = [
            sql.SQL("{} {} {}").format(value, sql.SQL(operator), sql.Literal(rule.arguments[limit]))
            for limit, operator in limits
            if rule.arguments.get(limit) is not None
        ]
        return sql.SQL("({})").format(sql.SQL(" or ").join(broken))

    return condition


def _repeated(columns: Callable[[Rule], Sequence[str]]) -> Callable[[Rule, Relation], sql.Composed]:
    """The columns' values occur more than once among the relation's rows."""

    def condition(rule: Rule, relation: Relation) -> sql.Composed:
        names = columns(rule)
        listed = sql.SQL(", ").join(map(sql.Identifier, names))
        return sql.SQL("({0}) in (select {0} from ({1}) as again group by {0} having count(*) > 1)").format(
            listed, relation.select(names)
        )

    return condition


def _pair(template: str, equal: str | None = None) -> Callable[[Rule, Relation], sql.Composed]:
    def condition(rule: Rule, _: Relation) -> sql.Composed:
        chosen = equal if equal and rule.arguments.get("or_equal") else template
        names = (sql.Identifier(rule.arguments[name]) for name in ("column_A", "column_B"))
        return sql.SQL(chosen).format(*names)

    return condition


_CONDITIONS: dict[str, Callable[[Rule, Relation], sql.Composed]] = {
    "ExpectColumnValuesToNotBeNull": _compared("{} is null"),
    "ExpectColumnValuesToBeNull": _compared("{} is not null"),
    "ExpectColumnValuesToBeBetween": _outside("{}"),
    "ExpectColumnValueLengthsToBeBetween": _outside("length({})"),
    "ExpectColumnValueLengthsToEqual": _with("length({}) <> {}", "value"),
    "ExpectColumnValuesToBeInSet": _with("{} not in ({})", "value_set"),
    "ExpectColumnValuesToNotBeInSet": _with("{} in ({})", "value_set"),
    "ExpectColumnValuesToMatchRegex": _with("{} !~ {}", "regex"),
    "ExpectColumnValuesToNotMatchRegex": _with("{} ~ {}", "regex"),
    "ExpectColumnValuesToMatchLikePattern": _with("{} not like {}", "like_pattern"),
    "ExpectColumnValuesToNotMatchLikePattern": _with("{} like {}", "like_pattern"),
    "ExpectColumnValuesToBeUnique": _repeated(lambda rule: (rule.column or "",)),
    "ExpectCompoundColumnsToBeUnique": _repeated(lambda rule: rule.arguments["column_list"]),
    "ExpectKeyUnique": _repeated(lambda rule: rule.arguments["key"]),
    BUSINESS_RECORD_ONCE: _business_record,
    "ExpectColumnPairValuesAToBeGreaterThanB": _pair("{} <= {}", equal="{} < {}"),
    "ExpectColumnPairValuesToBeEqual": _pair("{} <> {}"),
}
