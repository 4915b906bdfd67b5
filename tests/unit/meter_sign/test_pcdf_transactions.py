"""PCDF: what is no measurement, what may be billed, which keys count, and what attackers try."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from meter_sign import evidence_periods
from meter_sign.cli.verdict_json import to_json_line
from meter_sign.codes import Code, Severity
from meter_sign.crypto.keys import decode_public_key
from meter_sign.judgement import Judgement, KeyPolicy, Status, TransactionJudgement, Verdict, judge
from meter_sign.model import KeySource
from meter_sign.registry import KeyRegistry, MeterKey
from meter_sign.timestamps import BillableTime
from tests.support.ocmf import spki_hex, value, xml
from tests.support.pcdf import KEY, METER, OTHER_KEY, TRANSACTION, Signer, line, point, sign, signed_part

AT = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
USUAL = line()
SIGNED, SIGNATURE = USUAL.removesuffix(")").split("(SG:")


def judged(*lines: str, keys: KeyPolicy | None = None, **options: Any) -> Judgement:
    """Judge a text file of these lines."""
    return judge("\n".join(lines).encode(), keys or KeyPolicy(), at=AT, **options)


def transaction(text: str) -> TransactionJudgement:
    """The only transaction of a line."""
    (only,) = judged(text).transactions
    return only


# What is no measurement ----------------------------------------------------------------------------------------------

NO_MEASUREMENT: dict[str, str] = {
    **{f"no {name}": line(**{name: None}) for name in (
        "ST", "CT", "CD", "TV", "BV", "CSC", "SP", "RV", "SI", "CS", "HW", "DT",
    )},
    "RV twice": line(further="(RV:0001.000*kWh)"),
    "RV twice, the first otherwise": line(RV="0001.000*kWh", further="(RV:0010.500*kWh)"),
    "PK twice": line(further=f"(PK:{point(OTHER_KEY)})"),
    "unknown field": line(further="(ER:1)"),
    "BV 0": line(BV="0"),
    "BV 2": line(BV="2"),
    "BV empty": line(BV=""),
    "SP 0": line(SP="0"),
    "SP 3": line(SP="3"),
    "TV 2": line(TV="2"),
    "CD of 60 minutes": line(CD="006000"),
    "CD of five digits": line(CD="00600"),
    "CSC no number": line(CSC="x"),
    "CSC negative": line(CSC="-1"),
    "CSC of 19 digits": line(CSC="1" * 19),
    "RV in Wh": line(RV="0010.500*Wh"),
    "RV in upper case": line(RV="0010.500*KWH"),
    "RV without a unit": line(RV="0010.500"),
    "RV with two units": line(RV="0010.500*kWh*kWh"),
    "RV of seven characters": line(RV="010.500*kWh"),
    "RV of nine characters": line(RV="00010.500*kWh"),
    "RV without a point": line(RV="00010500*kWh"),
    "RV with an exponent": line(RV="001.5e03*kWh"),
    "RV negative": line(RV="-010.500*kWh"),
    "RV with a comma": line(RV="0010,500*kWh"),
    "RV that is no number": line(RV="Infinity*kWh"),
    "SI of two parts": line(SI="a*1"),
    "SI of four parts": line(SI="a*1*b*c"),
    "SI without a user": line(SI="*1*b"),
    "SI without a transaction": line(SI="a*1*"),
    "SI of a kind that is no digit": line(SI="a*x*b"),
    "SI with a long user": line(SI=f"{'a' * 37}*1*b"),
    "CS of seven characters": line(CS="5febd3d"),
    "HW of ten characters": line(HW="3920200018"),
    "HW with a blank": line(HW="3920200018 "),
    "DT no number": line(DT="x"),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_MEASUREMENT)
def test_authentic_line_that_is_no_measurement(name: str) -> None:
    """The signature holds, the value shows nothing, and nothing is billed."""
    judgement = judged(NO_MEASUREMENT[name])
    (only,) = judgement.values
    assert (Status.CONTENT_INVALID, (Code.CONTENT_INVALID,), None) == (only.status, only.problems, only.record)
    assert (Verdict.INVALID, False) == (judgement.verdict, judgement.billable)


IMPOSSIBLE = {
    "month 13": "241301090000", "month 0": "240001090000", "30 February": "240230090000", "25 o'clock": "240301250000",
    "60 minutes": "240301096000", "60 seconds": "240301090060", "zeros": "000000000000",
}  # fmt: skip


@pytest.mark.parametrize("field", ["ST", "CT"])
@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_impossible_date_is_no_measurement(name: str, field: str) -> None:
    """A time that cannot be is told as such."""
    (only,) = judged(line(**{field: IMPOSSIBLE[name]})).values
    assert (Status.CONTENT_INVALID, (Code.TIME_INVALID,)) == (only.status, only.problems)


@pytest.mark.parametrize("broken", ["24030109000", "2403010900000", "24030109000x", "2403 1090000"])
def test_text_that_is_no_time_is_no_measurement(broken: str) -> None:
    """Twelve digits and nothing else."""
    (only,) = judged(line(ST=broken)).values
    assert (Status.CONTENT_INVALID, (Code.CONTENT_INVALID,)) == (only.status, only.problems)


@pytest.mark.parametrize("name", ["BV 0", "SP 0", "unknown field"])
def test_reason_is_given_only_once_the_signature_has_held(name: str) -> None:
    """A tampered line is a wrong signature, whatever its content says."""
    (only,) = judged(NO_MEASUREMENT[name].replace("0010.500", "0010.501")).values
    assert (Status.SIGNATURE_INVALID, (Code.SIGNATURE_MISMATCH,)) == (only.status, only.problems)


# Good transactions ---------------------------------------------------------------------------------------------------


def test_line_alone_is_a_billable_transaction() -> None:
    """A record is one whole session, and bills its energy without any time."""
    only = transaction(USUAL)
    charged = only.transaction
    assert (True, Decimal("10.500"), TRANSACTION) == (only.billable, charged.energy_kwh, charged.transaction_id)
    assert (BillableTime.NONE, "1-0:B2.8.0") == (charged.billable_time, str(charged.register))
    assert {Code.CLOCK_NOT_BILLABLE} == {one.code for one in charged.findings}


@pytest.mark.parametrize(
    "changes",
    [
        {"TV": "0"},
        {"CT": "240301080000", "ST": "240301090000"},
        {"CD": "993000"},
        {"RV": "0000.000*kWh"},
        {"RV": "9999.999*kWh"},
        {"RV": "1.123456*kWh"},
        {"SI": "a*0*b"},
        {"SI": f"{'a' * 36}*1*{'b' * 36}"},
        {"CSC": "0"},
    ],
)
def test_other_contents_are_billable_too(changes: dict[str, str]) -> None:
    """Times that contradict each other, an unset clock or an unknown kind of id do not touch the energy."""
    assert transaction(line(**changes)).billable


def test_fields_may_stand_in_any_order() -> None:
    """Each field has a name, so their order says nothing."""
    head, rest = "128.8.0", SIGNED.removeprefix("128.8.0")
    fields = [f"({one}" for one in rest.split("(")[1:]]
    only = transaction(sign(head + "".join(reversed(fields))))
    assert (True, Decimal("10.500")) == (only.billable, only.transaction.energy_kwh)


def test_end_before_the_begin_is_not_billable() -> None:
    """Clocks are set back by an hour at most; what ends earlier than that contradicts itself."""
    only = transaction(line(ST="240301090000", CT="240301075959"))
    assert ({Code.BEGIN_AFTER_END}, False) == (codes(only), only.billable)


def test_local_times_are_never_shown_as_instants() -> None:
    """A time without a zone would be printed with a Z that nobody signed."""
    shown = json.loads(to_json_line("file", judged(USUAL)))
    (reading,), (only,) = shown["values"][0]["readings"], shown["transactions"]
    assert (None, None, None) == (reading["taken_at"], only["begin"], only["end"])


def test_unset_clock_is_told() -> None:
    """TV 0 says that the meter's time is not valid."""
    findings = transaction(line(TV="0")).transaction.findings
    assert {Code.TIME_FLAGGED, Code.CLOCK_NOT_BILLABLE} == {one.code for one in findings}


def test_energy_is_laid_out_without_any_time() -> None:
    """Begin and end lie where the session does; parking cuts the time and leaves the energy whole."""
    charged = transaction(USUAL).transaction
    outcome = evidence_periods(
        charged,
        starts_at=AT,
        ends_at=AT + 2 * HOUR,
        states=(),
        received_at={charged.records[0].signed_sha256: AT + HOUR},
    )
    assert [(AT, AT + HOUR, Decimal("10.500")), (AT + HOUR, AT + 2 * HOUR, Decimal(0))] == [
        (one.starts_at, one.ends_at, one.energy_kwh) for one in outcome.periods
    ]


def test_records_one_a_line() -> None:
    """Several sessions in one text file are several transactions."""
    judgement = judged(USUAL, line(CSC="19", SI="DEABC1*4*tx-19", RV="0001.000*kWh"))
    assert [(True, Decimal("10.500")), (True, Decimal("1.000"))] == [
        (one.billable, one.transaction.energy_kwh) for one in judgement.transactions
    ]


# Attacks -------------------------------------------------------------------------------------------------------------


def codes(judgement: TransactionJudgement) -> set[Code]:
    return {one.code for one in judgement.transaction.findings if one.severity is Severity.ERROR}


def test_two_sessions_under_one_id_are_no_transaction() -> None:
    """Two complete records of one transaction are never added up."""
    first, second = (value(one, transactionId="7") for one in (USUAL, line(CSC="19", RV="0001.000*kWh")))
    (only,) = judge(xml(first, second), KeyPolicy(), at=AT).transactions
    assert ({Code.END_AMBIGUOUS}, False) == (codes(only), only.billable)


def test_same_line_twice_is_no_transaction() -> None:
    """A replay within one file is seen."""
    (only,) = judged(USUAL, USUAL).transactions
    assert Code.DUPLICATE_RECORD in codes(only)


def test_signature_of_another_line_does_not_hold() -> None:
    """Two lines of one meter with their signatures swapped are both wrong."""
    other = signed_part(RV="0001.000*kWh")
    swapped = [f"{other}(SG:{SIGNATURE})", f"{SIGNED}(SG:{sign(other).split('(SG:')[1]}"]
    assert [Status.SIGNATURE_INVALID] * 2 == [one.status for one in judged(*swapped).values]


TAMPERED = {
    "value": USUAL.replace("0010.500", "0000.500"),
    "field added": USUAL.replace("(PK:", "(ER:0)(PK:"),
    "second value added": USUAL.replace("(PK:", "(RV:0001.000*kWh)(PK:"),
    "field taken away": USUAL.replace("(CD:010000)", ""),
    "fields swapped": USUAL.replace("(TV:1)(BV:1)", "(BV:1)(TV:1)"),
    "key replaced": USUAL.replace(point(), point(OTHER_KEY)),
    "key in upper case": USUAL.replace(point(), point().upper()),
    "signature of a forger": sign(SIGNED, OTHER_KEY),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampered_line_never_verifies(name: str) -> None:
    """Nothing before the signature can change."""
    (only,) = judged(TAMPERED[name]).values
    assert (Status.SIGNATURE_INVALID, None) == (only.status, only.record)


def registered(key: Signer = KEY) -> KeyPolicy:
    """The gateway's policy with one registered key."""
    public = decode_public_key(spki_hex(key))
    one = MeterKey(meter_id=METER, name="meter", key=public, provenance="nameplate")
    return KeyPolicy(registry=KeyRegistry((one,)), require_registry=True)


def test_registered_key_makes_evidence() -> None:
    """The meter is found in the registry by its serial."""
    judgement = judged(USUAL, keys=registered())
    assert (True, KeySource.REGISTRY) == (judgement.billable, judgement.values[0].key_source)


def test_key_in_the_line_is_not_enough_for_the_gateway() -> None:
    """PK is signed, by whoever signed it."""
    (only,) = judged(USUAL, keys=KeyPolicy(require_registry=True)).values
    assert (Status.UNTRUSTED_KEY, (Code.KEY_SOURCE_UNTRUSTED,)) == (only.status, only.problems)


@pytest.mark.parametrize(
    "raw",
    [
        line(key=OTHER_KEY).encode(),
        xml(value(USUAL, key=point(OTHER_KEY))),
        sign(signed_part(named_key=OTHER_KEY)).encode(),
    ],
    ids=["line of a forger", "foreign key in the container", "line that names another key"],
)
def test_foreign_key_is_an_alarm(raw: bytes) -> None:
    """Where the meter's key is known, a different one in the file is told, whatever else holds."""
    (only,) = judge(raw, registered(), at=AT).values
    assert (Status.UNTRUSTED_KEY, (Code.PUBLIC_KEY_MISMATCH,)) == (only.status, only.problems)


@pytest.mark.parametrize(
    "stated", ["", "04", "zz", point()[:-2], "0" * 130, "x" * 20_000], ids=lambda text: f"{text[:3]!r}{len(text)}"
)
def test_key_that_is_none_is_no_key(stated: str) -> None:
    """A line whose PK is no point of the curve has no key of its own."""
    (only,) = judged(sign(SIGNED.replace(point(), stated))).values
    assert Status.UNTRUSTED_KEY is only.status


def test_strict_leaves_a_usual_line_alone() -> None:
    """The raw point is how this format writes keys."""
    assert Verdict.VALID is judged(USUAL, strict=True).verdict


def test_line_of_1_mb_is_refused_unread() -> None:
    """The container's cap holds for this format too."""
    (only,) = judged(line(SI=f"{'a' * 1_000_000}*1*b")).values
    assert (Status.STRUCTURE_INVALID, (Code.LIMIT_EXCEEDED,)) == (only.status, only.problems)
