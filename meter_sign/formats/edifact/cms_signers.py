"""From the signers of a CMS structure to signatures that name their keys; whether they hold is asked in `verify.py`.

    1. Signed attributes: contentType and messageDigest are there, each once and with one value (RFC 5652, 11).
    2. Hash and method are known and agree.
    3. There is a signature.
    4. messageDigest is the hash of what lies there; then the attributes are what is signed, else the content itself.

Unsigned attributes are not looked at, so no time stamp in them counts, and counter signatures sign no content.

Source: RFC 5652, 5.3, 5.4, 5.6, 11.1 to 11.3; edifact.md 2.4.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from re import ASCII
from re import compile as pattern
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.crypto import der
from meter_sign.errors import InvalidSignatureError, MalformedPayloadError, MeterSignError, UnsignedPayloadError
from meter_sign.formats.edifact.algorithms import digest_of
from meter_sign.formats.edifact.cms_methods import method_of
from meter_sign.formats.edifact.cms_structure import CONTENT_TYPE, DATA, MESSAGE_DIGEST, SIGNING_TIME, Value
from meter_sign.model import NamedSignature, SignedDigest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter_sign.formats.edifact.cms_structure import SignedData, SignerInfo
    from meter_sign.model import HashAlgorithm, SignatureContainer

_OCTET_STRING, _UTC_TIME, _GENERALIZED_TIME = 0x04, 0x17, 0x18
#: RFC 5652, 11.3: with seconds, in UTC, without fractions.
_TIMES = {_UTC_TIME: pattern(r"\d{12}Z", ASCII), _GENERALIZED_TIME: pattern(r"\d{14}Z", ASCII)}
#: RFC 5280, 4.1.2.5.1: the two digits of UTCTime are of 1950 to 2049.
_FIRST_YEAR_OF_1900 = 50


class Signers(NamedTuple):
    """What the signers of one structure say of what they signed."""

    #: Empty as soon as there is a problem: a signer that does not fit is not made good by another who does.
    signatures: tuple[NamedSignature, ...]
    problems: tuple[MeterSignError, ...]
    #: Which of the readings of the content they fit, from 0.
    fits: int
    #: Whether each states the digest of what it signed, so that it is known without a key whether it fits.
    states_digest: bool


class _Hashes:
    """Hashes of the readings of one content, each computed once however many signers there are."""

    def __init__(self, readings: Sequence[bytes]) -> None:
        self._readings = readings
        self._known: dict[HashAlgorithm, tuple[bytes, ...]] = {}

    def of(self, algorithm: HashAlgorithm) -> tuple[bytes, ...]:
        if algorithm not in self._known:
            found = (digest_of((reading,), algorithm) for reading in self._readings)
            self._known[algorithm] = tuple(digest for digest in found if digest is not None)
        return self._known[algorithm]


def read_signers(signed: SignedData, readings: Sequence[bytes], container: SignatureContainer) -> Signers:
    """Compare every signer with what lies there.

    Args:
        signed: the structure.
        readings: the signed content as received, then what else it may be read as (S/MIME: with canonical line ends).
        container: where the signatures stand.

    Returns:
        The signatures of all signers, or what is wrong with them: NO_SIGNER; DIGEST_MISMATCH; SIGNATURE_MISSING;
        CONTAINER_INVALID, when a signer's attributes are not as they have to be; ALGORITHM_UNSUPPORTED and
        PADDING_UNSUPPORTED.
    """
    if not signed.signers:
        return Signers((), (UnsignedPayloadError(Code.NO_SIGNER, "a CMS structure that nobody signed"),), 0, False)
    hashes = _Hashes(readings)
    signatures, problems, fits = [], [], 0
    for position, signer in enumerate(signed.signers):
        try:
            signature, reading = _read_signer(signer, hashes, container, f"SignerInfo {position}")
            signatures.append(replace(signature, brought=signed.certificates))
            fits = max(fits, reading)
        except MeterSignError as error:
            problems.append(error)
    states_digest = all(signer.signed_attributes is not None for signer in signed.signers)
    return Signers(() if problems else tuple(signatures), tuple(problems), fits, states_digest)


def _read_signer(
    signer: SignerInfo, hashes: _Hashes, container: SignatureContainer, name: str
) -> tuple[NamedSignature, int]:
    # 1. Signed attributes.  2. Hash and method.
    attributes = None if signer.signed_attributes is None else _read_attributes(signer, name)
    algorithm, scheme = method_of(signer)
    # 3. There is a signature.
    if not signer.signature:
        raise InvalidSignatureError(Code.SIGNATURE_MISSING, "the signature is empty", where=name)
    # 4. messageDigest.
    digests, fits = hashes.of(algorithm), 0
    if attributes is not None and signer.signed_attributes is not None and digests:
        if attributes.message_digest not in digests:
            detail = "what lies there is not what was signed: the signed digest is another"
            raise InvalidSignatureError(Code.DIGEST_MISMATCH, detail, where=name)
        fits = digests.index(attributes.message_digest)
        digests = _Hashes((signer.signed_attributes,)).of(algorithm)
    signature = NamedSignature(
        container=container,
        signed=tuple(SignedDigest(digest) for digest in digests),
        hash=algorithm,
        scheme=scheme,
        value=signer.signature,
        key=signer.key,
        signed_at=None if attributes is None else attributes.signing_time,
        name=name,
    )
    return signature, fits


class _Attributes(NamedTuple):
    message_digest: bytes
    signing_time: datetime | None


def _read_attributes(signer: SignerInfo, name: str) -> _Attributes:
    by_type = dict(signer.attributes)
    if len(by_type) < len(signer.attributes):
        raise MalformedPayloadError(Code.CONTAINER_INVALID, "a signed attribute stands twice", where=name)
    content_type = _one_value(by_type, CONTENT_TYPE, "contentType", name)
    if der.encode(*content_type) != der.encode_oid(DATA):
        detail = "the signed attribute contentType says something else than data, which the content is"
        raise MalformedPayloadError(Code.CONTAINER_INVALID, detail, where=name)
    digest = _one_value(by_type, MESSAGE_DIGEST, "messageDigest", name)
    if digest.tag != _OCTET_STRING:
        detail = f"the signed attribute messageDigest has tag {digest.tag:02X} and is no OCTET STRING"
        raise MalformedPayloadError(Code.CONTAINER_INVALID, detail, where=name)
    if SIGNING_TIME not in by_type:
        return _Attributes(digest.content, None)
    return _Attributes(digest.content, _instant(_one_value(by_type, SIGNING_TIME, "signingTime", name), name))


def _one_value(by_type: dict[str, tuple[Value, ...]], kind: str, called: str, name: str) -> Value:
    values = by_type.get(kind, ())
    if len(values) != 1:
        detail = f"the signed attribute {called} has {len(values)} values, and it needs one"
        raise MalformedPayloadError(Code.CONTAINER_INVALID, detail, where=name)
    return values[0]


def _instant(time: Value, name: str) -> datetime:
    """UTCTime 260115120000Z and GeneralizedTime 20260115120000Z are 2026-01-15, 12:00:00."""
    text = time.content[:16].decode("latin-1")
    spelling = _TIMES.get(time.tag)
    if spelling is None or len(time.content) > 16 or not spelling.fullmatch(text):
        detail = f"the signed attribute signingTime is no time in UTC: {text!r}"
        raise MalformedPayloadError(Code.CONTAINER_INVALID, detail, where=name)
    if time.tag == _UTC_TIME:
        text = ("19" if int(text[:2]) >= _FIRST_YEAR_OF_1900 else "20") + text
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        detail = f"the signed attribute signingTime is no possible instant: {text!r}"
        raise MalformedPayloadError(Code.CONTAINER_INVALID, detail, where=name) from error
