"""An Alfen adapter of the tests: writes lines from the published layout, and knows nothing of our reader.

    line(status=START, value=100_000, paging=7)      -> 'AP;0;3;...;...;...;'

Keys are made from public numbers: nothing real is ever signed with them.
"""

from __future__ import annotations

from base64 import b32encode
from struct import pack
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY = ec.derive_private_key(0xA1FE, ec.SECP192R1())
OTHER_KEY = ec.derive_private_key(0xA1FF, ec.SECP192R1())
#: What the adapter says of the command that made it read.
START, STOP, INTERMEDIATE = 1 << 29, 1 << 28, 1 << 27

ADAPTER_ID = bytes.fromhex("0a0e45574b0000000011")
METER_ID = bytes.fromhex("0a0145574b0033000140")
#: The same as it is registered.
METER = "0A0145574B0033000140"

#: A session of 10.500 kWh; every field can be replaced.
_USUAL: dict[str, Any] = {
    "adapter_id": ADAPTER_ID,
    "firmware": b"v016",
    "check_sum": b"\xd3\xb0",
    "meter_id": METER_ID,
    "status": START,
    "seconds_index": 5_000,
    "time": 1_709_280_000,  # 2024-03-01T08:00:00Z
    "obis": bytes.fromhex("0100010800ff"),
    "unit": 30,
    "scaler": 0,
    "value": 100_000,
    "uid": b"1F2D3A4F5506C7",
    "session": 87,
    "paging": 171,
}
#: What a stop says otherwise.
END: dict[str, Any] = {
    "status": STOP,
    "seconds_index": 8_600,
    "time": 1_709_283_600,  # 2024-03-01T09:00:00Z
    "value": 110_500,
    "paging": 172,
}

Signer = ec.EllipticCurvePrivateKey


def block(**changes: Any) -> bytes:
    """The 82 signed bytes of a start, with these fields otherwise."""
    fields = _USUAL | changes
    written = pack("<10s4s2s10sIII6sBbq20sII", *fields.values())
    assert len(written) == 82
    return written


def base32(octets: bytes) -> str:
    """Upper case, padded."""
    return b32encode(octets).decode()


def sign(signed: bytes, key: Signer = KEY) -> bytes:
    """R and s side by side."""
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256(), deterministic_signing=True)))
    return r.to_bytes(24, "big") + s.to_bytes(24, "big")


def compressed(key: Signer = KEY) -> bytes:
    """The public key's point, compressed."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def frame(signed: bytes, signature: bytes, *, type_: str = "0", version: str = "3", key: Signer = KEY) -> str:
    """A line of these parts."""
    return f"AP;{type_};{version};{base32(compressed(key))};{base32(signed)};{base32(signature)};"


def line(*, type_: str = "0", key: Signer = KEY, **changes: Any) -> str:
    """A signed line."""
    signed = block(**changes)
    return frame(signed, sign(signed, key), type_=type_, key=key)


def begin(**changes: Any) -> str:
    """The start of the usual session."""
    return line(**changes)


def end(**changes: Any) -> str:
    """Its stop."""
    return line(**({"type_": "1"} | END | changes))
