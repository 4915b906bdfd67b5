"""The eMSP reads signed MSCONS messages itself: ECDSA inside the message, with the key that the CDR carries.

What is signed reaches from USH to the segment before UST, byte for byte; r and s stand in USR as hex. A sender may have
lost the line breaks between segments, or brought some in: then the bare segments are what was signed. Other forms are
lawful and are not judged here: AUTACK, CMS, S/MIME, RSA, other filters, nested groups, several messages.

Source: edifact.md, R2, R7; ISO 9735-5 (USH, USA, UST, USR); UN/EDIFACT D.04B MSCONS (RFF, PIA, QTY, DTM).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from fractions import Fraction
from re import DOTALL
from re import compile as pattern
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tools.counterparty.schema import Complaint, FaultError, NotJudgedError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Code list 40210, 0527.
_HASHES: dict[bytes, type[HashAlgorithm]] = {b"48": SHA256, b"50": SHA384, b"49": SHA512}
#: A terminator that no release character takes away: an even number of those stands before it.
_SEGMENT = pattern(rb"\s*((?:[^'?]|\?.)*)'", DOTALL)
_ECDSA = b"17"
#: How CMS begins (DER, BER or in PEM), and a mail with it: with a header field.
_WRAPPED = pattern(rb"0[\x80-\x83]|-----BEGIN |[A-Za-z][A-Za-z0-9-]*:")
_PAIR = pattern(rb"USR\+2:([0-9A-Fa-f]+)\*3:([0-9A-Fa-f]+)")


@dataclass(frozen=True, slots=True)
class _Segment:
    text: bytes
    start: int

    def parts(self) -> list[list[str]]:
        """Elements and their components; nothing that is read here holds a released separator but OBIS codes."""
        return [element.split(":") for element in self.text.decode("latin-1").replace("?:", "\0").split("+")]


def read_signed_message(signed_data: str, public_key: str | None) -> dict[str, list[Fraction]]:
    """Check the one message of a file, and read its energy.

    Args:
        signed_data: base64 of the file.
        public_key: base64 of the DER key.

    Returns:
        kWh by OBIS code: of a register its values in order, of a load profile zero and the sum of its intervals.

    Raises:
        NotJudgedError: a form that is lawful and not judged here.
        FaultError: unreadable, unsigned, an unusable key, or a signature that is not this key's.
    """
    segments, file = _segments(signed_data)
    tags = [segment.text[:3] for segment in segments]
    if not {b"USR", b"USY"} & set(tags):
        raise FaultError(Complaint.SIGNED_DATA_MISSING, "nothing in the file is a signature")
    if [tags.count(tag) for tag in (b"UNH", b"USH", b"UST", b"USR")] != [1, 1, 1, 1]:
        raise NotJudgedError("not one message with one signature inside")
    first, behind = tags.index(b"USH"), tags.index(b"UST")
    bare = b"".join(segment.text + b"'" for segment in segments[first:behind])
    as_received = file[segments[first].start : segments[behind].start]
    _verify((as_received, bare), segments, segments[tags.index(b"USR")].text, public_key)
    return _energies(segments)


def _segments(signed_data: str) -> tuple[list[_Segment], bytes]:
    try:
        file = base64.b64decode(signed_data, validate=True)
    except ValueError as error:
        raise FaultError(Complaint.SIGNED_DATA_UNREADABLE, "signed_data is no base64") from error
    if not file.startswith((b"UNA", b"UNB+")):
        if _WRAPPED.match(file):
            raise NotJudgedError("a signature around the file: CMS or S/MIME")
        raise FaultError(Complaint.SIGNED_DATA_UNREADABLE, "signed_data is no EDIFACT interchange")
    if b"'UNH+" not in file.replace(b"\r", b"").replace(b"\n", b""):
        raise FaultError(Complaint.SIGNED_DATA_UNREADABLE, "signed_data holds no message")
    return [_Segment(found[1], found.start(1)) for found in _SEGMENT.finditer(file)], file


def _verify(readings: tuple[bytes, ...], segments: list[_Segment], usr: bytes, public_key: str | None) -> None:
    stated = {parts[1][0]: parts[1][3].encode() for parts in map(_Segment.parts, segments) if parts[0] == ["USA"]}
    pair, hashed = _PAIR.fullmatch(usr), _HASHES.get(stated.get("1", b""))
    if stated.get("6") != _ECDSA or hashed is None or pair is None:
        raise NotJudgedError("no ECDSA with SHA-2, or r and s not in hex")
    r, s = (int(number, 16) for number in pair.groups())
    try:
        key = load_der_public_key(base64.b64decode(public_key or "", validate=True))
    except ValueError as error:
        raise FaultError(Complaint.KEY_UNUSABLE, "public_key is no base64 of a DER public key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise FaultError(Complaint.KEY_UNUSABLE, "public_key is no elliptic-curve key")
    if not any(_holds(key, encode_dss_signature(r, s), signed, hashed()) for signed in readings):
        raise FaultError(Complaint.SIGNATURE_MISMATCH, "public_key did not sign this message")


def _holds(key: ec.EllipticCurvePublicKey, signature: bytes, signed: bytes, hashed: HashAlgorithm) -> bool:
    try:
        key.verify(signature, signed, ec.ECDSA(hashed))
    except InvalidSignature:
        return False
    return True


def _energies(segments: list[_Segment]) -> dict[str, list[Fraction]]:
    found: dict[str, list[Fraction]] = {}
    for register, value, is_interval in _quantities(segments):
        known = found.setdefault(register, [Fraction(0)] if is_interval else [])
        found[register] = [Fraction(0), known[-1] + value] if is_interval else [*known, value]
    return found


def _quantities(segments: list[_Segment]) -> Iterator[tuple[str, Fraction, bool]]:
    """Register, kWh and whether it is an interval's, of every QTY; its time stands behind it."""
    register = ""
    for segment, behind in zip(segments, [*segments[1:], segments[-1]], strict=True):
        parts = segment.parts()
        if parts[0] == ["PIA"]:
            register = parts[2][0].replace("\0", ":")
        if parts[0] == ["QTY"]:
            yield register, Fraction(parts[1][1].replace(",", ".")), behind.text.startswith(b"DTM+163")
