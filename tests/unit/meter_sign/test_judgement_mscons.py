"""Whole files of MSCONS through the judgement: transactions, OCPI objects, what two transactions claim, JSON."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from meter_sign.cli.verdict_json import to_json_line
from meter_sign.codes import Code, Severity
from meter_sign.crypto.keys import decode_public_key
from meter_sign.judgement import KeyPolicy, Status, Verdict, claimed_meter_ids, judge
from meter_sign.limits import Limits
from meter_sign.model import SignerKind
from meter_sign.registry import KeyRegistry, MeterKey
from tests.support.mscons_records import KEY_NAME, METER, at, file_of, message, points, profile
from tests.support.records import KEY

if TYPE_CHECKING:
    from meter_sign.judgement import Judgement

IMPORT, IMPORT_PROFILE = "1-0:1.8.0", "1-0:1.29.0"
WHOLE = points(IMPORT, ("09:00", "1000.500"), ("11:30", "1023.750"))
START = points(IMPORT, ("09:00", "1000.500"))
END = points(IMPORT, ("11:30", "1023.750"))
PROFILE = profile(IMPORT_PROFILE, ("09:00", "09:15", "5.000"), ("09:15", "09:30", "1.800"))
SPKI = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
REGISTERED = MeterKey(meter_id=METER, name=KEY_NAME, key=decode_public_key(SPKI), provenance="nameplate")


def judged(raw: bytes, *, kind: SignerKind = SignerKind.METER, accept_party: str | None = None) -> Judgement:
    """With the one key registered for two meters."""
    registry = KeyRegistry(keys=tuple(replace(REGISTERED, signer_kind=kind, meter_id=one) for one in (METER, "M2")))
    return judge(raw, KeyPolicy(registry=registry, accept_party=accept_party), at=at("12:00"))


def shown(raw: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(to_json_line("session.edi", judged(raw)))
    return answer


def ocpi(*entries: tuple[str, bytes, str | None], method: str = "EDIFACT") -> bytes:
    """A SignedData object: nature, file and plain_data of each entry."""
    values = [
        {"nature": nature, "signed_data": b64encode(raw).decode()} | ({} if text is None else {"plain_data": text})
        for nature, raw, text in entries
    ]
    return json.dumps({"encoding_method": method, "signed_values": values}).encode()


# Transactions -------------------------------------------------------------------------------------------------------


def test_registered_meters_message_is_billable() -> None:
    """A registered meter's key, two readings: 23.250 kWh."""
    answer = judged(file_of(message(WHOLE)))
    (one,) = answer.transactions
    assert (Verdict.VALID, True) == (answer.verdict, answer.billable)
    assert ("S1", "23.250") == (one.transaction.transaction_id, str(one.transaction.energy_kwh))


def test_messages_of_one_session_are_one_transaction() -> None:
    """RFF+AGK puts them together; other sessions of the file stay apart."""
    other = message(PROFILE, session="S2", number=3, meter="M2")
    answer = judged(file_of(message(START), message(END, number=2), other))
    assert [(0, 1), (2,)] == [one.indexes for one in answer.transactions]
    assert ["23.250", "6.800"] == [str(one.transaction.energy_kwh) for one in answer.transactions]


def test_profile_without_a_session_is_its_own_transaction() -> None:
    """It is whole, and finds no partner."""
    raw = file_of(message(PROFILE, session=None), message(WHOLE, session=None, number=2))
    assert [(0,), (1,)] == [one.indexes for one in judged(raw).transactions]


def test_party_is_held_back_and_the_policy_of_the_operator_lets_it_pass() -> None:
    """The values are verified in both cases; what bills is the operator's decision, quoted in the finding."""
    raw = file_of(message(WHOLE))
    refused = judged(raw, kind=SignerKind.PARTY)
    accepted = judged(raw, kind=SignerKind.PARTY, accept_party="contract 7 of 2026-01-01")
    assert (Verdict.VALID, False) == (refused.verdict, refused.billable)
    assert accepted.billable
    told = [one.message for one in accepted.transactions[0].transaction.findings if one.code is Code.SIGNER_IS_PARTY]
    assert ["contract 7 of 2026-01-01" in one for one in told] == [True]


def test_official_tool_knows_no_edifact() -> None:
    """Whoever checks with it is told so beforehand."""
    (one,) = judged(file_of(message(WHOLE))).transactions
    assert (False, "FORMAT_UNKNOWN_THERE") == (one.transparenzsoftware.would_verify, one.transparenzsoftware.rule)


# Two transactions of one meter --------------------------------------------------------------------------------------

TWICE: dict[str, tuple[str, str, Code]] = {
    "one stretch of a register": (
        WHOLE, points(IMPORT, ("11:40", "1020.000"), ("12:00", "1030.000")), Code.ENERGY_OVERLAPS,
    ),
    "one time of a total and that of its tariff": (
        WHOLE, points("1-0:1.8.1", ("09:00", "1000.500"), ("11:30", "1023.750")), Code.TRANSACTIONS_INTERLEAVE,
    ),
    "one time of two profiles": (
        PROFILE, profile(IMPORT_PROFILE, ("09:15", "09:30", "1.800")), Code.TRANSACTIONS_INTERLEAVE,
    ),
    "one time of a register and a profile": (WHOLE, PROFILE, Code.TRANSACTIONS_INTERLEAVE),
    "one time of a profile and a register": (PROFILE, WHOLE, Code.TRANSACTIONS_INTERLEAVE),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second", "code"), TWICE.values(), ids=TWICE.keys())
def test_same_energy_is_not_billed_twice(first: str, second: str, code: Code) -> None:
    """The later of two sessions that claim it has the error."""
    answer = judged(file_of(message(first), message(second, session="S2", number=2)))
    assert [True, False] == [one.billable for one in answer.transactions]
    assert {code} == {one.code for one in answer.transactions[1].transaction.findings if one.severity is Severity.ERROR}


def test_sessions_that_follow_each_other_are_both_billed() -> None:
    """One profile ends where the next begins."""
    later = profile(IMPORT_PROFILE, ("09:30", "09:45", "1.800"))
    answer = judged(file_of(message(PROFILE), message(later, session="S2", number=2)))
    assert [True, True] == [one.billable for one in answer.transactions]


def test_what_refused_values_say_is_kept_up_to_a_cap() -> None:
    """Two values of two readings each, of which nothing is proven: for the second there is no room."""
    raw = ocpi(("Start", file_of(message(WHOLE)), None), ("End", file_of(message(WHOLE, number=2)), None))
    answer = judge(raw, KeyPolicy(), at=at("12:00"), limits=Limits(quantities=3))
    kept = [one.parsed is not None and one.parsed.content is not None for one in answer.values]
    assert [(Status.UNTRUSTED_KEY, True), (Status.UNTRUSTED_KEY, False)] == [
        (one.status, is_kept) for one, is_kept in zip(answer.values, kept, strict=True)
    ]


# OCPI objects -------------------------------------------------------------------------------------------------------


def test_start_and_end_of_an_ocpi_object_are_one_transaction() -> None:
    """Each is a lone reading; together they are the session."""
    answer = judged(ocpi(("Start", file_of(message(START)), None), ("End", file_of(message(END)), None)))
    assert (Verdict.VALID, True) == (answer.verdict, answer.billable)


def test_lone_end_without_a_start_is_no_measurement() -> None:
    """What an OCPI object calls its End must have a Start to be compared with."""
    answer = judged(ocpi(("End", file_of(message(END)), None)))
    (value,) = answer.values
    assert (Status.CONTENT_INVALID, (Code.START_MISSING,), None) == (value.status, value.problems, value.record)
    assert (Verdict.INVALID, False) == (answer.verdict, answer.billable)


def test_intermediate_is_no_start() -> None:
    """Else a reading on the way would be billed in its place."""
    on_the_way = file_of(message(points(IMPORT, ("10:00", "1010.000"))))
    answer = judged(ocpi(("Intermediate", on_the_way, None), ("End", file_of(message(END)), None)))
    assert [(), (Code.START_MISSING,)] == [value.problems for value in answer.values]


@pytest.mark.parametrize(
    "raw",
    [file_of(message(WHOLE)), file_of(message(PROFILE)), file_of(message(START), message(END, number=2))],
    ids=["two readings", "a profile", "two messages"],
)
def test_single_end_that_holds_all_is_whole(raw: bytes) -> None:
    """One payload with all readings goes out as the End alone."""
    answer = judged(ocpi(("End", raw, None)))
    assert (Verdict.VALID, True) == (answer.verdict, answer.billable)


def test_lone_reading_in_a_file_of_its_own_only_lacks_its_partner() -> None:
    """No container has promised a Start."""
    (value,) = judged(file_of(message(END))).values
    assert value.status is Status.VERIFIED


PLAIN: dict[str, tuple[str, Status]] = {
    "as it is written here": (
        "2026-01-15T09:00:00Z 1-0:1.8.0 1000.500 kWh; 2026-01-15T11:30:00Z 1-0:1.8.0 1023.750 kWh", Status.VERIFIED,
    ),
    "a part of it, in another zone": ("2026-01-15T12:30:00+01:00 1-0:1.8.0 1023.75 kWh", Status.VERIFIED),
    "the difference": ("23.250 kWh", Status.VERIFIED),
    "another number": ("2026-01-15T11:30:00Z 1-0:1.8.0 1023.751 kWh", Status.CONTENT_INVALID),
    "another time": ("2026-01-15T11:31:00Z 1-0:1.8.0 1023.750 kWh", Status.CONTENT_INVALID),
    "another register": ("2026-01-15T11:30:00Z 1-0:2.8.0 1023.750 kWh", Status.CONTENT_INVALID),
    "the numbers change places": (
        "2026-01-15T11:30:00Z 1-0:1.8.0 1000.500 kWh; 2026-01-15T09:00:00Z 1-0:1.8.0 1023.750 kWh",
        Status.CONTENT_INVALID,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "status"), PLAIN.values(), ids=PLAIN.keys())
def test_plain_data_says_what_was_signed(text: str, status: Status) -> None:
    """Time, register and number must be those of one reading."""
    (value,) = judged(ocpi(("End", file_of(message(WHOLE)), text))).values
    problems = () if status is Status.VERIFIED else (Code.PLAIN_DATA_MISMATCH,)
    assert (status, problems) == (value.status, value.problems)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("2026-01-15T09:00:00Z/2026-01-15T09:15:00Z 1-0:1.29.0 5.000 kWh", Status.VERIFIED),
        ("6.800 kWh", Status.VERIFIED),
        ("2026-01-15T09:00:00Z/2026-01-15T09:30:00Z 1-0:1.29.0 5.000 kWh", Status.CONTENT_INVALID),
        ("7.000 kWh", Status.CONTENT_INVALID),
    ],
)
def test_plain_data_of_a_profile(text: str, status: Status) -> None:
    """Intervals, or their sum."""
    (value,) = judged(ocpi(("End", file_of(message(PROFILE)), text))).values
    assert status is value.status


BESIDE_TWO: dict[str, tuple[str, tuple[Code, ...]]] = {
    "all values of both": (
        "2026-01-15T09:00:00Z 1-0:1.8.0 1000.500 kWh; 2026-01-15T11:30:00Z 1-0:1.8.0 1023.750 kWh", (),
    ),
    "what both come to": ("23.250 kWh", ()),
    "a number of neither": ("2026-01-15T11:30:00Z 1-0:1.8.0 1030.000 kWh", (Code.PLAIN_DATA_MISMATCH,)),
}  # fmt: skip


@pytest.mark.parametrize(("text", "problems"), BESIDE_TWO.values(), ids=BESIDE_TWO.keys())
def test_plain_data_beside_a_file_of_two_messages(text: str, problems: tuple[Code, ...]) -> None:
    """The text is of the file: it is compared with what both messages sign."""
    raw = file_of(message(START), message(END, number=2))
    answer = judged(ocpi(("End", raw, text)))
    assert [problems] * 2 == [value.problems for value in answer.values]
    assert answer.billable is (not problems)


def test_nobody_can_tell_a_text_beside_messages_of_which_one_is_not_verified() -> None:
    """What the other one would have said is nobody's word."""
    forged = message(END, number=2).replace("1023.750", "1029.750")
    text = "2026-01-15T09:00:00Z 1-0:1.8.0 1000.500 kWh; 2026-01-15T11:30:00Z 1-0:1.8.0 1029.750 kWh"
    answer = judged(ocpi(("End", file_of(message(START), forged), text)))
    assert [Status.VERIFIED, Status.SIGNATURE_INVALID] == [value.status for value in answer.values]
    assert answer.values[0].warnings == (Code.PLAIN_DATA_UNCHECKED,)


# JSON ---------------------------------------------------------------------------------------------------------------


def test_profile_in_json() -> None:
    """As the contract names its parts: no readings, the intervals, and their sum."""
    answer = shown(file_of(message(PROFILE)))
    (value,), (transaction,) = answer["values"], answer["transactions"]
    assert value["readings"] == []
    assert value["energy_kwh"] == "6.800"
    assert value["intervals"] == [
        {"start": "2026-01-15T09:00:00Z", "end": "2026-01-15T09:15:00Z", "energy_kwh": "5.000", "qualifier": "220"},
        {"start": "2026-01-15T09:15:00Z", "end": "2026-01-15T09:30:00Z", "energy_kwh": "1.800", "qualifier": "220"},
    ]
    assert ("2026-01-15T09:00:00Z", "2026-01-15T09:30:00Z") == (transaction["begin"], transaction["end"])
    assert ("1-0:1.29.0", "none", True) == (
        transaction["register"], transaction["billable_time"], transaction["billable"],
    )  # fmt: skip


def test_readings_in_json_have_no_intervals() -> None:
    """Null, not an empty list."""
    (value,) = shown(file_of(message(WHOLE)))["values"]
    assert (None, "23.250", 2) == (value["intervals"], value["energy_kwh"], len(value["readings"]))


def test_what_is_not_verified_shows_no_intervals() -> None:
    """Nobody signed them."""
    raw = file_of(message(PROFILE)).replace(b"QTY+220:5.000", b"QTY+220:9.000")
    (value,) = shown(raw)["values"]
    assert ("signature_invalid", None, [], None) == (
        value["status"], value["intervals"], value["readings"], value["energy_kwh"],
    )  # fmt: skip


def test_value_of_several_meters_has_no_energy() -> None:
    """It is authentic, and nobody can say whose energy a session took."""
    other = "LOC+172+DE0002'RFF+MG:M2'LIN+1'" + points(IMPORT, ("09:00", "5"), ("11:30", "9"))
    (value,) = shown(file_of(message(WHOLE, more=other)))["values"]
    assert (None, 4) == (value["energy_kwh"], len(value["readings"]))


def test_message_claims_its_meter_and_its_location() -> None:
    """A key may be registered for either (edifact.md 5.5)."""
    assert {METER, "DE0001"} == claimed_meter_ids(file_of(message(WHOLE)))
