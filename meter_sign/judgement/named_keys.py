"""Which keys judge an EDIFACT or S/MIME message: each signature names its key, and nothing is tried.

What a message brings along is never a key: certificates in CMS and numbers in USA are not even looked at. What it says
of its meter and its time is unauthenticated until the signatures hold, and only decides whose registration is asked.

A key is found by its name alone, and then asked whether it may be trusted for this message. The two are kept apart,
because a wrong signature weighs more than an untrusted key: the signature is checked with whatever key was found.

Source: edifact.md 5.5; contracts.md 1, `--key`.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.crypto.keys import TrustedKey
from meter_sign.crypto.rsa_keys import decode_any_public_key
from meter_sign.errors import KeyMaterialError, MeterSignError
from meter_sign.judgement.keys import Outcome
from meter_sign.judgement.named_words import in_full, reading_in_words, time_in_words, unknown_key
from meter_sign.judgement.signatures import SignatureJudgement, is_called, judge_signature, sender_warning
from meter_sign.model import KeySource, SignatureContainer, SignerKind, normal_meter_id
from meter_sign.registry import KeyRegistry
from meter_sign.verify import FoundKey, verify_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from meter_sign.crypto.certificates import KnownCertificate
    from meter_sign.crypto.named_signature import AnyKey
    from meter_sign.judgement.model import KeyPolicy
    from meter_sign.model import (
        KeyReference,
        NamedSignature,
        NamedSignatures,
        ParsedRecord,
        RecordContent,
    )
    from meter_sign.registry import MeterKey

#: How far the time that a signer claims may lie from the last reading and still prove something (edifact.md 5.5).
SIGNED_WITHIN = timedelta(hours=24)
_NOBODY = KeyRegistry()


class _Candidate(NamedTuple):
    """A key that a signature names, before anybody asked whether it may be trusted."""

    key: AnyKey
    source: KeySource
    certificate: KnownCertificate | None = None


class _Instant(NamedTuple):
    """A time at which a key must count, and who says so."""

    at: datetime
    in_words: str


class _Claims(NamedTuple):
    """What a message says of itself, for looking up and comparing; meters in their normal spelling."""

    meters: frozenset[str]
    #: Empty where values of several meters are stated: one location does not speak for another.
    location: str
    #: Whether the meter's serial number is stated; then a meter's key counts by that and never by the location, or one
    #: key would sign the same energy for as many meters as it likes.
    states_serial: bool
    #: The last reading or end of an interval; None where nothing could be read.
    last_reading: datetime | None
    #: OCPI public_key; None where there is none, or none that can be read.
    container_key: AnyKey | None
    #: KEY_INVALID where it cannot be read: that changes nothing where a known key speaks, and is told.
    warnings: tuple[Code, ...]


def check_named_signatures(parsed: ParsedRecord, named: NamedSignatures, policy: KeyPolicy, *, at: datetime) -> Outcome:
    """Judge a message's signatures with the keys that they name.

    Args:
        parsed: the record; nothing in it is trusted.
        named: its signatures.
        policy: the keys.
        at: the time that counts where neither signature nor message states one.

    Returns:
        The verified record, or of all errors the one that weighs most.
    """
    # 1. For each signature the one key that it names, and whether it may be trusted for this message.
    # 2. A key that lies beside the message must be one of those.
    # 3. All signatures are checked, and then answered for.
    claims = _claims(parsed, named)
    # 1.
    found = [_find(one, named, claims, policy, at) for one in named.signatures]
    # 2.
    found = _compared(found, claims)
    keys = [one.key for one in found if one.key is not None]
    told = tuple(_told(*pair, claims, policy) for pair in zip(named.signatures, found, strict=True))
    try:
        # 3.
        record = verify_named(parsed, found, allow_secp256k1=policy.allow_secp256k1)
    except MeterSignError as error:
        warnings = named.warnings + claims.warnings
        return Outcome(key=keys[0] if keys else None, error=error, warnings=warnings, signatures=told)
    used = next(key for key in keys if key.key.fingerprint == record.key_fingerprint)
    warnings = claims.warnings + sender_warning(record.content.sender, told)
    return Outcome(key=used, record=record, warnings=warnings, signatures=told)


def _told(signature: NamedSignature, found: FoundKey, claims: _Claims, policy: KeyPolicy) -> SignatureJudgement:
    entries: tuple[MeterKey, ...] = ()
    if found.key is not None:
        registered = (policy.registry or _NOBODY).find_by_fingerprint(found.key.key.fingerprint)
        entries = _speaking(registered, claims) or registered
    return judge_signature(signature, found, entries, policy.certificates)


# What the message says ------------------------------------------------------------------------------------------------


def _claims(parsed: ParsedRecord, named: NamedSignatures) -> _Claims:
    text = parsed.payload.container_key
    key = None
    with suppress(KeyMaterialError):
        key = decode_any_public_key(text) if text else None
    content = parsed.content
    stated = {parsed.claimed_meter_id}
    if content is not None:
        stated |= {one.meter_id for one in content.readings} | {one.meter_id for one in content.intervals}
    meters = frozenset(normal_meter_id(one) for one in stated if one)
    serial, location = _place(parsed, named, several=len(meters) > 1)
    return _Claims(
        meters=meters,
        location=normal_meter_id(location or ""),
        states_serial=bool(serial.strip()),
        last_reading=_last_reading(content),
        container_key=key,
        warnings=(Code.KEY_INVALID,) if text and key is None else (),
    )


def _place(parsed: ParsedRecord, named: NamedSignatures, *, several: bool) -> tuple[str, str | None]:
    """Serial and location of the one meter that the message is of; of several meters none has a place of its own."""
    if several:
        return "", None
    if parsed.content is not None:
        return parsed.content.meter.serial or "", parsed.content.meter.location
    claimed = parsed.claimed_meter_id or ""
    return ("" if claimed == named.claimed_location else claimed), named.claimed_location


def _last_reading(content: RecordContent | None) -> datetime | None:
    if content is None:
        return None
    times = [one.time.at for one in content.readings if one.time] + [one.ends.at for one in content.intervals]
    return max(times, default=None)


def _compared(found: list[FoundKey], claims: _Claims) -> list[FoundKey]:
    keys = [one.key.key for one in found if one.key is not None]
    if claims.container_key is None or not keys or claims.container_key in keys:
        return found
    detail = "public_key beside the message is another key than the one that the message names"
    first, mismatch = found[0], KeyMaterialError(Code.PUBLIC_KEY_MISMATCH, detail)
    return [first._replace(objections=(*first.objections, mismatch)), *found[1:]]


# Which key a signature names ------------------------------------------------------------------------------------------


def _candidate(reference: KeyReference, claims: _Claims, policy: KeyPolicy, instant: datetime) -> _Candidate | None:
    """The key that a signature names: its certificate, its name, the key beside the message; in this order."""
    return (
        _by_certificate(reference, claims, policy, instant)
        or _by_name(reference, claims, policy, instant)
        or _by_container_key(claims, policy)
    )


def _by_certificate(
    reference: KeyReference, claims: _Claims, policy: KeyPolicy, instant: datetime
) -> _Candidate | None:
    registered = _registered((policy.registry or _NOBODY).find_named(reference), claims, instant)
    if registered is not None:
        return registered
    names = reference.certificate_names
    known = (one for name in names for one in policy.certificates if is_called(one, name))
    return next((_Candidate(one.key, KeySource.ARGUMENT, one) for one in known), None)


def _by_name(reference: KeyReference, claims: _Claims, policy: KeyPolicy, instant: datetime) -> _Candidate | None:
    name = (reference.key_name or "").strip()
    if not name:
        return None
    entries = (policy.registry or _NOBODY).find_by_name(name)
    own = _speaking(entries, claims)
    given = {decode_any_public_key(one.text) for one in policy.arguments if (one.name or "").strip() == name}
    argument = _Candidate(given.pop(), KeySource.ARGUMENT) if len(given) == 1 else None
    # A key of that name that is registered for other meters only: found, and refused for that reason.
    return _registered(own, claims, instant) or argument or _registered(entries, claims, instant)


def _by_container_key(claims: _Claims, policy: KeyPolicy) -> _Candidate | None:
    key = claims.container_key
    if key is None:
        return None
    entries = (policy.registry or _NOBODY).find_by_fingerprint(key.fingerprint)
    if entries:
        entry = (*_speaking(entries, claims), *entries)[0]
        return _Candidate(key, KeySource.REGISTRY, entry.certificate)
    given = any(_is_key(one.text, key) for one in policy.arguments)
    return _Candidate(key, KeySource.ARGUMENT) if given else None


def _is_key(text: str | bytes, key: AnyKey) -> bool:
    try:
        return decode_any_public_key(text) == key
    except KeyMaterialError:
        # An argument for records of a meter format, whose curve the text does not tell.
        return False


def _registered(entries: Sequence[MeterKey], claims: _Claims, instant: datetime) -> _Candidate | None:
    """The one key of some registrations: this meter's before others', those that count at the instant before others.

    Two keys that nothing tells apart are none: a signature is never tried with one key after the other.
    """
    chosen = _speaking(entries, claims) or entries
    chosen = [one for one in chosen if one.valid_at(instant)] or chosen
    if len({one.key for one in chosen}) != 1:
        return None
    return _Candidate(chosen[0].key, KeySource.REGISTRY, chosen[0].certificate)


# Whether it may be trusted for this message ---------------------------------------------------------------------------


def _find(
    signature: NamedSignature, named: NamedSignatures, claims: _Claims, policy: KeyPolicy, at: datetime
) -> FoundKey:
    stated = signature.signed_at or named.written_at
    instants = _instants(signature, named, claims, at)
    try:
        candidate = _candidate(signature.key, claims, policy, instants[-1].at)
    except KeyMaterialError as error:
        return FoundKey(None, (error,))
    if candidate is None:
        return FoundKey(None, (unknown_key(signature),))
    entries = (policy.registry or _NOBODY).find_by_fingerprint(candidate.key.fingerprint)
    own = _speaking(entries, claims)
    far = stated is not None and claims.last_reading is not None and abs(stated - claims.last_reading) > SIGNED_WITHIN
    against: list[KeyMaterialError] = []
    for instant in instants:
        objections = [
            *_registration_objections(entries, own, instant.at, now=at if far else instant.at),
            *_chain_objections(candidate, policy, instant.at),
        ]
        against += [in_full(error, signature, candidate.certificate, instant.in_words) for error in objections]
    late = candidate.certificate is not None and candidate.certificate.valid_until < at
    if late and far:
        detail = f"{signature.name}: its certificate has expired, and it claims a time far from that of its values"
        far_off = KeyMaterialError(Code.CERT_EXPIRED, detail)
        against.append(in_full(far_off, signature, candidate.certificate, instants[0].in_words))
    told = ((Code.CERT_EXPIRED_NOW, late), (Code.SIGNING_TIME_FAR, far and _states_time_in_message(signature)))
    key = TrustedKey(key=candidate.key, source=candidate.source, signer_kind=_signer_kind(own))
    return FoundKey(key, tuple(against), tuple(code for code, holds in told if holds))


def _instants(signature: NamedSignature, named: NamedSignatures, claims: _Claims, at: datetime) -> tuple[_Instant, ...]:
    """When a key must count: at the time that is stated, and at the last reading where that is later.

    Nobody signs a reading before it is taken, so a time before it, claimed or true, brings no key back that has ended.
    It is held against the signer all the same: a key that had not begun to count then did not sign then.
    """
    stated = signature.signed_at or named.written_at or at
    signed = _Instant(stated, time_in_words(signature, named, at))
    if claims.last_reading is None or claims.last_reading <= stated:
        return (signed,)
    return (signed, _Instant(claims.last_reading, reading_in_words(claims.last_reading)))


def _speaking(entries: Sequence[MeterKey], claims: _Claims) -> tuple[MeterKey, ...]:
    """The registrations that speak for the message's meters: for all of them, or none does.

    A location speaks where no meter is named; where one is, it only speaks for the parties that sign its values.
    """
    everywhere = tuple(one for one in entries if not one.meter_id.strip())
    at_place = tuple(one for one in entries if claims.location and normal_meter_id(one.meter_id) == claims.location)
    if claims.states_serial:
        at_place = tuple(one for one in at_place if one.signer_kind is SignerKind.PARTY)
    own = tuple(one for one in entries if normal_meter_id(one.meter_id) in claims.meters)
    if not claims.meters <= {normal_meter_id(one.meter_id) for one in own}:
        own = ()
    return tuple(dict.fromkeys((*everywhere, *own, *at_place)))


def _registration_objections(
    entries: Sequence[MeterKey], own: Sequence[MeterKey], instant: datetime, *, now: datetime
) -> Iterator[KeyMaterialError]:
    """What the registry says against a key at the instant of signing, and up to now where that instant proves little.

    A signer claims its time itself: whoever has a key that counts no more would sign today and claim yesterday.
    """
    if entries and not own:
        detail = f"the key is registered for {entries[0].meter_id!r} and not for the message's meter"
        yield KeyMaterialError(Code.KEY_METER_MISMATCH, detail)
    if own and not any(one.valid_at(instant) for one in own):
        detail = "the key is registered for this meter, and does not count at the time of the signature"
        yield KeyMaterialError(Code.KEY_NOT_VALID_AT_TIME, detail)
    elif own and all(one.has_ended(now) for one in own if one.valid_at(instant)):
        detail = "the key counts no more, and its signature claims a time far from that of the values"
        yield KeyMaterialError(Code.KEY_NOT_VALID_AT_TIME, detail)


def _chain_objections(candidate: _Candidate, policy: KeyPolicy, instant: datetime) -> Iterator[KeyMaterialError]:
    certificate = candidate.certificate
    if certificate is None:
        return
    if candidate.source is KeySource.REGISTRY:
        # Whoever registered it vouches for it, so no issuer has to; when it ends it says itself.
        if not certificate.valid_at(instant):
            detail = f"the certificate of {certificate.subject_text} was not valid when it signed"
            yield KeyMaterialError(Code.CERT_EXPIRED, detail)
        return
    # Loads what reads X.509: half of what a command loads, and most commands see no certificate.
    from meter_sign.crypto.certificate_path import check_chain  # noqa: PLC0415 - see above

    try:
        check_chain(certificate, pool=policy.certificates, anchors=policy.trust_anchors, at=instant)
    except KeyMaterialError as error:
        yield error


def _states_time_in_message(signature: NamedSignature) -> bool:
    """Whether it is USH S501 that states the time; a mail may well be signed long after the values were read."""
    return signature.signed_at is not None and signature.container is SignatureContainer.IN_MESSAGE


def _signer_kind(own: Sequence[MeterKey]) -> SignerKind:
    """What the registry says; a key that is registered for both is a party's, whoever else may hold it."""
    kinds = {one.signer_kind for one in own}
    return next((kind for kind in (SignerKind.PARTY, SignerKind.METER) if kind in kinds), SignerKind.UNKNOWN)
