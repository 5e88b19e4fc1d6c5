"""A bank's CAMT.053 statement as records: the booked entries, which must lead from the opening to the closing balance.

Read by hand: looked at in November 2026, pycamt 1.1 takes balances through a float, gives each transaction of a
collected entry the place of one and never adds up, pyiso20022 1.6 generates messages, and camt053 is at 0.0.
The elements are those of ISO 20022's message definition report "Bank-to-Customer Cash Management".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sync_platform.errors import FileRefused
from sync_platform.partners.files.control import Control
from sync_platform.partners.files.record import FileRecord, record_of
from sync_platform.partners.files.xml_parts import read_parts

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(camt\.053\.001\.(?:0[2-9]|1[0-3]))")
# Both tell of a balance before the first entry: that of this statement, and the closing one of the statement before.
_OPENING, _CLOSING = ("OPBD", "PRCD"), "CLBD"
_AMOUNT = re.compile(r"\d{1,18}(?:\.\d{1,5})?", re.ASCII)
_SIGNS = {"CRDT": 1, "DBIT": -1}

_STATEMENT, _BALANCE, _ENTRY = (f"BkToCstmrStmt/{name}" for name in ("Stmt/Id", "Stmt/Bal", "Stmt/Ntry"))
_SUMMARY, _PAGES = (f"BkToCstmrStmt/Stmt/{name}" for name in ("TxsSummry/TtlNtries", "StmtPgntn"))
_DETAILS = "NtryDtls/TxDtls"
_KIND = ("BkTxCd/Domn/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd")
# Since version 8 a party may be a person or a financial institution, one step deeper, and so may a status.
_NAMES = {"CRDT": ("Dbtr/Nm", "Dbtr/Pty/Nm"), "DBIT": ("Cdtr/Nm", "Cdtr/Pty/Nm")}
_STATUS = ("Sts", "Sts/Cd")
_PURPOSE = (f"{_DETAILS}/RmtInf/Ustrd", f"{_DETAILS}/RmtInf/Strd/CdtrRefInf/Ref")
_MONEY = ("Amt", "Amt@Ccy", "CdtDbtInd")

_WANTED: Mapping[str, frozenset[str]] = {
    _STATEMENT: frozenset(("",)),
    _PAGES: frozenset(("LastPgInd",)),
    _SUMMARY: frozenset(("NbOfNtries",)),
    _BALANCE: frozenset((*_MONEY, "Tp/CdOrPrtry/Cd", "Dt/Dt", "Dt/DtTm")),
    _ENTRY: frozenset(
        (
            *_MONEY,
            *_STATUS,
            *_KIND,
            *_PURPOSE,
            *(f"{_DETAILS}/RltdPties/{name}" for names in _NAMES.values() for name in names),
            "BkTxCd/Prtry/Cd",
            "BookgDt/Dt",
            "BookgDt/DtTm",
            "ValDt/Dt",
            "ValDt/DtTm",
            "AcctSvcrRef",
            "AddtlNtryInf",
            f"{_DETAILS}#",
            f"{_DETAILS}/Refs/EndToEndId",
        )
    ),
}


def read_camt053(path: Path, *, control: Control) -> Iterator[FileRecord]:
    """The booked entries in their order; `control` gets version, day and count. Raises FileRefused.

    An entry that collects several transactions is one record without what only one transaction can tell.
    """

    def judge_root(namespace: str, name: str) -> None:
        found = _NAMESPACE.fullmatch(namespace)
        if found is None or name != "Document":
            raise FileRefused("version", f"it is {namespace[-60:] or name[:60]!r}, not camt.053.001.02 to .13.")
        control.said["version"] = found[1]

    statements = entries = booked = 0
    balances: dict[str, tuple[Decimal, str, date | None]] = {}
    total, currencies = Decimal(0), set[str | None]()
    said_entries = None
    for part, texts in read_parts(path, _WANTED, judge_root=judge_root):
        if part == _STATEMENT:
            statements += 1
        elif part == _PAGES and texts.get("LastPgInd") == "false":
            raise FileRefused("format", "it is one page of a statement; one statement a file is expected.")
        elif part == _SUMMARY:
            said_entries = texts.get("NbOfNtries")
        elif part == _BALANCE:
            _note_balance(balances, texts)
        elif part == _ENTRY:
            entries += 1
            if next((texts[name] for name in _STATUS if name in texts), None) == "BOOK":
                booked += 1
                values = _entry(booked, texts)
                total += Decimal(values["amount"])
                currencies.add(values["currency"])
                yield record_of(booked, values)
    if statements != 1:
        raise FileRefused("format", f"it holds {statements} statements; one a file is expected.")
    if said_entries is not None:
        control.said["count"] = said_entries
        # Whether those that are only expected count among them, banks do not agree.
        if said_entries not in (str(entries), str(booked)):
            raise FileRefused("truncated", f"it says that it has {said_entries!r} entries, {entries} came.")
    _judge_balances(balances, total, currencies, control=control)


def _note_balance(balances: dict[str, tuple[Decimal, str, date | None]], texts: Mapping[str, str]) -> None:
    code = texts.get("Tp/CdOrPrtry/Cd")
    if code not in (*_OPENING, _CLOSING):
        return
    if code in balances:
        raise FileRefused("format", f"it tells its {code} balance twice.")
    balances[code] = (_amount(texts, f"its {code} balance"), texts.get("Amt@Ccy", ""), _day(texts, "Dt"))


def _judge_balances(
    balances: Mapping[str, tuple[Decimal, str, date | None]],
    total: Decimal,
    currencies: set[str | None],
    *,
    control: Control,
) -> None:
    """Note the day and the total; raise FileRefused when the entries do not lead from balance to balance."""
    opening = next((balances[code] for code in _OPENING if code in balances), None)
    closing = balances.get(_CLOSING)
    if opening is None or closing is None:
        raise FileRefused("total", f"it has no {'opening' if opening is None else 'closing'} balance.")
    if currencies - {closing[1]} or opening[1] != closing[1]:
        raise FileRefused("total", f"its closing balance is in {closing[1][:10]!r}, not all its entries are.")
    if opening[0] + total != closing[0]:
        raise FileRefused("total", f"its entries lead to {opening[0] + total}, its closing balance is {closing[0]}.")
    control.day = closing[2]
    control.said["total"] = str(closing[0] - opening[0])


def _entry(number: int, texts: Mapping[str, str]) -> dict[str, Any]:
    amount = _amount(texts, f"its entry {number}")
    booked_on = _day(texts, "BookgDt") or _day(texts, "ValDt")
    valued_on = _day(texts, "ValDt") or booked_on
    domain = [texts[name] for name in _KIND if name in texts]
    single = texts if texts.get(f"{_DETAILS}#", "1") == "1" else {}
    reference = single.get(f"{_DETAILS}/Refs/EndToEndId")
    names = (f"{_DETAILS}/RltdPties/{name}" for name in _NAMES[texts["CdtDbtInd"]])
    return {
        "entry_no": number,
        "value_date": valued_on.isoformat() if valued_on else None,
        "booking_date": booked_on.isoformat() if booked_on else None,
        "kind": "-".join(domain) or texts.get("BkTxCd/Prtry/Cd"),
        "amount": format(amount, "f"),
        "currency": texts.get("Amt@Ccy"),
        # What ISO 20022 writes where the sender gave none.
        "customer_reference": None if reference == "NOTPROVIDED" else reference,
        "bank_reference": texts.get("AcctSvcrRef"),
        "transaction_code": texts.get("BkTxCd/Prtry/Cd"),
        "posting_text": texts.get("AddtlNtryInf"),
        "purpose": next((single[name] for name in _PURPOSE if name in single), None),
        "applicant_name": next((single[name] for name in names if name in single), None),
    }


def _amount(texts: Mapping[str, str], what: str) -> Decimal:
    """Below zero for what was taken. That an entry takes another one back changes nothing: its side is its own."""
    amount, side = texts.get("Amt", ""), texts.get("CdtDbtInd", "")
    if _AMOUNT.fullmatch(amount) is None or side not in _SIGNS:
        raise FileRefused("format", f"{what} has no amount, or no side CRDT or DBIT.")
    return _SIGNS[side] * Decimal(amount)


def _day(texts: Mapping[str, str], name: str) -> date | None:
    """The day of a date or of a moment, as the bank labels it."""
    written = texts.get(f"{name}/Dt") or texts.get(f"{name}/DtTm")
    if written is None:
        return None
    try:
        return date.fromisoformat(written[:10])
    except ValueError as error:
        raise FileRefused("format", f"{name} {written[:30]!r} is no date.") from error
