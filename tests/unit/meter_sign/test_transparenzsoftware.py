"""What the driver's tool would say: one refusal for each rule of the table, and none without a reason."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from meter_sign.judgement import KeyPolicy, Status, judge
from meter_sign.judgement.model import ToolOpinion
from meter_sign.judgement.transparenzsoftware.ocmf import RULES
from meter_sign.limits import Limits
from tests.support.ocmf import BEGIN, BEGIN_RECORD, END, END_RECORD, SESSION, sign_text, spki_hex, value, xml
from tests.support.records import KEY, payload, reading, record_text

AT = datetime(2026, 1, 1, tzinfo=UTC)


def beside(text: str | bytes, **attributes: str) -> str:
    """A value with its key."""
    return value(text if isinstance(text, str) else text.decode(), key=spki_hex(KEY), **attributes)


def opinion(*values: str, root: str = "values") -> ToolOpinion:
    """The opinion on the only transaction of a file."""
    (only,) = judge(xml(*values, root=root), KeyPolicy(), at=AT).transactions
    return only.transparenzsoftware


def session(begin: dict[str, Any] | None = None, end: dict[str, Any] | None = None, **fields: Any) -> str:
    """A value with a whole session, with changes to its begin, its end and its record."""
    return beside(record_text(payload(BEGIN | (begin or {}), END | (end or {}), **fields)))


def raw_signature(der: bytes) -> bytes:
    """R and s side by side."""
    return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))


def padded_signature(der: bytes) -> bytes:
    """One more leading zero before r than DER allows."""
    return bytes((0x30, der[1] + 1, 0x02, der[3] + 1, 0x00)) + der[4:]


POINT = KEY.public_key().public_numbers()
RAW_KEY = "04" + POINT.x.to_bytes(32, "big").hex() + POINT.y.to_bytes(32, "big").hex()

REFUSALS: dict[str, tuple[str, ...]] = {
    "FORMAT_VERSION_MISSING": (session(FV=None),),
    "FORMAT_VERSION_ABOVE_1_3": (session(FV="1.4"),),
    "PIPE_IN_SECTION": (session(TT="Tag|Nacht"),),
    "SIGNATURE_ENCODING_SPELLING": (beside(record_text(payload(BEGIN, END), SE="BASE64")),),
    "KEY_MISSING": (value(SESSION),),
    "KEY_NOT_SPKI": (value(SESSION, key=RAW_KEY),),
    "SIGNATURE_RAW": (beside(record_text(payload(BEGIN, END), respell=raw_signature)),),
    "SIGNATURE_PADDED_INTEGER": (beside(record_text(payload(BEGIN, END), respell=padded_signature)),),
    "EVENT_COUNTER": (session({"EI": 1}, {"EI": 2}, FV="0.4", IS="VERIFIED", IL=None),),
    "BEGIN_NOT_UNIQUE": (session({"RI": "1-0:2.8.0"}),),
    "END_NOT_UNIQUE": (session(end={"RI": "1-0:16.8.0"}),),
    "VALUE_DECREASES": (session({"RV": "111"}),),
    "TIME_DECREASES": (session({"TM": "2024-03-01T12:00:00,000+0000 S"}),),
    "IDENTIFICATION_LEVEL": (session(IL="MISMATCH"),),
    "METER_STATUS": (session({"ST": "F"}),),
    "CLOCK_NOT_STATED": (session({"TM": "2024-03-01T08:00:00,000+0000"}),),
    "CLOCK_RELATIVE_THEN_NOT": (session({"TM": "2024-03-01T08:00:00,000+0000 R"}),),
    "ENERGY_FLAGGED": (session(end={"EF": "E"}),),
    "STRUCTURE": ("<value/>",),
    "SIGNATURE": (beside(SESSION.replace("110.5", "110.6")),),
    "KEY": (value(SESSION, key="00"),),
    "NOT_JUDGED_HERE": ("<value><encodedData format='OCMF' encoding='hex'>3082</encodedData></value>",),
    "CONTEXT": (
        beside(BEGIN_RECORD, context="Transaction.End", transactionId="7"),
        beside(END_RECORD, context="Transaction.Begin", transactionId="7"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", REFUSALS)
def test_rule_refuses(rule: str) -> None:
    """Data that breaks one rule is refused by that rule."""
    assert ToolOpinion(would_verify=False, rule=rule) == opinion(*REFUSALS[rule])


def test_namespace_is_refused() -> None:
    """The tool cannot open a container with a namespace."""
    refused = ToolOpinion(would_verify=False, rule="XML_NAMESPACE")
    assert refused == opinion(beside(SESSION), root='values xmlns="urn:x"')


def test_key_in_the_record_is_none_for_the_tool() -> None:
    """The tool ignores a fourth section, so without a key beside it has none."""
    assert ToolOpinion(would_verify=False, rule="KEY_MISSING") == opinion(value(f"{SESSION}|{spki_hex(KEY)}"))


def test_every_rule_is_tested() -> None:
    """A new rule for OCMF needs its case above."""
    assert set() == RULES - REFUSALS.keys()


VERIFIED = {
    "whole session": (beside(SESSION),),
    "begin alone": (beside(BEGIN_RECORD),),
    "pair": (
        beside(BEGIN_RECORD, context="Transaction.Begin", transactionId="7"),
        beside(END_RECORD, context="Transaction.End", transactionId="7"),
    ),
    "fourth section beside a key": (beside(SESSION + "|x"),),
    "key in base64": (value(SESSION, key=b64encode(bytes.fromhex(spki_hex(KEY))).decode()),),
    "unit and status taken over": (session(end={"RU": None, "ST": None}),),
    "flag on the time": (session({"EF": "t"}),),
    "synchronised, then relative": (session(end={"TM": "2024-03-01T09:00:00,000+0000 R"}),),
    "seconds, which it takes for energy": (session({"RU": "s"}, {"RU": "s"}),),
    "number in quotes": (session({"RV": " 100.0"}),),
    "another user at the end": (
        beside(BEGIN_RECORD, context="Transaction.Begin", transactionId="7"),
        beside(record_text(payload(END, PG="T2", ID="00")), context="Transaction.End", transactionId="7"),
    ),
    "compensated register outranks a falling one": (
        beside(record_text(payload(
            reading("B", "9"), reading("E", "8"),
            reading("B", "1", RI="1-0:98.8.0"), reading("E", "2", RI="1-0:98.8.0"),
        ))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VERIFIED)
def test_nothing_is_refused_without_a_rule(name: str) -> None:
    """What breaks no rule of the tool would verify there, whatever the law says here."""
    assert ToolOpinion(would_verify=True, rule=None) == opinion(*VERIFIED[name])


def test_register_is_not_taken_over() -> None:
    """The tool does not take over RI, as the specification would have it."""
    assert ToolOpinion(would_verify=False, rule="END_NOT_UNIQUE") == opinion(session(end={"RI": None}))


def test_opinion_does_not_change_the_verdict() -> None:
    """What the tool refuses is still verified and billable here."""
    judgement = judge(xml(session(FV="1.4")), KeyPolicy(), at=AT)
    assert ([Status.VERIFIED], True) == ([one.status for one in judgement.values], judgement.billable)


@pytest.mark.parametrize("number", ["NaN", '"NaN"', '"sNaN"'])
def test_no_number_does_not_fall(number: str) -> None:
    """The tool lets NaN pass, measured; here such a record is no measurement."""
    text = SESSION.split("|")[1].replace("110.5", number)
    assert ToolOpinion(would_verify=True, rule=None) == opinion(beside(sign_text(text)))


@pytest.mark.parametrize(
    ("field", "stated", "rule"),
    [
        ("RV", "x", "VALUE_DECREASES"),
        ("RV", None, "VALUE_DECREASES"),
        ("TX", ["E"], None),
        ("TM", "never", None),
        ("TM", "2024-03-01T09:00:00.000+00:00 S", None),
        ("RI", 1, "END_NOT_UNIQUE"),
    ],
)
def test_odd_content_of_an_end(field: str, stated: object, rule: str | None) -> None:
    """Content that is refused here is still read as the tool would read it."""
    assert ToolOpinion(would_verify=rule is None, rule=rule) == opinion(session(end={field: stated}))


def test_wider_caps_than_usual_have_an_opinion() -> None:
    """A record that is only parsed with wider caps gets an opinion, not an exception."""
    deep = "[" * 40 + "]" * 40
    text = sign_text(f'{{"U":{deep},{SESSION.split("|")[1].removeprefix("{")}')
    (only,) = judge(xml(beside(text)), KeyPolicy(), at=AT, limits=Limits(json_depth=50)).transactions
    assert only.billable


@pytest.mark.parametrize("readings", ["[]", "[1]", '"x"', "{}", '[{"RV":NaN,"TX":"B"},{"TX":"E"}]', "[{}]"])
def test_any_content_has_an_opinion(readings: str) -> None:
    """Whatever was signed, the opinion is a plain yes or no."""
    assert opinion(beside(sign_text(f'{{"FV":"1.0","PG":"T1","RD":{readings}}}'))).would_verify in {True, False}
