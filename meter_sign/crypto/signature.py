"""The one place where a signature is checked: ECDSA over SHA-256 of the bytes as received.

    signature bytes -> r, s within range -> the key's checked point -> OpenSSL (secp192k1: ecdsa) -> silence or an error

Only r and s are ever re-encoded; the message is handed on untouched. Public values only: nothing here is secret, so
the timing weakness of `ecdsa` (Minerva, CVE-2024-23342), which concerns private keys, cannot hurt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.crypto.points import checked_point
from meter_sign.crypto.signature_value import read_signature
from meter_sign.model import SignatureForm

if TYPE_CHECKING:
    from meter_sign.codes import Code
    from meter_sign.crypto.keys import PublicKey


def verify_ecdsa(
    key: PublicKey, signed_bytes: bytes, signature: bytes, form: SignatureForm = SignatureForm.DER
) -> tuple[Code, ...]:
    """Check that this key signed these bytes; returning at all means that the signature holds.

    The key is taken as it is: whether it may be trusted is the caller's question. ECDSA is malleable (s and n - s both
    hold), so the signature is no identity of a record.

    Args:
        key: the public key, on its curve.
        signed_bytes: the exact span that was signed, never a re-encoding.
        signature: as decoded from the record: DER, or r and s side by side.
        form: which of the two the record's format prescribes.

    Returns:
        Deviations in how the signature is written: NON_CANONICAL_DER, SIGNATURE_RAW, or none.

    Raises:
        InvalidSignatureError: SIGNATURE_MALFORMED, when it is no pair of numbers in range; SIGNATURE_MISMATCH, when
            the pair does not fit key and bytes.

    Source: OCMF 1.4.1 table 22 (always SHA-256); SEC 1 version 2.0, section 4.1.4 (verification).
    """
    value = read_signature(signature, key.curve, form)
    checked_point(key.curve.name, key.point).verify(signed_bytes, value)
    return value.deviations
