"""Verification: the only door between what a record seems to say and what may be believed.

    (ParsedRecord, TrustedKey) -> VerifiedRecord                  records of meter formats: one key made all of it
    (ParsedRecord, a FoundKey a signature) -> VerifiedRecord      EDIFACT and S/MIME: each signature names its key

Read this file first. Everything that is billed has passed `verify` or `verify_named`, and nothing else makes a
`VerifiedRecord`: a source test holds that, so an unverified reading cannot reach a price. Both raise and never answer
with a boolean, because an answer can be ignored.

What a verified record proves: the holder of this key's private half signed exactly these bytes, and they can be read
as readings. What it does not prove is left to others, by name:

- whose key it is: the caller chose it; `registry.py` binds keys to meters, and `key_source` says who vouched,
- whether begin and end belong together, the clock is good, the register may be billed: `eichrecht`,
- what is billed between two readings: `periods.py`.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.crypto.keys import PublicKey
from meter_sign.crypto.named_signature import check, check_curve, check_hash
from meter_sign.crypto.signature import verify_ecdsa
from meter_sign.errors import (
    ContentError,
    InvalidSignatureError,
    KeyMaterialError,
    MeterSignError,
    UnsignedPayloadError,
    heaviest,
)
from meter_sign.model import KeySource, ParsedRecord, SignerKind, VerifiedRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from meter_sign.crypto.keys import TrustedKey
    from meter_sign.model import NamedSignature, RecordContent

CAME_WITH_THE_RECORD = frozenset({KeySource.CONTAINER, KeySource.EMBEDDED})


def verify(record: ParsedRecord, key: TrustedKey) -> VerifiedRecord:
    """Check a record's signature under one key, and let it pass or raise.

    Args:
        record: as its format's parser read it; nothing in it is trusted.
        key: the key to check with. It is trusted as far as its `source` goes, and the result keeps that source.

    Returns:
        The record, from here on evidence.

    Raises:
        KeyMaterialError: KEY_INVALID, when the key lies on another curve than the record names, or is one of RSA.
        InvalidSignatureError: this key did not make this signature over these bytes, or it is no signature.
        ContentError: the signature holds, but what was signed is no measurement.

    Source: OCMF 1.4.1, "Signing and Verification Process"; contracts.md 1 (order of the answers).
    """
    # The procedure. Each block below repeats its number.
    # 1. The key lies on the curve that the record names.
    # 2. Every signature holds over its span: the bytes as received, never a re-encoding.
    # 3. What was signed is a measurement. Only now: an unsigned reason is nobody's word.
    # 4. The record is identified by the bytes that were signed.
    # Left to the caller: the size caps (container and format have kept them) and the choice of the key.

    # 1. A signature that fits by chance of two curves' sizes is no signature; and no format's meters sign with RSA.
    if not isinstance(key.key, PublicKey):
        raise KeyMaterialError(Code.KEY_INVALID, "an RSA key, and the record names an elliptic curve")
    if key.key.curve.name != record.curve:
        raise KeyMaterialError(Code.KEY_INVALID, f"the key lies on {key.key.curve.name}, not on {record.curve}")

    # 2. Raises unless it holds; what it returns are deviations in spelling, such as a signature that is not DER.
    spelling = _check_every_span(record, key.key)

    # 3. and 4. From here on it is evidence.
    return _evidence(record, _content(record), key, spelling)


class FoundKey(NamedTuple):
    """What was found for one signature that names its key, and what stands against it."""

    #: None where no key was found at all; then there is an objection.
    key: TrustedKey | None
    #: Why the key may not be trusted for this record. The signature is checked with it all the same, because a wrong
    #: signature weighs more than a key that nobody vouches for.
    objections: tuple[MeterSignError, ...] = ()
    #: What must be told of the key: CERT_EXPIRED_NOW, SIGNING_TIME_FAR.
    warnings: tuple[Code, ...] = ()


def verify_named(record: ParsedRecord, found: Sequence[FoundKey], *, allow_secp256k1: bool = False) -> VerifiedRecord:
    """Check every signature that covers a message, each under its own key, and let the message pass or raise.

    Args:
        record: as its format's parser read it, with `named`; nothing in it is trusted.
        found: the key of each signature, in their order.
        allow_secp256k1: whether signatures on that curve count.

    Returns:
        The record, from here on evidence of its strongest signer: a meter's word is worth more than a party's.

    Raises:
        MeterSignError: of everything that was found the one that weighs most (`errors.BY_WEIGHT`), with the codes of
            the others of its class: UnsupportedPayloadError, UnsignedPayloadError, InvalidSignatureError,
            WeakAlgorithmError, KeyMaterialError; and only where there is none of these, ContentError.

    Source: edifact.md 5.2 (all signatures must hold; order of the answers), 5.5, 5.6.
    """
    # The procedure. Each block below repeats its number.
    # 1. There is a signature, and somebody has looked for the key of each.
    # 2. Every signature holds, by a method that proves something, under a key that may be trusted for this record.
    # 3. What was signed is a measurement.
    # 4. The record is identified by the message's signed bytes.
    # Left to the caller: which key a signature names, and who vouches for it.

    # 1.
    named = record.named
    if named is None or not named.signatures:
        raise UnsignedPayloadError(Code.MESSAGE_UNSIGNED, "no signature covers the message")
    pairs = tuple(zip(named.signatures, found, strict=True))

    # 2.
    warnings = _check_all(pairs, allow_secp256k1=allow_secp256k1)

    # 3. and 4.
    strongest = min((one.key for one in found if one.key), key=lambda key: _STRENGTH.index(key.signer_kind))
    evidence = _evidence(record, _content(record), strongest, ())
    return replace(evidence, warnings=_once((*named.warnings, *warnings, *_objections(evidence.content))))


#: From the signer whose word is worth most to the one whose word is worth least.
_STRENGTH = (SignerKind.METER, SignerKind.PARTY, SignerKind.UNKNOWN)


def _check_all(pairs: Iterable[tuple[NamedSignature, FoundKey]], *, allow_secp256k1: bool) -> list[Code]:
    """Check all signatures before any is answered for, so that the answer does not depend on their order."""
    warnings: list[Code] = []
    errors: list[MeterSignError] = []
    for signature, found in pairs:
        errors += found.objections
        try:
            if any(isinstance(error, InvalidSignatureError) for error in errors):
                # Nothing weighs more than a wrong signature but a curve that does not count: the other signatures,
                # of which a file may hold 50 000, would cost time and change nothing.
                _check_curve(signature, found, allow_secp256k1=allow_secp256k1)
            else:
                warnings += _check_named(signature, found, allow_secp256k1=allow_secp256k1)
        except MeterSignError as error:
            errors.append(error)
    if errors:
        raise heaviest(errors)
    return warnings


def _check_named(signature: NamedSignature, found: FoundKey, *, allow_secp256k1: bool) -> tuple[Code, ...]:
    if found.key is None:
        check_hash(signature)
        if not found.objections:
            raise KeyMaterialError(Code.KEY_UNKNOWN, f"{signature.name}: no key was found")
        return ()
    return check(signature, found.key.key, allow_secp256k1=allow_secp256k1) + found.warnings


def _check_curve(signature: NamedSignature, found: FoundKey, *, allow_secp256k1: bool) -> None:
    if found.key is not None:
        check_curve(signature, found.key.key, allow_secp256k1=allow_secp256k1)


def _objections(content: RecordContent) -> tuple[Code, ...]:
    stated = [one.objection for one in content.readings] + [one.objection for one in content.intervals]
    return tuple(code for code in stated if code is not None)


def _content(record: ParsedRecord) -> RecordContent:
    """What was signed, or the reason for which it is no measurement; the parser has kept it until here."""
    if record.content_error is not None:
        raise record.content_error
    if record.content is None:
        raise ContentError(Code.CONTENT_INVALID, "the record holds nothing that could be read")
    return record.content


def _check_every_span(record: ParsedRecord, key: PublicKey) -> tuple[Code, ...]:
    if not record.spans:
        raise InvalidSignatureError(Code.SIGNATURE_MISMATCH, "the record holds nothing that is signed")
    spelling: tuple[Code, ...] = ()
    for signed_bytes, signature in record.spans:
        spelling += verify_ecdsa(key, signed_bytes, signature, record.signature_form)
    return spelling


def _evidence(
    record: ParsedRecord, content: RecordContent, key: TrustedKey, spelling: tuple[Code, ...]
) -> VerifiedRecord:
    # The digest is of what was signed, not of the whole text: an ECDSA signature has many spellings, and one record
    # must have one identity. How the caller's own key was written is no deviation of the record.
    key_spelling = key.key.deviations if key.source in CAME_WITH_THE_RECORD else ()
    usual = record.usual_key_forms | record.payload.usual_key_forms
    key_spelling = tuple(code for code in key_spelling if code not in usual)
    signed_bytes = record.signed_bytes
    return VerifiedRecord(
        payload=record.payload,
        format_version=record.format_version,
        content=content,
        signed_bytes=signed_bytes,
        signed_sha256=sha256(signed_bytes).hexdigest(),
        key_source=key.source,
        key_fingerprint=key.key.fingerprint,
        key_der=key.key.spki_der,
        signer_kind=key.signer_kind,
        deviations=_once(record.payload.deviations + record.deviations + key_spelling + spelling),
        label=record.label,
    )


def _once(codes: tuple[Code, ...]) -> tuple[Code, ...]:
    return tuple(dict.fromkeys(codes))
