"""Verification: the only door between what a record seems to say and what may be believed.

    (ParsedRecord, TrustedKey) -> VerifiedRecord

Read this file first. Everything that is billed has passed `verify`, and nothing else makes a `VerifiedRecord`: a
source test holds that, so an unverified reading cannot reach a price. `verify` raises and never answers with a
boolean, because an answer can be ignored.

What a verified record proves: the holder of this key's private half signed exactly these bytes, and they can be read
as readings. What it does not prove is left to others, by name:

- whose key it is: the caller chose it; `registry.py` binds keys to meters, and `key_source` says who vouched,
- whether begin and end belong together, the clock is good, the register may be billed: `eichrecht`,
- what is billed between two readings: `periods.py`.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.crypto.keys import PublicKey
from meter_sign.crypto.signature import verify_ecdsa
from meter_sign.errors import ContentError, InvalidSignatureError, KeyMaterialError
from meter_sign.model import KeySource, ParsedRecord, SignerKind, VerifiedRecord

if TYPE_CHECKING:
    from meter_sign.crypto.keys import TrustedKey
    from meter_sign.model import RecordContent

CAME_WITH_THE_RECORD = frozenset({KeySource.CONTAINER, KeySource.EMBEDDED})


def verify(record: ParsedRecord, key: TrustedKey) -> VerifiedRecord:
    """Check a record's signature under one key, and let it pass or raise.

    Args:
        record: as its format's parser read it; nothing in it is trusted.
        key: the key to check with. It is trusted as far as its `source` goes, and the result keeps that source.

    Returns:
        The record, from here on evidence.

    Raises:
        KeyMaterialError: KEY_INVALID, when the key lies on another curve than the record names.
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
    if not isinstance(key.key, PublicKey) or key.signer_kind is SignerKind.PARTY:
        raise KeyMaterialError(Code.KEY_INVALID, "no key of a meter that signs this format")
    if key.key.curve.name != record.curve:
        raise KeyMaterialError(Code.KEY_INVALID, f"the key lies on {key.key.curve.name}, not on {record.curve}")

    # 2. Raises unless it holds; what it returns are deviations in spelling, such as a signature that is not DER.
    spelling = _check_every_span(record, key.key)

    # 3. The parser has kept its reason until here.
    if record.content_error is not None:
        raise record.content_error
    if record.content is None:
        raise ContentError(Code.CONTENT_INVALID, "the record holds nothing that could be read")

    # 4. From here on it is evidence.
    return _evidence(record, record.content, key, spelling)


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
