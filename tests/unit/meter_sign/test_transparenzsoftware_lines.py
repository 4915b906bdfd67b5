"""What the driver's tool would say of Alfen and PCDF lines: its rules, and what it accepts that is refused here."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meter_sign.judgement import KeyPolicy, judge
from meter_sign.judgement.model import ToolOpinion
from tests.support import alfen, pcdf
from tests.support.ocmf import spki_hex, value, xml

AT = datetime(2026, 1, 1, tzinfo=UTC)


def opinion(*values: str, root: str = "values") -> ToolOpinion:
    """The opinion on the only transaction of a file."""
    (only,) = judge(xml(*values, root=root), KeyPolicy(), at=AT).transactions
    return only.transparenzsoftware


def in_transaction(
    *texts: str, contexts: tuple[str | None, ...] = ("Transaction.Begin", "Transaction.End")
) -> tuple[str, ...]:
    """Values under one transaction id of the container."""
    return tuple(value(text, context=context, transactionId="7") for text, context in zip(texts, contexts, strict=True))


_WITHOUT_KEY = alfen.begin().replace(alfen.base32(alfen.compressed()), "")

REFUSALS: dict[str, tuple[str, ...]] = {
    "METER_STATUS": (value(alfen.begin(status=alfen.START | 1 << 16)),),
    "SESSION": in_transaction(alfen.begin(), alfen.end(session=88)),
    "PAGINATION": in_transaction(alfen.begin(), alfen.end(paging=171)),
    "VALUE_DECREASES": in_transaction(alfen.begin(), alfen.end(value=99_999)),
    "CONTEXT": in_transaction(alfen.begin(), alfen.end(), contexts=("Transaction.Begin", None)),
    "FORMATS_MIXED": in_transaction(alfen.begin(), pcdf.line()),
    "KEY_MISSING": (value(_WITHOUT_KEY, key=spki_hex(alfen.KEY)),),
    "KEY": (value(pcdf.sign(pcdf.signed_part().replace(pcdf.point(), "00"))),),
    "SIGNATURE": (value(pcdf.line().replace("0010.500", "0001.500")),),
    "BILLING_NOT_VALID": (value(pcdf.line(BV="0")),),
    "PAIR_NOT_JUDGED": in_transaction(pcdf.line(), pcdf.line(CSC="19")),
    "STRUCTURE": (value("AP;"),),
    "NOT_JUDGED_HERE": (value(pcdf.line(DT="1")),),
}


@pytest.mark.parametrize("rule", REFUSALS)
def test_rule_refuses(rule: str) -> None:
    """Lines that break one rule are refused by that rule."""
    assert ToolOpinion(would_verify=False, rule=rule) == opinion(*REFUSALS[rule])


@pytest.mark.parametrize("bit", [1, 2, 16, 30, 31])
def test_error_bits_of_the_tool(bit: int) -> None:
    """The tool reports five bits of an Alfen status as errors."""
    assert ToolOpinion(would_verify=False, rule="METER_STATUS") == opinion(value(alfen.begin(status=1 << bit)))


@pytest.mark.parametrize("text", [alfen.begin(), pcdf.line()])
def test_namespace_is_refused_in_every_format(text: str) -> None:
    """The container is opened before any format is."""
    refused = ToolOpinion(would_verify=False, rule="XML_NAMESPACE")
    assert refused == opinion(value(text), root='values xmlns="urn:x"')


VERIFIED = {
    "Alfen line": (value(alfen.begin()),),
    "Alfen pair": in_transaction(alfen.begin(), alfen.end()),
    "Alfen pair of two meters": in_transaction(alfen.begin(), alfen.end(meter_id=alfen.ADAPTER_ID)),
    "Alfen type changed": in_transaction(alfen.begin(type_="1"), alfen.end()),
    "status that the tool only shows": (value(alfen.begin(status=alfen.START | 1 << 26)),),
    "PCDF line": (value(pcdf.line()),),
}


@pytest.mark.parametrize("name", VERIFIED)
def test_nothing_is_refused_without_a_rule(name: str) -> None:
    """What breaks no rule of the tool would verify there, whatever the law says here."""
    assert ToolOpinion(would_verify=True, rule=None) == opinion(*VERIFIED[name])
