"""Builders of really signed OCMF records: text, signature, container, parser and `verify` are the real ones.

    verified(reading("B", "100.0", "08:00:00"), reading("E", "110.5", "09:00:00"))

Fields are given by their OCMF names; a field given as None is left out.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import simplejson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from meter_sign import container, formats
from meter_sign.crypto.keys import TrustedKey, decode_public_key
from meter_sign.model import KeySource, SignerKind
from meter_sign.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from meter_sign.model import VerifiedRecord

#: Keys from public numbers: nothing real is ever signed with them.
KEY = ec.derive_private_key(0xE1C4, ec.SECP256R1())
OTHER_KEY = ec.derive_private_key(0xE1C5, ec.SECP256R1())
DAY = "2024-03-01"

Signer = ec.EllipticCurvePrivateKey


def reading(
    tx: str | None, value: str | None, at: str = "08:00:00", status: str = "S", **fields: Any
) -> dict[str, Any]:
    """One reading of a meter that works: `at` is a time of day in UTC, or a whole TM with its date.

    Args:
        tx: TX.
        value: RV with its digits.
        at: the time of day on `DAY`, or a date and time with offset.
        status: the clock's status, empty for none.
        fields: further fields of the reading, or other values for those above.
    """
    moment = at if "T" in at else f"{DAY}T{at},000+0000"
    usual = {
        "TM": f"{moment} {status}".strip(),
        "TX": tx,
        "RV": None if value is None else Decimal(value),
        "RI": "1-0:1.8.0*255",
        "RU": "kWh",
        "EF": "",
        "ST": "G",
    }
    return _given(usual | fields)


def payload(*readings: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The payload section of a record of one meter and one user."""
    usual = {
        "FV": "1.0",
        "GS": "G1",
        "PG": "T1",
        "MS": "M1",
        "IS": True,
        "IL": "VERIFIED",
        "IF": ["RFID_PLAIN"],
        "IT": "ISO14443",
        "ID": "1F2D3A4F5506C7",
        "RD": [_given(one) for one in readings],
    }
    return _given(usual | fields)


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def sign(signed: bytes, key: Signer = KEY) -> bytes:
    """ECDSA with SHA-256, DER."""
    return key.sign(signed, ec.ECDSA(hashes.SHA256()))


def record_text(
    content: dict[str, Any],
    *,
    key: Signer = KEY,
    respell: Callable[[bytes], bytes] = bytes,
    suffix: str = "",
    **section: Any,
) -> bytes:
    """A whole OCMF record.

    Args:
        content: the payload section.
        key: who signs.
        respell: turns the DER signature into another spelling of it.
        suffix: what follows the signature section.
        section: fields of the signature section; SE decides how SD is written.
    """
    signed = simplejson.dumps(content, use_decimal=True, ensure_ascii=False).encode()
    value = respell(sign(signed, key))
    in_base64 = str(section.get("SE", "")).lower() == "base64"
    data = b64encode(value).decode() if in_base64 else value.hex()
    signature = simplejson.dumps(section | {"SD": data}).encode()
    return b"OCMF|" + signed + b"|" + signature + suffix.encode()


def verified_text(
    text: bytes,
    *,
    key: Signer = KEY,
    index: int = 0,
    context: str | None = None,
    signer_kind: SignerKind = SignerKind.METER,
) -> VerifiedRecord:
    """Take a record's text through the real container, parser and verification."""
    (value,) = container.detect(text)
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    trusted = TrustedKey(key=decode_public_key(spki), source=KeySource.REGISTRY, signer_kind=signer_kind)
    return verify(formats.parse(replace(value, index=index, context=context)), trusted)


def verified(
    *readings: dict[str, Any],
    key: Signer = KEY,
    index: int = 0,
    context: str | None = None,
    signer_kind: SignerKind = SignerKind.METER,
    **fields: Any,
) -> VerifiedRecord:
    """A verified record with these readings; `fields` are fields of its payload section."""
    text = record_text(payload(*readings, **fields), key=key)
    return verified_text(text, key=key, index=index, context=context, signer_kind=signer_kind)
