"""Signatures around or beside an EDIFACT file: CMS with the file inside, CMS beside the file, and S/MIME mails.

    cms.py             what it is, and the EDIFACT file in it
    cms_structure.py   the ASN.1 structure, as bare facts, by cms_asn1.py; ber_shape.py keeps bombs from it
    cms_signers.py     signers to signatures that name keys     cms_methods.py   hash and method by identifiers
    mime.py            mails to the signed part and the signature

Nothing here trusts a certificate that came along, and nothing here checks a signature: `verify.py` does, with keys that
`judgement` found.

Source: RFC 5652 (CMS), 8551 (S/MIME 4.0), 7468 (PEM); edifact.md 2.4, 5.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from re import DOTALL
from re import compile as pattern
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import (
    InvalidSignatureError,
    LimitExceededError,
    MalformedPayloadError,
    MeterSignError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
    heaviest,
)
from meter_sign.formats.edifact import mime
from meter_sign.formats.edifact.cms_signers import Signers, read_signers
from meter_sign.formats.edifact.cms_structure import SignedData, read_signed_data
from meter_sign.model import NamedSignature, SignatureContainer

if TYPE_CHECKING:
    from meter_sign.limits import Limits

#: ContentInfo with a content type of CMS: 1.2.840.113549.1.7.1 to .6, and .1.9.16.1.2, .9 and .23.
_STRUCTURE = pattern(
    rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83.{3}|\x84.{4})\x06"
    rb"(?:\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x01-\x06]|\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01[\x02\x09\x17])",
    DOTALL,
)
_PEM_LABELS = rb"(PKCS7|CMS|PKCS #7 SIGNED DATA)"
_PEM_BEGINNING = pattern(rb"\s*-----BEGIN " + _PEM_LABELS + rb"-----")
_PEM = pattern(rb"\s*-----BEGIN " + _PEM_LABELS + rb"-----[ \t]*\r?\n([^-]*)(-----END \1-----\s*)?")
#: What may be left of PEM's last line in a text that was cut.
_PEM_END = pattern(rb"-{0,5}|-----E(?:N(?:D[^-]*-{0,4})?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """An EDIFACT file and what signs it as a whole."""

    #: The file, as it was before it was wrapped; it begins like an interchange where a wrapper was around it.
    content: bytes = field(repr=False)
    #: All of them have to hold; none as soon as there is a problem.
    signatures: tuple[NamedSignature, ...]
    #: What is wrong with the signatures. It concerns every message in the file, and outweighs any that holds.
    problems: tuple[MeterSignError, ...] = ()


def is_wrapper(raw: bytes) -> bool:
    """Whether a file is CMS (BER or PEM) or an S/MIME mail; looks at marks only and never raises.

    Args:
        raw: the whole file.
    """
    return bool(_STRUCTURE.match(raw) or _PEM_BEGINNING.match(raw)) or mime.is_signed_mail(raw)


def open_wrapper(raw: bytes, detached: tuple[bytes, ...], limits: Limits) -> Wrapped:
    """Find the EDIFACT file in its wrapper, or the signatures that lie beside it, and what they state.

    Args:
        raw: a wrapper, or an EDIFACT file with signatures beside it.
        detached: CMS structures without content, BER, PEM or base64, of this file or of others; those whose digest is
            the file's count. They are for files that have no wrapper.
        limits: the cap on files.

    Returns:
        The file and its signatures, or why these cannot hold (DIGEST_MISMATCH, NO_SIGNER, ...): nothing is raised as
        long as the file is found, so that each of its messages gets an answer.

    Raises:
        MalformedPayloadError: CONTAINER_INVALID, TRUNCATED, TRAILING_DATA: the wrapper cannot be read; NOT_EDIFACT,
            what is in it is something else; SIGNED_FILE_MISSING, it holds a signature and not what that signs.
        UnsupportedPayloadError: ENCRYPTED; FORMAT_UNSUPPORTED, it is wrapped twice, or holds several files.
        UnsignedPayloadError: NO_SIGNER, it has neither signer nor content (certificates only).
        LimitExceededError: larger, deeper or longer than the caps.

    Source: edifact.md 2.4, 5.1.
    """
    if len(raw) > limits.edifact_bytes:
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"{len(raw)} bytes, the cap is {limits.edifact_bytes}")
    if _STRUCTURE.match(raw) or _PEM_BEGINNING.match(raw):
        return _opaque(read_structure(raw))
    if not mime.is_signed_mail(raw):
        return _beside(raw, detached, limits)
    mail = mime.read_signed_mail(raw)
    signed = read_signed_data(mail.structure)
    return _opaque(signed) if mail.readings is None else _mailed(signed, mail.readings)


def read_structure(raw: bytes) -> SignedData:
    """Take a CMS structure apart, in whatever way it is written.

    Args:
        raw: BER, PEM or base64.

    Raises:
        MeterSignError: as `open_wrapper`, for what is no such structure.
    """
    return read_signed_data(_structure(raw))


def _opaque(signed: SignedData) -> Wrapped:
    """The file is inside the structure."""
    if signed.content is None:
        if not signed.signers:
            raise UnsignedPayloadError(Code.NO_SIGNER, "a CMS structure with certificates at most, and no signer")
        detail = "the CMS structure has a signer and no content"
        raise MalformedPayloadError(Code.SIGNED_FILE_MISSING, detail)
    signers = read_signers(signed, (signed.content,), SignatureContainer.CMS)
    return _wrapped((signed.content,), signers)


def _mailed(signed: SignedData, readings: tuple[bytes, ...]) -> Wrapped:
    """The file is in the first part of the mail."""
    return _wrapped(readings, _signers_beside(signed, readings, SignatureContainer.SMIME))


def _wrapped(readings: tuple[bytes, ...], signers: Signers) -> Wrapped:
    inside = readings[signers.fits]
    try:
        if _STRUCTURE.match(inside):
            raise UnsupportedPayloadError(Code.FORMAT_UNSUPPORTED, "what is signed is signed or encrypted once more")
        content = mime.edifact_of(inside)
    except MeterSignError as error:
        raise heaviest((error, *signers.problems)) from error
    return Wrapped(content=content, signatures=signers.signatures, problems=signers.problems)


def _signers_beside(signed: SignedData, readings: tuple[bytes, ...], container: SignatureContainer) -> Signers:
    if signed.content is not None:
        # RFC 5652, 5.2: what lies beside is not inside. Which of the two was meant would be anybody's guess.
        detail = "a signature that lies beside what it signs has content of its own"
        return Signers((), (MalformedPayloadError(Code.CONTAINER_INVALID, detail),), 0, states_digest=False)
    return read_signers(signed, readings, container)


def _beside(raw: bytes, detached: tuple[bytes, ...], limits: Limits) -> Wrapped:
    """Of the signatures beside files those that are this file's.

    1. Those that state its digest.  2. Else those that state none: only a key can tell.  3. Else what is wrong with
    the first.
    """
    found = [_signers_of(structure, raw, limits) for structure in detached]
    fitting = [one for one in found if not one.problems]
    stated = [one for one in fitting if one.states_digest]
    counted = stated or fitting
    return Wrapped(
        content=raw,
        signatures=tuple(signature for one in counted for signature in one.signatures),
        problems=() if counted or not found else _as_told(found),
    )


def _as_told(found: list[Signers]) -> tuple[MeterSignError, ...]:
    """Of files that do not fit, the first with another digest says most: it is readable and of another file."""
    others = [one for one in found if any(isinstance(problem, InvalidSignatureError) for problem in one.problems)]
    return (others or found)[0].problems


def _signers_of(structure: bytes, raw: bytes, limits: Limits) -> Signers:
    try:
        if len(structure) > limits.edifact_bytes:
            detail = f"a signature of {len(structure)} bytes, the cap is {limits.edifact_bytes}"
            raise LimitExceededError(Code.LIMIT_EXCEEDED, detail)
        signed = read_structure(structure)
    except MeterSignError as error:
        return Signers((), (error,), 0, states_digest=False)
    return _signers_beside(signed, (raw,), SignatureContainer.CMS_DETACHED)


def _structure(raw: bytes) -> bytes:
    """BER out of BER, PEM or base64."""
    if raw.startswith(b"\x30"):
        # `0` begins base64 as well, but no base64 of a structure: that begins with M.
        return raw
    if not _PEM_BEGINNING.match(raw):
        return mime.from_base64(raw)
    armoured = _PEM.match(raw)
    if armoured is None:
        raise MalformedPayloadError(Code.CONTAINER_INVALID, "more than its label stands in the first line of PEM")
    behind = raw[armoured.end() :]
    if armoured.group(3) is None and _PEM_END.fullmatch(behind):
        raise MalformedPayloadError(Code.TRUNCATED, "a PEM text without its last line")
    if armoured.group(3) is None:
        raise MalformedPayloadError(Code.CONTAINER_INVALID, "a PEM text whose last line is not that of its first")
    if behind:
        raise MalformedPayloadError(Code.TRAILING_DATA, f"{len(behind)} bytes stand behind the last line of PEM")
    return mime.from_base64(armoured.group(2))
