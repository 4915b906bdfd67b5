"""The eMSP reads signed MSCONS messages itself: ECDSA inside the message, with the key that the CDR carries.

What is signed reaches from USH to the segment before UST, byte for byte; r and s stand in USR as hex. Other forms are
lawful and are not judged here: AUTACK, S/MIME, RSA, nested groups.

Source: ISO 9735-5 (USH, USA, UST, USR); UN/EDIFACT D.04B MSCONS (RFF, PIA, QTY, DTM).
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

from tools.counterparty.schema import Complaint, FaultError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Code list 40210, 0527.
_HASHES: dict[bytes, type[HashAlgorithm]] = {b"48": SHA256, b"50": SHA384, b"49": SHA512}
#: A terminator that no release character takes away: an even number of those stands before it.
_SEGMENT = pattern(rb"\s*((?:[^'?]|\?.)*)'", DOTALL)
_ECDSA = b"17"
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
        FaultError: unreadable, not judged, an unusable key, or a signature that is not this key's.
    """
    segments, file = _segments(signed_data)
    named = {segment.text[:3]: segment for segment in segments}
    if [segment.text[:3] for segment in segments].count(b"UNH") != 1 or not {b"USH", b"UST", b"USR"} <= set(named):
        raise FaultError(Complaint.ALGORITHM_NOT_JUDGED, "not one message with one signature inside")
    signed = file[named[b"USH"].start : named[b"UST"].start]
    _verify(signed, segments, named[b"USR"].text, public_key)
    return _energies(segments)


def _segments(signed_data: str) -> tuple[list[_Segment], bytes]:
    try:
        file = base64.b64decode(signed_data, validate=True)
    except ValueError as error:
        raise FaultError(Complaint.SIGNED_DATA_UNREADABLE, "signed_data is no base64") from error
    if file[:9] not in {b"UNA:+.?*'", b"UNB+UNOC:"}:
        raise FaultError(Complaint.SIGNED_DATA_UNREADABLE, "signed_data is no EDIFACT interchange of syntax 4")
    return [_Segment(found[1], found.start(1)) for found in _SEGMENT.finditer(file)], file


def _verify(signed: bytes, segments: list[_Segment], usr: bytes, public_key: str | None) -> None:
    stated = {parts[1][0]: parts[1][3].encode() for parts in map(_Segment.parts, segments) if parts[0] == ["USA"]}
    pair, hashed = _PAIR.fullmatch(usr), _HASHES.get(stated.get("1", b""))
    if stated.get("6") != _ECDSA or hashed is None or pair is None:
        raise FaultError(Complaint.ALGORITHM_NOT_JUDGED, "no ECDSA with SHA-2, or r and s not in hex")
    r, s = (int(number, 16) for number in pair.groups())
    try:
        key = load_der_public_key(base64.b64decode(public_key or "", validate=True))
    except ValueError as error:
        raise FaultError(Complaint.KEY_UNUSABLE, "public_key is no base64 of a DER public key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise FaultError(Complaint.KEY_UNUSABLE, "public_key is no elliptic-curve key")
    try:
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashed()))
    except InvalidSignature as error:
        raise FaultError(Complaint.SIGNATURE_MISMATCH, "public_key did not sign this message") from error


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
