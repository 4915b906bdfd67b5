"""Which key judges a message: the one that it names, if somebody vouches for it, for this meter and at this time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from meter_sign.codes import Code
from meter_sign.crypto.rsa_keys import decode_any_public_key
from meter_sign.errors import ContentError
from meter_sign.judgement import KeyPolicy, NamedKey
from meter_sign.judgement.named_keys import check_named_signatures
from meter_sign.model import (
    HashAlgorithm,
    KeyReference,
    KeySource,
    SignatureContainer,
    SignerKind,
)
from meter_sign.registry import KeyRegistry, MeterKey
from tests.support.certificates import BEGIN, END, METER, STRANGER, Holder, authority, days, issued, reference, spki
from tests.support.named_messages import LOCATION, METER_ID, READ_AT, content, message, reading, signature

if TYPE_CHECKING:
    from meter_sign.judgement.keys import Outcome
    from meter_sign.model import ParsedRecord

AT = datetime(2026, 12, 31, tzinfo=UTC)
ROOT = authority("root", 3)
SIGNER = issued("meter", METER, by=ROOT)
BY_CERTIFICATE = message(signature(METER, reference(SIGNER)))
BY_NAME = message(signature(METER, KeyReference(key_name="p256")))
NAMELESS = message()


def entry(key: Any = METER, *, holder: Holder | None = None, **fields: Any) -> MeterKey:
    """A registration of a key, or of a certificate."""
    stated = {"meter_id": METER_ID, "name": "p256", "provenance": "other"} | fields
    certificate = None if holder is None else holder.known
    public = decode_any_public_key(spki(key)) if certificate is None else certificate.key
    return MeterKey(key=public, certificate=certificate, **stated)


def party(key: Any = METER, **fields: Any) -> MeterKey:
    """A market party's registration."""
    return entry(key, signer_kind=SignerKind.PARTY, **({"meter_id": "", "name": "9900000000001"} | fields))


def registered(*entries: MeterKey, **fields: Any) -> KeyPolicy:
    """A policy with a registry."""
    return KeyPolicy(registry=KeyRegistry(entries), **fields)


def known(*holders: Holder, anchors: tuple[Holder, ...] = (ROOT,), **fields: Any) -> KeyPolicy:
    """A policy with certificates that were given beside."""
    given = tuple(one.known for one in holders)
    return KeyPolicy(certificates=given, trust_anchors=tuple(one.known for one in anchors), **fields)


def argument(name: str | None, key: Any = METER) -> KeyPolicy:
    """A policy with one key on the command line."""
    return KeyPolicy(arguments=(NamedKey(name=name, text=spki(key)),))


def judged(record: ParsedRecord, policy: KeyPolicy, at: datetime = AT) -> Outcome:
    """Judge a message."""
    assert record.named is not None
    return check_named_signatures(record, record.named, policy, at=at)


def answer(record: ParsedRecord, policy: KeyPolicy, at: datetime = AT) -> tuple[Any, ...]:
    """Who signed and where the key is from; or the codes that stand against it."""
    outcome = judged(record, policy, at)
    if outcome.record is not None:
        return outcome.record.signer_kind, outcome.record.key_source
    assert outcome.error is not None
    return outcome.error.code, *outcome.error.further


REGISTERED_METER = (SignerKind.METER, KeySource.REGISTRY)
REGISTERED_PARTY = (SignerKind.PARTY, KeySource.REGISTRY)
GIVEN = (SignerKind.UNKNOWN, KeySource.ARGUMENT)


@pytest.mark.parametrize(
    ("record", "policy", "expected"),
    [
        (BY_CERTIFICATE, registered(entry(holder=SIGNER)), REGISTERED_METER),
        (BY_CERTIFICATE, registered(party(holder=SIGNER)), REGISTERED_PARTY),
        (BY_CERTIFICATE, registered(party(holder=SIGNER, meter_id=METER_ID)), REGISTERED_PARTY),
        (message(signature(METER, reference(SIGNER)), says=content(serial=None)),
         registered(entry(holder=SIGNER, meter_id=LOCATION)), REGISTERED_METER),
        (BY_CERTIFICATE, registered(entry(), party()), (Code.KEY_UNKNOWN,)),
        (BY_CERTIFICATE, registered(entry(holder=SIGNER), party(holder=SIGNER)), REGISTERED_PARTY),
        (BY_CERTIFICATE, known(SIGNER), GIVEN),
        (BY_CERTIFICATE, replace(known(SIGNER), registry=KeyRegistry((entry(),))),
         (SignerKind.METER, KeySource.ARGUMENT)),
        (BY_CERTIFICATE, known(SIGNER, anchors=()), (Code.CERT_UNTRUSTED,)),
        (BY_CERTIFICATE, known(anchors=(ROOT, SIGNER)), (Code.KEY_UNKNOWN,)),
        (BY_CERTIFICATE, argument(None), (Code.KEY_UNKNOWN,)),
        (BY_CERTIFICATE, KeyPolicy(), (Code.KEY_UNKNOWN,)),
        (BY_CERTIFICATE, known(issued("meter", METER, by=ROOT, serial=2)), (Code.KEY_UNKNOWN,)),
        (BY_CERTIFICATE, known(issued("meter", METER, by=authority("foreign", 7))), (Code.KEY_UNKNOWN,)),
        (BY_NAME, registered(entry()), REGISTERED_METER),
        (BY_NAME, registered(party(name="p256")), REGISTERED_PARTY),
        (BY_NAME, argument("p256"), GIVEN),
        (BY_NAME, argument("P256"), (Code.KEY_UNKNOWN,)),
        (BY_NAME, argument(None), (Code.KEY_UNKNOWN,)),
        (BY_NAME, argument(METER_ID), (Code.KEY_UNKNOWN,)),
        (BY_NAME, KeyPolicy(arguments=(NamedKey(name="p256", text="no key"),)), (Code.KEY_INVALID,)),
        (BY_NAME, registered(entry(), entry(STRANGER)), (Code.KEY_UNKNOWN,)),
        (NAMELESS, registered(entry(holder=SIGNER)), (Code.KEY_UNKNOWN,)),
        (NAMELESS, argument(METER_ID), (Code.KEY_UNKNOWN,)),
        (NAMELESS, known(SIGNER), (Code.KEY_UNKNOWN,)),
    ],
)  # fmt: skip
def test_key_is_the_one_that_the_message_names(
    record: ParsedRecord, policy: KeyPolicy, expected: tuple[Any, ...]
) -> None:
    """By its certificate or its name, and never because it happens to fit."""
    assert expected == answer(record, policy)


def test_certificate_may_be_named_by_its_key_identifier() -> None:
    """As CMS may do."""
    record = message(signature(METER, KeyReference(subject_key_id=SIGNER.known.subject_key_id)))
    policies = (registered(entry(holder=SIGNER)), known(SIGNER))
    assert [REGISTERED_METER, GIVEN] == [answer(record, policy) for policy in policies]


def test_registry_comes_before_certificates_that_were_given() -> None:
    """Whoever registered it vouches for it, so no anchor is asked."""
    policy = replace(known(SIGNER, anchors=()), registry=KeyRegistry((entry(holder=SIGNER),)))
    assert REGISTERED_METER == answer(BY_CERTIFICATE, policy)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (registered(entry()), REGISTERED_METER),
        (registered(party()), REGISTERED_PARTY),
        (argument("anything"), GIVEN),
        (argument(None), GIVEN),
        (registered(entry(STRANGER)), (Code.KEY_UNKNOWN,)),
        (argument(None, STRANGER), (Code.KEY_UNKNOWN,)),
        (KeyPolicy(), (Code.KEY_UNKNOWN,)),
        (registered(entry(meter_id="another")), (Code.KEY_METER_MISMATCH,)),
    ],
)
def test_key_beside_the_message_counts_where_somebody_vouches_for_it(
    policy: KeyPolicy, expected: tuple[Any, ...]
) -> None:
    """OCPI public_key only chooses among keys that are registered or given; alone it proves nothing."""
    assert expected == answer(message(public_key=spki(METER).hex()), policy)


@pytest.mark.parametrize(
    ("beside", "expected"),
    [(METER, REGISTERED_METER), (STRANGER, (Code.PUBLIC_KEY_MISMATCH,))],
)
def test_another_key_beside_the_message_is_an_alarm(beside: Any, expected: tuple[Any, ...]) -> None:
    """OCPI public_key must be the key that the message names."""
    record = message(signature(METER, KeyReference(key_name="p256")), public_key=spki(beside).hex())
    assert expected == answer(record, registered(entry()))


def test_key_beside_the_message_may_be_that_of_any_of_its_signers() -> None:
    """A party's wrapper around a meter's message has two, and OCPI room for one."""
    signatures = (signature(STRANGER, KeyReference(key_name="party")), signature(METER, KeyReference(key_name="p256")))
    record = message(*signatures, public_key=spki(METER).hex())
    assert REGISTERED_METER == answer(record, registered(entry(), party(STRANGER, name="party")))


def test_unreadable_key_beside_the_message_is_told() -> None:
    """It changes nothing where a known key speaks."""
    record = message(signature(METER, KeyReference(key_name="p256")), public_key="no key")
    outcome = judged(record, registered(entry()))
    assert (True, (Code.KEY_INVALID,)) == (outcome.record is not None, outcome.warnings)


# Whether it may be trusted for this message ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "policy"),
    [
        (BY_CERTIFICATE, registered(entry(holder=SIGNER, meter_id="another"))),
        (BY_CERTIFICATE, registered(party(holder=SIGNER, meter_id="another"))),
        (BY_CERTIFICATE, replace(known(SIGNER), registry=KeyRegistry((entry(meter_id="another"),)))),
        (BY_NAME, registered(entry(meter_id="another"))),
    ],
)
def test_key_of_another_meter_is_refused(record: ParsedRecord, policy: KeyPolicy) -> None:
    """A key that is registered, and not for this meter, does not speak for it."""
    assert (Code.KEY_METER_MISMATCH,) == answer(record, policy)


def test_message_of_several_meters_needs_the_key_of_all() -> None:
    """A key that is registered for one of two meters does not speak for the other."""
    says = content(reading(1, meter_id=METER_ID), reading(meter_id="M2"), location=None)
    record = message(signature(METER, reference(SIGNER)), says=says)
    one, two = entry(holder=SIGNER), entry(holder=SIGNER, meter_id="M2")
    answers = [answer(record, registered(*keys)) for keys in ((one,), (one, two))]
    assert [(Code.KEY_METER_MISMATCH,), REGISTERED_METER] == answers


def test_location_of_one_meter_does_not_speak_for_the_next() -> None:
    """A key that is registered for the first meter's location is none for a meter that stands elsewhere."""
    says = content(reading(1, meter_id=METER_ID), reading(meter_id="M2"))
    record = message(signature(METER, reference(SIGNER)), says=says)
    assert (Code.KEY_METER_MISMATCH,) == answer(record, registered(entry(holder=SIGNER, meter_id=LOCATION)))


def test_location_speaks_where_the_content_is_bad() -> None:
    """What the message claims finds the key, so that the bad content is the answer and not an unknown key."""
    bad = ContentError(Code.UNIT, "")
    record = replace(message(signature(METER, reference(SIGNER)), content_error=bad), claimed_meter_id=LOCATION)
    assert (Code.UNIT,) == answer(record, registered(entry(holder=SIGNER, meter_id=LOCATION)))


@pytest.mark.parametrize(
    ("signer", "expected"), [(entry, (Code.KEY_METER_MISMATCH,)), (party, REGISTERED_PARTY)], ids=["meter", "party"]
)
def test_location_speaks_for_no_meter_that_is_named(signer: Any, expected: tuple[Any, ...]) -> None:
    """Else one key would sign the same energy for every serial number that it writes down; a party signs no energy."""
    record = message(signature(METER, reference(SIGNER)), says=content(serial="any"))
    assert expected == answer(record, registered(signer(holder=SIGNER, meter_id=LOCATION)))


def test_wrong_signature_weighs_more_than_the_wrong_meter() -> None:
    """Whoever changes the meter's number in a message breaks its signature, and that is the answer."""
    forged = message(signature(STRANGER, reference(SIGNER)), says=content(serial="another"))
    assert (Code.SIGNATURE_MISMATCH,) == answer(forged, registered(entry(holder=SIGNER)))


@pytest.mark.parametrize(
    ("from_", "until", "expected"),
    [
        (READ_AT, READ_AT + days(1), REGISTERED_METER),
        (READ_AT + days(1), None, (Code.KEY_NOT_VALID_AT_TIME,)),
        (None, READ_AT, (Code.KEY_NOT_VALID_AT_TIME,)),
    ],
)
def test_registration_counts_when_it_was_signed(
    from_: datetime | None, until: datetime | None, expected: tuple[Any, ...]
) -> None:
    """The registry's own times are asked at the time of the signature."""
    record = message(signature(METER, KeyReference(key_name="p256"), signed_at=READ_AT))
    assert expected == answer(record, registered(entry(valid_from=from_, valid_until=until)))


@pytest.mark.parametrize("claimed", [timedelta(minutes=1), timedelta(days=20)])
def test_time_before_its_reading_brings_no_key_back(claimed: timedelta) -> None:
    """A key that had ended when the value was read signed it afterwards, whatever the message or the caller says."""
    ended = entry(valid_until=READ_AT)
    silent, dated = (
        message(signature(METER, KeyReference(key_name="p256"), signed_at=signed_at))
        for signed_at in (None, READ_AT - claimed)
    )
    assert (Code.KEY_NOT_VALID_AT_TIME,) == answer(dated, registered(ended))
    assert (Code.KEY_NOT_VALID_AT_TIME,) == answer(silent, registered(ended), at=READ_AT - claimed)


@pytest.mark.parametrize("times", [{"signed_at": READ_AT - days(2)}, {"written_at": READ_AT - days(2)}])
@pytest.mark.parametrize(("at", "expected"), [(READ_AT, REGISTERED_METER), (AT, (Code.KEY_NOT_VALID_AT_TIME,))])
def test_key_that_counts_no_more_is_not_believed_on_a_time_far_from_its_values(
    times: dict[str, datetime], at: datetime, expected: tuple[Any, ...]
) -> None:
    """The time is the signer's own claim: with a key that has ended, anybody could claim a time before its end."""
    signed = signature(METER, KeyReference(key_name="p256"), signed_at=times.get("signed_at"))
    record = message(signed, written_at=times.get("written_at"))
    assert expected == answer(record, registered(entry(valid_until=READ_AT + days(1))), at)


def test_of_two_keys_of_one_name_the_one_counts_that_is_valid() -> None:
    """A key that was changed keeps its name."""
    old, new = entry(STRANGER, valid_until=READ_AT), entry(METER, valid_from=READ_AT)
    record = message(signature(METER, KeyReference(key_name="p256"), signed_at=READ_AT))
    assert REGISTERED_METER == answer(record, registered(old, new))


ENDED = issued("meter", METER, by=ROOT, end=READ_AT + days(1))
ENDED_POLICIES = (registered(entry(holder=ENDED)), known(ENDED))


@pytest.mark.parametrize("policy", ENDED_POLICIES)
@pytest.mark.parametrize(
    ("signed_at", "written_at", "at", "expected"),
    [
        (READ_AT, None, READ_AT, ()),
        (READ_AT, None, AT, (Code.CERT_EXPIRED_NOW,)),
        (None, READ_AT, AT, (Code.CERT_EXPIRED_NOW,)),
        (READ_AT, AT, AT, (Code.CERT_EXPIRED_NOW,)),
        (None, None, AT, (Code.CERT_EXPIRED,)),
        (AT, None, AT, (Code.CERT_EXPIRED,)),
        (READ_AT - timedelta(hours=25), None, AT, (Code.CERT_EXPIRED,)),
        (READ_AT - timedelta(hours=24), None, AT, (Code.CERT_EXPIRED_NOW,)),
        (BEGIN - days(1), None, READ_AT, (Code.CERT_EXPIRED,)),
    ],
)
def test_certificate_counts_when_it_was_valid_at_signing(
    policy: KeyPolicy, signed_at: datetime | None, written_at: datetime | None, at: datetime, expected: tuple[Code, ...]
) -> None:
    """The signature's own time comes first, then the message's, then that of the judgement."""
    record = message(signature(METER, reference(ENDED), signed_at=signed_at), written_at=written_at)
    outcome = judged(record, policy, at)
    told = (outcome.error.code,) if outcome.error is not None else outcome.record and outcome.record.warnings
    assert expected == told


@pytest.mark.parametrize(
    ("container", "hours", "expected"),
    [
        (SignatureContainer.IN_MESSAGE, 24, ()),
        (SignatureContainer.IN_MESSAGE, 25, (Code.SIGNING_TIME_FAR,)),
        (SignatureContainer.IN_MESSAGE, -25, (Code.SIGNING_TIME_FAR,)),
        (SignatureContainer.CMS, 25, ()),
    ],
)
def test_time_far_from_the_values_is_told(
    container: SignatureContainer, hours: int, expected: tuple[Code, ...]
) -> None:
    """A meter signs when it reads; a mail may be signed later."""
    at = READ_AT + timedelta(hours=hours)
    record = message(signature(METER, reference(SIGNER), signed_at=at, container=container))
    outcome = judged(record, registered(entry(holder=SIGNER)))
    assert outcome.record is not None
    assert expected == outcome.record.warnings


def test_message_that_no_reading_dates_is_judged_for_its_content() -> None:
    """Where nothing could be read, no time is far from it, and the content is the answer."""
    error = ContentError(Code.UNIT, "kW is no energy")
    record = message(signature(METER, reference(ENDED), signed_at=READ_AT), content_error=error)
    assert (Code.UNIT,) == answer(record, registered(entry(holder=ENDED)))


# Several signatures, options, and what is told ------------------------------------------------------------------------


def test_every_signature_needs_a_known_key() -> None:
    """One of two by a key that nobody knows is enough to refuse."""
    record = message(signature(METER, reference(SIGNER)), signature(STRANGER, KeyReference(key_name="stranger")))
    assert (Code.KEY_UNKNOWN,) == answer(record, registered(entry(holder=SIGNER)))


def test_key_of_the_strongest_signer_is_shown() -> None:
    """Of a party's and a meter's signature the meter's key stands beside the verdict, with its own source."""
    record = message(signature(STRANGER, KeyReference(key_name="given")), signature(METER, reference(SIGNER)))
    policy = KeyPolicy(
        arguments=(NamedKey(name="given", text=spki(STRANGER)),), registry=KeyRegistry((entry(holder=SIGNER),))
    )
    outcome = judged(record, policy)
    assert outcome.key is not None
    assert decode_any_public_key(spki(METER)) == outcome.key.key
    assert REGISTERED_METER == answer(record, policy)


def test_weak_hash_is_told_without_a_key() -> None:
    """SHA-1 outweighs that the key is unknown."""
    record = message(signature(METER, KeyReference(key_name="p256"), hash_=HashAlgorithm.SHA_1))
    assert (Code.WEAK_HASH,) == answer(record, KeyPolicy())


@pytest.mark.parametrize(("allow", "expected"), [(False, (Code.ALGORITHM_UNSUPPORTED,)), (True, REGISTERED_METER)])
def test_secp256k1_is_an_option(*, allow: bool, expected: tuple[Any, ...]) -> None:
    """The policy says whether that curve counts."""
    key = ec.derive_private_key(5, ec.SECP256K1())
    record = message(signature(key, KeyReference(key_name="p256")))
    assert expected == answer(record, registered(entry(key), allow_secp256k1=allow))


@pytest.mark.parametrize("policy", [KeyPolicy(), registered(entry())])
def test_warnings_of_the_frame_are_told_once(policy: KeyPolicy) -> None:
    """Be the message verified or not."""
    record = replace(BY_NAME, named=replace(BY_NAME.named, warnings=(Code.SYNTAX3_SECURITY,)))  # type: ignore[type-var]
    outcome = judged(record, policy)
    told = outcome.warnings + (outcome.record.warnings if outcome.record is not None else ())
    assert (Code.SYNTAX3_SECURITY,) == told


def test_registered_only_policy_lets_registered_and_given_keys_count() -> None:
    """No key of a message came with it, so the option takes nothing away."""
    assert REGISTERED_METER == answer(BY_NAME, registered(entry(), require_registry=True))


def test_certificate_is_valid_to_the_end_of_its_last_day() -> None:
    """A certificate that has not ended tells nothing."""
    record = message(signature(METER, reference(SIGNER), signed_at=READ_AT))
    outcome = judged(record, registered(entry(holder=SIGNER)), END)
    assert outcome.record is not None
    assert () == outcome.record.warnings
