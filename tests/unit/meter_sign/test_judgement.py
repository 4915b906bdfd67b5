"""The judgement: statuses, verdicts, which keys count, and which values form a transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from meter_sign import errors
from meter_sign.codes import Code, Severity
from meter_sign.crypto.keys import decode_public_key
from meter_sign.judgement import (
    STATUS_BY_ERROR,
    Judgement,
    KeyPolicy,
    NamedKey,
    Status,
    Verdict,
    _verdict,
    claimed_meter_ids,
    judge,
)
from meter_sign.limits import Limits
from meter_sign.model import KeySource, SignerKind
from meter_sign.registry import KeyRegistry, MeterKey
from tests.support.ocmf import (
    BEGIN,
    BEGIN_RECORD,
    END,
    END_RECORD,
    SESSION,
    sign_text,
    spki_hex,
    value,
    xml,
)
from tests.support.records import KEY, OTHER_KEY, payload, reading, record_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey as Signer

AT = datetime(2026, 1, 1, tzinfo=UTC)
OWN = KeyPolicy()
GIVEN = KeyPolicy(arguments=(NamedKey(name=None, text=spki_hex(KEY)),))
REGISTRY_ONLY = KeyPolicy(require_registry=True)
BESIDE = xml(value(SESSION, key=spki_hex(KEY)))
TAMPERED = SESSION.replace("110.5", "910.5")
NAN = sign_text('{"FV":"1.0","MS":"M1","RD":[{"RV":NaN}]}')


def registered(key: Signer = KEY, meter_id: str = "M1", **validity: Any) -> MeterKey:
    """A key registered for a meter."""
    public = decode_public_key(spki_hex(key))
    return MeterKey(meter_id=meter_id, name="meter", key=public, provenance="nameplate", **validity)


def policy(*keys: MeterKey, **fields: Any) -> KeyPolicy:
    """A policy with these registered keys."""
    return KeyPolicy(registry=KeyRegistry(keys), **fields)


def answer(raw: bytes | str, keys: KeyPolicy = OWN, **options: Any) -> tuple[Status, tuple[Code, ...]]:
    """Status and problems of the only value."""
    (only,) = judged(raw, keys, **options).values
    return only.status, only.problems


def judged(raw: bytes | str, keys: KeyPolicy = OWN, **options: Any) -> Judgement:
    """Judge a file at a fixed time."""
    return judge(raw if isinstance(raw, bytes) else raw.encode(), keys, at=AT, **options)


STATUSES: dict[str, tuple[bytes | str, Status, tuple[Code, ...]]] = {
    "verified": (BESIDE, Status.VERIFIED, ()),
    "empty value": (xml("<value><signedData/></value>"), Status.STRUCTURE_INVALID, (Code.EMPTY_VALUE,)),
    "no frame": ("OCMF|{}", Status.STRUCTURE_INVALID, (Code.FRAME_INVALID,)),
    "version": (sign_text('{"FV":"2.0"}'), Status.UNSUPPORTED, (Code.FORMAT_VERSION_UNSUPPORTED,)),
    "sealed": (xml("<value><encodedData format='OCMF' encoding='hex'>30</encodedData></value>"),
               Status.UNSUPPORTED, (Code.FORMAT_UNSUPPORTED,)),
    "unsigned": ('OCMF|{"FV":"1.0"}|{}', Status.UNSIGNED, (Code.SIGNATURE_MISSING,)),
    "signature no hex": (sign_text("{}", sd="zz"), Status.SIGNATURE_INVALID, (Code.SIGNATURE_MALFORMED,)),
    "signature out of range": (sign_text("{}", sd="3006020100020100"), Status.SIGNATURE_INVALID,
                               (Code.SIGNATURE_MALFORMED,)),
    "tampered": (xml(value(TAMPERED, key=spki_hex(KEY))), Status.SIGNATURE_INVALID, (Code.SIGNATURE_MISMATCH,)),
    "no key": (SESSION, Status.UNTRUSTED_KEY, (Code.KEY_MISSING,)),
    "key no key": (xml(value(SESSION, key="00")), Status.UNTRUSTED_KEY, (Code.KEY_INVALID,)),
    "NaN": (xml(value(NAN, key=spki_hex(KEY))), Status.CONTENT_INVALID, (Code.NUMBER_NOT_FINITE,)),
    "NaN without a key": (NAN, Status.UNTRUSTED_KEY, (Code.KEY_MISSING,)),
    "NaN tampered": (xml(value(NAN.replace("M1", "M2"), key=spki_hex(KEY))), Status.SIGNATURE_INVALID,
                     (Code.SIGNATURE_MISMATCH,)),
    "NaN and another version": (sign_text('{"FV":"2.0","RV":NaN}'), Status.UNSUPPORTED,
                                (Code.FORMAT_VERSION_UNSUPPORTED,)),
}  # fmt: skip


@pytest.mark.parametrize("name", STATUSES)
def test_status_is_the_first_that_applies(name: str) -> None:
    """Each value has the contract's status, with the code that says why."""
    raw, *expected = STATUSES[name]
    assert tuple(expected) == answer(raw)


@pytest.mark.parametrize("name", [name for name in STATUSES if name != "verified"])
def test_value_that_is_not_verified_yields_nothing(name: str) -> None:
    """Without a verified record there is no evidence, no signer, no energy and nothing to bill."""
    judgement = judged(STATUSES[name][0])
    (only,) = judgement.values
    assert (None, None, SignerKind.UNKNOWN) == (only.record, only.energy_kwh, only.signer_kind)
    assert Verdict.VALID is not judgement.verdict
    assert not judgement.billable
    assert all(not one.authentic and one.transaction.energy_kwh is None for one in judgement.transactions)


def test_every_error_class_has_a_status() -> None:
    """No error of a stage is without an answer."""
    classes = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Exception)}
    assert classes - {errors.MeterSignError, errors.EvidenceMismatchError} == set(STATUS_BY_ERROR)


GOOD, WRONG, OPEN = value(SESSION, key=spki_hex(KEY)), value(TAMPERED, key=spki_hex(KEY)), value(SESSION)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((GOOD,), Verdict.VALID),
        ((GOOD, OPEN), Verdict.UNVERIFIED),
        ((GOOD, OPEN, WRONG), Verdict.INVALID),
        ((WRONG,), Verdict.INVALID),
        ((GOOD, "<value/>"), Verdict.INVALID),
        ((), Verdict.UNREADABLE),
    ],
)
def test_verdict_is_that_of_the_worst_value(values: tuple[str, ...], expected: Verdict) -> None:
    """One wrong value makes a file invalid, one undecided makes it unverified."""
    assert expected is judged(xml(*values)).verdict


def test_no_value_is_never_valid() -> None:
    """An empty list proves nothing."""
    assert Verdict.UNREADABLE is _verdict(())


@pytest.mark.parametrize("raw", [b"", b"kWh", b"<values>", b"OCMF|" * 2_000], ids=["empty", "prose", "cut", "large"])
def test_unreadable_input_has_no_value(raw: bytes) -> None:
    """What cannot be read at all is said to be so, with the reason."""
    judgement = judged(raw, limits=Limits(container_bytes=5_000))
    assert (Verdict.UNREADABLE, (), ()) == (judgement.verdict, judgement.values, judgement.transactions)
    assert judgement.error is not None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (SESSION, {"M1"}),
        (f"{SESSION}\n{record_text(payload(BEGIN, MS='M2')).decode()}\nOCMF|", {"M1", "M2"}),
        (record_text(payload(BEGIN, MS=None, GS=None)).decode(), set()),
        ("kWh", set()),
    ],
)
def test_claimed_meter_ids(raw: str, expected: set[str]) -> None:
    """What the readable values claim, whatever else lies in the file."""
    assert expected == claimed_meter_ids(raw.encode())


# Which keys count ----------------------------------------------------------------------------------------------------

FOURTH = SESSION + "|" + spki_hex(KEY)
FOREIGN = xml(value(record_text(payload(BEGIN, END), key=OTHER_KEY).decode(), key=spki_hex(OTHER_KEY)))
UNNAMED_OTHER = NamedKey(name=None, text=spki_hex(OTHER_KEY))
NAMED = NamedKey(name="M1", text=spki_hex(KEY))
P384_SPKI = spki_hex(ec.derive_private_key(0xE1C4, ec.SECP384R1()))


@pytest.mark.parametrize(
    ("raw", "keys", "expected"),
    [
        (BESIDE, OWN, KeySource.CONTAINER),
        (FOURTH, OWN, KeySource.EMBEDDED),
        (SESSION, GIVEN, KeySource.ARGUMENT),
        (xml(value(SESSION, key=spki_hex(OTHER_KEY))), GIVEN, KeySource.ARGUMENT),
        (SESSION, KeyPolicy(arguments=(NAMED,)), KeySource.ARGUMENT),
        (SESSION, KeyPolicy(arguments=(UNNAMED_OTHER, NAMED)), KeySource.ARGUMENT),
        (SESSION, KeyPolicy(arguments=(UNNAMED_OTHER, *GIVEN.arguments)), KeySource.ARGUMENT),
        (SESSION, KeyPolicy(arguments=(*GIVEN.arguments, NamedKey(name="M2", text="no key"))), KeySource.ARGUMENT),
        (BESIDE, KeyPolicy(arguments=(NamedKey(name="M2", text=spki_hex(OTHER_KEY)),)), KeySource.CONTAINER),
        (SESSION, policy(registered()), KeySource.REGISTRY),
        (BESIDE, policy(registered(), require_registry=True), KeySource.REGISTRY),
        (SESSION, policy(registered(OTHER_KEY), registered()), KeySource.REGISTRY),
        (SESSION, policy(registered(), arguments=(UNNAMED_OTHER,)), KeySource.REGISTRY),
        (BESIDE, policy(registered(OTHER_KEY, "M2")), KeySource.CONTAINER),
        (SESSION, KeyPolicy(arguments=GIVEN.arguments, require_registry=True), KeySource.ARGUMENT),
    ],
)  # fmt: skip
def test_key_that_verifies(raw: bytes | str, keys: KeyPolicy, expected: KeySource) -> None:
    """The key that counts verifies the record, and its source is told."""
    (only,) = judged(raw, keys).values
    assert (Status.VERIFIED, expected) == (only.status, only.key_source)
    assert decode_public_key(spki_hex(KEY)).fingerprint == only.key_fingerprint


MISMATCH = (Status.UNTRUSTED_KEY, (Code.PUBLIC_KEY_MISMATCH,))
WRONG_SIGNATURE = (Status.SIGNATURE_INVALID, (Code.SIGNATURE_MISMATCH,))
NOT_AT_TIME = (Status.UNTRUSTED_KEY, (Code.KEY_NOT_VALID_AT_TIME,))
MISSING = (Status.UNTRUSTED_KEY, (Code.KEY_MISSING,))
INVALID_KEY = (Status.UNTRUSTED_KEY, (Code.KEY_INVALID,))
UNTRUSTED_SOURCE = (Status.UNTRUSTED_KEY, (Code.KEY_SOURCE_UNTRUSTED,))

REFUSED: dict[str, tuple[bytes | str, KeyPolicy, tuple[Status, tuple[Code, ...]]]] = {
    "forged with its own key beside": (FOREIGN, policy(registered()), MISMATCH),
    "forged, key given by name": (FOREIGN, KeyPolicy(arguments=(NAMED,)), MISMATCH),
    "forged, key given": (FOREIGN, GIVEN, MISMATCH),
    "right record, another key beside": (xml(value(SESSION, key=spki_hex(OTHER_KEY))), policy(registered()), MISMATCH),
    "right record, another key inside": (SESSION + "|" + spki_hex(OTHER_KEY), policy(registered()), MISMATCH),
    "tampered, another key beside": (xml(value(TAMPERED, key=spki_hex(OTHER_KEY))), policy(registered()),
                                     WRONG_SIGNATURE),
    "tampered": (TAMPERED, policy(registered()), WRONG_SIGNATURE),
    "wrong key given": (SESSION, KeyPolicy(arguments=(UNNAMED_OTHER,)), WRONG_SIGNATURE),
    "wrong key registered": (SESSION, policy(registered(OTHER_KEY)), WRONG_SIGNATURE),
    "registered beats given": (SESSION, policy(registered(OTHER_KEY), arguments=GIVEN.arguments), WRONG_SIGNATURE),
    "named beats unnamed": (SESSION, KeyPolicy(arguments=(NamedKey(name="M1", text=spki_hex(OTHER_KEY)),
                                                          *GIVEN.arguments)), WRONG_SIGNATURE),
    "named for another meter": (SESSION, KeyPolicy(arguments=(NamedKey(name="M2", text=spki_hex(KEY)),)), MISSING),
    "registered for another meter": (SESSION, policy(registered(meter_id="M2")), MISSING),
    "empty registry": (SESSION, policy(), MISSING),
    "key beside not wanted": (BESIDE, REGISTRY_ONLY, UNTRUSTED_SOURCE),
    "key inside not wanted": (FOURTH, REGISTRY_ONLY, UNTRUSTED_SOURCE),
    "key beside not wanted, and wrong": (xml(value(TAMPERED, key=spki_hex(KEY))), REGISTRY_ONLY, WRONG_SIGNATURE),
    "no key wanted or there": (SESSION, REGISTRY_ONLY, MISSING),
    "key beside of a meter that is not registered": (BESIDE, policy(require_registry=True), UNTRUSTED_SOURCE),
    "given key no key": (SESSION, KeyPolicy(arguments=(NamedKey(name=None, text="00"),)), INVALID_KEY),
    "given key on another curve": (SESSION, KeyPolicy(arguments=(NamedKey(name=None, text=P384_SPKI),)), INVALID_KEY),
    "beside a key on another curve": (xml(value(SESSION, key=P384_SPKI)), OWN, INVALID_KEY),
    "not valid yet": (SESSION, policy(registered(valid_from=datetime(2024, 3, 1, 8, 30, tzinfo=UTC))), NOT_AT_TIME),
    "valid no more": (SESSION, policy(registered(valid_until=datetime(2024, 3, 1, 9, tzinfo=UTC))), NOT_AT_TIME),
    "no longer valid, and the key beside holds": (
        BESIDE, policy(registered(valid_until=datetime(2024, 1, 1, tzinfo=UTC))), NOT_AT_TIME,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_key_that_does_not_count(name: str) -> None:
    """A key that is not the meter's, not valid then, or only came along never verifies."""
    raw, keys, expected = REFUSED[name]
    assert expected == answer(raw, keys)


@pytest.mark.parametrize(
    "validity",
    [
        {"valid_from": datetime(2024, 3, 1, 8, tzinfo=UTC), "valid_until": datetime(2024, 3, 1, 9, 0, 1, tzinfo=UTC)},
        {"valid_until": datetime(2024, 3, 2, tzinfo=UTC)},
    ],
)
def test_key_counts_at_the_time_of_the_readings(validity: dict[str, Any]) -> None:
    """An old session is judged with the key that was valid then, not with today's."""
    keys = policy(registered(**validity), registered(OTHER_KEY, valid_from=validity["valid_until"]))
    assert (Status.VERIFIED, ()) == answer(SESSION, keys)


def test_unknown_time_is_the_time_of_the_judgement() -> None:
    """A meter that does not know the time gets no old key by claiming a date."""
    unknown = record_text(payload(reading("B", "1", "1970-01-01T00:00:00,000+0000", "U")))
    expired = policy(registered(valid_until=datetime(2000, 1, 1, tzinfo=UTC)))
    assert NOT_AT_TIME == answer(unknown, expired)
    assert (Status.VERIFIED, ()) == answer(unknown, policy(registered(valid_from=datetime(2025, 1, 1, tzinfo=UTC))))


def test_unreadable_key_beside_changes_nothing_for_a_known_meter() -> None:
    """Where the meter's own key has spoken, a broken one in the file is only told."""
    (only,) = judged(xml(value(SESSION, key="no key")), policy(registered())).values
    assert (Status.VERIFIED, (Code.KEY_INVALID,)) == (only.status, only.warnings)


def test_meter_that_is_only_claimed_is_judged_with_that_meters_key() -> None:
    """Who signs with his own key in another meter's name fails with that meter's key."""
    claimed = record_text(payload(BEGIN, END, MS="M2"), key=KEY)
    keys = policy(registered(KEY, "M1"), registered(OTHER_KEY, "M2"))
    assert WRONG_SIGNATURE == answer(claimed, keys)


# Strict --------------------------------------------------------------------------------------------------------------


def test_strict_makes_a_deviation_a_problem() -> None:
    """A deviation that is only remarked upon otherwise takes the evidence away."""
    (lax,) = judged(FOURTH).values
    assert (Status.VERIFIED, (), (Code.FOURTH_SECTION,)) == (lax.status, lax.problems, lax.deviations)
    judgement = judged(FOURTH, strict=True)
    (only,) = judgement.values
    assert (Status.STRUCTURE_INVALID, (Code.FOURTH_SECTION,), None) == (only.status, only.problems, only.record)
    assert Verdict.INVALID is judgement.verdict
    assert not judgement.billable


def test_strict_leaves_a_faultless_record_alone() -> None:
    """A record without deviations is judged alike."""
    assert (Status.VERIFIED, ()) == answer(BESIDE, strict=True)


def test_strict_does_not_hide_a_worse_answer() -> None:
    """A wrong signature stays one, with the deviations behind it."""
    expected = (Status.SIGNATURE_INVALID, (Code.SIGNATURE_MISMATCH, Code.FOURTH_SECTION))
    assert expected == answer(TAMPERED + "|" + spki_hex(KEY), strict=True)


# Transactions --------------------------------------------------------------------------------------------------------


def record(*readings: dict[str, Any], **fields: Any) -> str:
    """One record of meter M1, signed."""
    return record_text(payload(*readings, **fields)).decode()


MIDDLE = record(reading("C", "105.0", "08:30:00"), PG="T2")
LATE_END = record(END, PG="T3")
OTHER_BEGIN = record(BEGIN, MS="M2", GS="G2")
FISCAL = record(reading(None, "100.0"), PG="F1")
BARE = record(reading(None, "100.0"), PG=None)
SECOND = record(reading("B", "110.5", "10:00:00"), reading("E", "111.0", "11:00:00"), PG="T4")

GROUPS: dict[str, tuple[list[str], list[tuple[tuple[int, ...], bool]]]] = {
    "one complete record": ([SESSION], [((0,), True)]),
    "two complete records": ([SESSION, SECOND], [((0,), True), ((1,), True)]),
    "begin and end": ([BEGIN_RECORD, END_RECORD], [((0, 1), True)]),
    "begin, on the way, end": ([BEGIN_RECORD, MIDDLE, LATE_END], [((0, 1, 2), True)]),
    "two meters interleaved": ([BEGIN_RECORD, OTHER_BEGIN, END_RECORD], [((0, 2), True), ((1,), False)]),
    "lone begin": ([BEGIN_RECORD], [((0,), False)]),
    "lone end": ([END_RECORD], [((0,), False)]),
    "end before its begin": ([END_RECORD, BEGIN_RECORD], [((0,), False), ((1,), False)]),
    "two begins": ([BEGIN_RECORD, BEGIN_RECORD, END_RECORD], [((0,), False), ((1, 2), True)]),
    "two ends": ([BEGIN_RECORD, END_RECORD, LATE_END], [((0, 1), True), ((2,), False)]),
    "on the way alone": ([MIDDLE], [((0,), False)]),
    "fiscal": ([FISCAL], []),
    "neither counted nor of a transaction": ([BARE], []),
    "fiscal in between": ([BEGIN_RECORD, FISCAL, END_RECORD], [((0, 2), True)]),
    "tampered in between": ([BEGIN_RECORD, TAMPERED, END_RECORD], [((0, 2), True), ((1,), False)]),
}


@pytest.mark.parametrize("name", GROUPS)
def test_values_without_an_id(name: str) -> None:
    """A begin and the next end of one meter are one; what finds no partner is not billable."""
    texts, expected = GROUPS[name]
    found = judged("\n".join(texts), GIVEN).transactions
    assert expected == [(one.indexes, one.billable) for one in found]


IDS: dict[str, tuple[list[tuple[str, str]], list[tuple[str, tuple[int, ...], bool]]]] = {
    "pair": ([("7", BEGIN_RECORD), ("7", END_RECORD)], [("7", (0, 1), True)]),
    "pair, end first": ([("7", END_RECORD), ("7", BEGIN_RECORD)], [("7", (0, 1), True)]),
    "different ids": ([("7", BEGIN_RECORD), ("8", END_RECORD)], [("7", (0,), False), ("8", (1,), False)]),
    "two complete records": ([("7", SESSION), ("7", SECOND)], [("7", (0, 1), False)]),
    "one bad value": ([("7", BEGIN_RECORD), ("7", TAMPERED), ("7", END_RECORD)], [("7", (0, 1, 2), False)]),
    "only bad values": ([("7", TAMPERED)], [("7", (0,), False)]),
    "one empty value": ([("7", SESSION), ("7", "")], [("7", (0, 1), False)]),
    "two meters": ([("7", OTHER_BEGIN), ("7", END_RECORD)], [("7", (0, 1), False)]),
}


@pytest.mark.parametrize("name", IDS)
def test_values_with_an_id(name: str) -> None:
    """Values of one id are one transaction, and one bad value among them spoils it."""
    stated, expected = IDS[name]
    raw = xml(*[value(text, key=spki_hex(KEY), transactionId=number) for number, text in stated])
    found = judged(raw).transactions
    assert expected == [(one.transaction.transaction_id, one.indexes, one.billable) for one in found]


def test_lone_begin_is_incomplete() -> None:
    """Half a transaction is authentic and is said to be half."""
    (only,) = judged(BEGIN_RECORD, GIVEN).transactions
    assert only.authentic
    assert Code.TRANSACTION_INCOMPLETE in {one.code for one in only.transaction.findings}


def test_bad_value_is_told_in_its_transaction() -> None:
    """A transaction with a bad value carries the error, not only the file."""
    raw = xml(*[value(text, key=spki_hex(KEY), transactionId="7") for text in (SESSION, TAMPERED)])
    (only,) = judged(raw).transactions
    told = {one.code for one in only.transaction.findings if one.severity is Severity.ERROR}
    assert Code.TRANSACTION_NOT_AUTHENTIC in told
    assert (False, False) == (only.authentic, only.billable)


@pytest.mark.parametrize(("text", "expected"), [(SESSION, "10.5"), (BEGIN_RECORD, "None"), (FISCAL, "None")])
def test_energy_of_a_value_needs_begin_and_end(text: str, expected: str) -> None:
    """A value tells an energy only where it alone holds both ends."""
    (only,) = judged(text, GIVEN).values
    assert expected == str(only.energy_kwh)


def test_file_without_a_transaction_is_not_billable() -> None:
    """Nothing to bill is not billable: an empty list proves nothing."""
    judgement = judged(FISCAL, GIVEN)
    assert (Verdict.VALID, False) == (judgement.verdict, judgement.billable)
