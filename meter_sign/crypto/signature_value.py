"""The two numbers of an ECDSA signature, out of every encoding that is met.

OCMF prescribes DER (SM = `application/x-der`), EDL40 and Alfen write r and s side by side. Some meters write DER that
is not canonical; such a signature says the same two numbers, so it is read, and the deviation is named.

Source: SEC 1 version 2.0, sections 4.1.4 (range of r and s) and C.5 (ECDSA-Sig-Value); OCMF 1.4.1, signature section.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from meter_sign.codes import Code
from meter_sign.crypto import der
from meter_sign.errors import InvalidSignatureError
from meter_sign.limits import DEFAULT_LIMITS
from meter_sign.model import SignatureForm

if TYPE_CHECKING:
    from meter_sign.crypto.curves import Curve


class SignatureValue(NamedTuple):
    """A pair r, s within the range of its curve, and how it was written."""

    r: int
    s: int
    #: The pair in canonical DER: the received bytes themselves, unless a deviation says otherwise.
    der: bytes
    #: NON_CANONICAL_DER or SIGNATURE_RAW; empty for canonical DER.
    deviations: tuple[Code, ...] = ()


def read_signature(signature: bytes, curve: Curve, form: SignatureForm = SignatureForm.DER) -> SignatureValue:
    """Read the pair r, s.

    Where the format prescribes r and s side by side, they have the curve's length each and nothing else is read.

    Where it prescribes DER, canonical DER wins; bytes that are none and have exactly the length of r and s side by side
    are that; the rest is read as DER with deviations: lengths in long form, superfluous leading zeros, a missing
    leading zero (an INTEGER whose top bit is set is read as unsigned, as the official verifier does), bytes after the
    SEQUENCE.

    Args:
        signature: as decoded from the record.
        curve: the curve that gives the range and the length of r and s.
        form: what the record's format prescribes.

    Returns:
        The pair with its canonical encoding.

    Raises:
        InvalidSignatureError: SIGNATURE_MALFORMED, when this is no pair of two INTEGERs (none, one, three, of
            indefinite length, cut off), longer than any signature, or r or s is outside 1 to n - 1.
    """
    if len(signature) > DEFAULT_LIMITS.signature_bytes:
        raise _malformed(f"{len(signature)} bytes, at most {DEFAULT_LIMITS.signature_bytes}")
    value = _side_by_side(signature, curve) if form is SignatureForm.SIDE_BY_SIDE else _der(signature, curve)
    if not (0 < value.r < curve.order and 0 < value.s < curve.order):
        raise _malformed(f"r or s is outside 1 to n - 1 of {curve.name}")
    return value


def _side_by_side(signature: bytes, curve: Curve) -> SignatureValue:
    size = curve.field_bytes
    if len(signature) != 2 * size:
        raise _malformed(f"{len(signature)} bytes, r and s of {curve.name} side by side take {2 * size}")
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    return SignatureValue(r=r, s=s, der=encode_dss_signature(r, s))


def _der(signature: bytes, curve: Curve) -> SignatureValue:
    try:
        # Strict: canonical DER or ValueError. Nearly every signature ends here, and its bytes go on as they are.
        r, s = decode_dss_signature(signature)
    except ValueError:
        return _deviating(signature, curve)
    return SignatureValue(r=r, s=s, der=signature)


def _deviating(signature: bytes, curve: Curve) -> SignatureValue:
    if len(signature) == 2 * curve.field_bytes:
        return _side_by_side(signature, curve)._replace(deviations=(Code.SIGNATURE_RAW,))
    try:
        r, s = _two_integers(signature)
    except der.DerError as error:
        raise _malformed(str(error)) from error
    return SignatureValue(r=r, s=s, der=encode_dss_signature(r, s), deviations=(Code.NON_CANONICAL_DER,))


def _two_integers(signature: bytes) -> tuple[int, int]:
    sequence = der.read(signature)
    first = der.read(sequence.content)
    second = der.read(sequence.content, first.end)
    if sequence.tag != der.SEQUENCE or {first.tag, second.tag} != {der.INTEGER}:
        raise der.DerError("no SEQUENCE of two INTEGERs")
    if second.end != len(sequence.content):
        raise der.DerError("more than two INTEGERs in the SEQUENCE")
    return int.from_bytes(first.content, "big"), int.from_bytes(second.content, "big")


def _malformed(detail: str) -> InvalidSignatureError:
    return InvalidSignatureError(Code.SIGNATURE_MALFORMED, f"no ECDSA signature: {detail}")
