"""A CAMT.053 statement becomes its booked entries, and is refused where they do not lead to its closing balance."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sync_platform.declarations.files import FileDeclaration
from sync_platform.errors import FileRefused
from sync_platform.partners.files import xml_parts
from sync_platform.partners.files.control import Control, day_of_file, judge_control
from sync_platform.partners.files.reading import read_records

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def balance(code: str, amount: str, day: str, *, side: str = "CRDT") -> str:
    return f"""
      <Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="LKR">{amount}</Amt>
        <CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"""


PAYOUT = """
      <Ntry><NtryRef>1</NtryRef><Amt Ccy="LKR">848.13</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
        <BookgDt><Dt>2026-11-20</Dt></BookgDt><ValDt><DtTm>2026-11-21T00:00:00+05:30</DtTm></ValDt>
        <AcctSvcrRef>B1</AcctSvcrRef>
        <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn>
          <Prtry><Cd>NTRF</Cd></Prtry></BkTxCd>
        <NtryDtls><TxDtls><Refs><EndToEndId>po_1</EndToEndId></Refs><Amt Ccy="USD">2.75</Amt>
          <RltdPties><Dbtr><Pty><Nm>Paygate &amp; Sons</Nm></Pty></Dbtr><Cdtr><Pty><Nm>We</Nm></Pty></Cdtr></RltdPties>
          <RmtInf><Ustrd>Card payments</Ustrd><Ustrd>of Friday</Ustrd></RmtInf></TxDtls></NtryDtls>
        <AddtlNtryInf>Transfer</AddtlNtryInf></Ntry>"""
SALARIES = """
      <Ntry><Amt Ccy="LKR">35.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
        <BookgDt><Dt>2026-11-20</Dt></BookgDt><BkTxCd><Prtry><Cd>NSAL</Cd></Prtry></BkTxCd>
        <NtryDtls><TxDtls><Refs><EndToEndId>a</EndToEndId></Refs></TxDtls>
          <TxDtls><Refs><EndToEndId>b</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"""
EXPECTED = """
      <Ntry><Amt Ccy="LKR">9.99</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts></Ntry>"""
STATEMENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{NAMESPACE}">
  <BkToCstmrStmt>
    <GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-21T00:30:00+05:30</CreDtTm></GrpHdr>
    <Stmt><Id>S1</Id><StmtPgntn><PgNb>1</PgNb><LastPgInd>true</LastPgInd></StmtPgntn>
      <Acct><Id><IBAN>LK0000</IBAN></Id><Ccy>LKR</Ccy></Acct>\
{balance("OPBD", "1000.00", "2026-11-19", side="DBIT")}{balance("CLAV", "7.00", "2026-11-20")}\
{balance("CLBD", "186.87", "2026-11-20", side="DBIT")}
      <TxsSummry><TtlNtries><NbOfNtries>3</NbOfNtries></TtlNtries></TxsSummry>{PAYOUT}{SALARIES}{EXPECTED}
    </Stmt>
  </BkToCstmrStmt>
</Document>
"""
FILE = FileDeclaration.model_validate(
    {
        "contract": "c.yaml",
        "folder_env": "DROP",
        "name": "x_{number}.xml",
        "format": {"kind": "camt053"},
        "version": "camt.053.001.08",
    }
)


def read(path: Path, text: str | bytes) -> tuple[list[dict[str, Any]], Control]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    control = Control()
    records = [json.loads(one.raw) for one in read_records(path, FILE, types={}, control=control)]
    judge_control(control, FILE, named={})
    return records, control


def test_booked_entries_come_with_their_signs_days_and_references(tmp_path: Path) -> None:
    (payout, salaries), control = read(tmp_path / "x", STATEMENT)

    assert payout == {
        "entry_no": 1,
        "value_date": "2026-11-21",
        "booking_date": "2026-11-20",
        "kind": "PMNT-RCDT-DMCT",
        "amount": "848.13",
        "currency": "LKR",
        "customer_reference": "po_1",
        "bank_reference": "B1",
        "transaction_code": "NTRF",
        "posting_text": "Transfer",
        "purpose": "Card payments\nof Friday",
        "applicant_name": "Paygate & Sons",
    }
    assert (salaries["entry_no"], salaries["amount"], salaries["kind"]) == (2, "-35.00", "NSAL")
    assert (salaries["value_date"], salaries["customer_reference"]) == ("2026-11-20", None)
    assert day_of_file(control, FILE, name="x_1.xml") == date(2026, 11, 20)
    assert control.said == {"version": "camt.053.001.08", "count": "3", "total": "813.13"}


@pytest.mark.parametrize("version", [*(f"{number:02}" for number in range(2, 14))])
def test_the_versions_02_to_13_are_known_and_the_declared_one_is_held_against_it(tmp_path: Path, version: str) -> None:
    """Fault C2."""
    text = STATEMENT.replace(NAMESPACE, NAMESPACE[:-2] + version)
    if version == "08":
        assert len(read(tmp_path / "x", text)[0]) == 2
        return

    with pytest.raises(FileRefused, match=f"camt.053.001.{version}', known is 'camt.053.001.08'"):
        read(tmp_path / "x", text)


def test_a_prefix_and_another_encoding_change_nothing(tmp_path: Path) -> None:
    plain = STATEMENT.replace("<Document xmlns=", "<Document xmlns:c=").replace("UTF-8", "windows-1252")
    prefixed = plain.replace("</", "</c:").replace("<", "<c:").replace("<c:/c:", "</c:").replace("<c:?", "<?")

    found, _ = read(tmp_path / "x", prefixed.replace("Paygate", "Müller €").encode("windows-1252"))

    assert found[0]["applicant_name"] == "Müller € & Sons"


def test_what_is_of_another_namespace_is_passed_over(tmp_path: Path) -> None:
    other = '<SplmtryData xmlns="urn:other"><Amt>1</Amt><Sts>PDNG</Sts></SplmtryData>'

    assert len(read(tmp_path / "x", STATEMENT.replace("<NtryRef>1</NtryRef>", other))[0]) == 2


WRONG: dict[str, tuple[str, str, str]] = {
    "a balance that does not add up": ("186.87", "186.86", "total"),
    "no opening balance": ("<Cd>OPBD</Cd>", "<Cd>ITBD</Cd>", "total"),
    "fewer entries than counted": (EXPECTED, "", "truncated"),
    "no closing balance": ("<Cd>CLBD</Cd>", "<Cd>ITBD</Cd>", "total"),
    "an opening balance twice": ("<Cd>CLAV</Cd>", "<Cd>OPBD</Cd>", "format"),
    "an entry in another currency": ('<Ntry><Amt Ccy="LKR">35', '<Ntry><Amt Ccy="USD">35', "total"),
    "an amount that is none": (">848.13<", ">8,48e2<", "format"),
    "a side that is none": ("<CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK", "<CdtDbtInd>OUT</CdtDbtInd><Sts>BOOK", "format"),
    "a day that is none": ("<BookgDt><Dt>2026-11-20", "<BookgDt><Dt>20.11.2026", "format"),
    "two statements": ("</Stmt>", "</Stmt><Stmt><Id>S2</Id></Stmt>", "format"),
    "the first of two pages": ("<LastPgInd>true", "<LastPgInd>false", "format"),
    "another message": ("camt.053.001", "camt.052.001", "version"),
    "no namespace": (f' xmlns="{NAMESPACE}"', "", "version"),
    "another root": ("Document", "Envelope", "version"),
    "cut": ("</BkToCstmrStmt>\n</Document>", "", "truncated"),
    "cut within a tag": ("<AcctSvcrRef>B1", "\0", "format"),
    "no XML": ("<?xml", "{", "format"),
    "an encoding nobody knows": ("UTF-8", "UTF-9", "format"),
    "an entity bomb": ("<Document", '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><Document', "bomb"),
    "an outside entity": ("<Document", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Document', "bomb"),
    "an outside document type": ("<Document", '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x"><Document', "bomb"),
    "too deep": ("<AcctSvcrRef>", "<a>" * 70 + "<AcctSvcrRef>", "bomb"),
    "a text without end": (">Transfer<", ">" + "x" * 200_000 + "<", "bomb"),
    "a tag without end": ("<AcctSvcrRef>", '<AcctSvcrRef x="' + "x" * 1_200_000, "bomb"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_statement_that_cannot_be_right_is_refused(tmp_path: Path, case: str) -> None:
    """Faults C2, C3, C8."""
    change, to, reason = WRONG[case]
    assert change in STATEMENT

    with pytest.raises(FileRefused) as refused:
        read(tmp_path / "x", STATEMENT.replace(change, to))

    assert refused.value.reason == reason


def test_cut_at_any_place_it_is_refused(tmp_path: Path) -> None:
    """Fault C3."""
    whole = STATEMENT.encode()
    end = whole.rindex(b">") + 1

    for at in range(0, end, 97):
        with pytest.raises(FileRefused):
            read(tmp_path / "x", whole[:at])


def test_an_entry_of_very_many_transactions_is_one_record_and_keeps_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml_parts, "MOST_TEXT_CHARACTERS", 1_000)
    one = "<TxDtls><Refs><EndToEndId>a</EndToEndId></Refs></TxDtls>"

    found, _ = read(tmp_path / "x", STATEMENT.replace(one, one * 5_000))

    assert (len(found), found[1]["customer_reference"]) == (2, None)
