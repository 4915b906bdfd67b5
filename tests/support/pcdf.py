"""A PES DC meter of the tests: writes PCDF lines from the known samples' form, and knows nothing of our reader.

    line(RV="0010.500*kWh")      -> '128.8.0(ST:...)...(PK:04...)(SG:30...)'

Keys are made from public numbers: nothing real is ever signed with them.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY = ec.derive_private_key(0xDCDC, ec.SECP256R1())
OTHER_KEY = ec.derive_private_key(0xDCDD, ec.SECP256R1())
METER = "39202000189"

#: A session of 10.500 kWh; every field can be replaced, and left out with None.
_USUAL: dict[str, str | None] = {
    "ST": "240301090000",
    "CT": "240301100000",
    "CD": "010000",
    "TV": "1",
    "BV": "1",
    "CSC": "18",
    "SP": "1",
    "RV": "0010.500*kWh",
    "SI": "DEABC1*4*a103507e-161e-414a-b8c5-e1efb37fb72d",
    "CS": "5febd3dc",
    "HW": METER,
    "DT": "0",
}
TRANSACTION = "a103507e-161e-414a-b8c5-e1efb37fb72d"

Signer = ec.EllipticCurvePrivateKey


def point(key: Signer = KEY) -> str:
    """The public key as PK has it."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint).hex()


def signed_part(*, named_key: Signer = KEY, further: str = "", **changes: str | None) -> str:
    """What is signed: the fields, `further` behind them, and the key that the record names."""
    fields = _USUAL | changes
    written = "".join(f"({name}:{value})" for name, value in fields.items() if value is not None)
    return f"128.8.0{written}{further}(PK:{point(named_key)})"


def sign(signed: str, key: Signer = KEY) -> str:
    """A whole line around the part that is signed."""
    signature = key.sign(signed.encode(), ec.ECDSA(SHA256(), deterministic_signing=True)).hex()
    return f"{signed}(SG:{signature})"


def line(*, key: Signer = KEY, further: str = "", **changes: str | None) -> str:
    """A signed line."""
    return sign(signed_part(named_key=key, further=further, **changes), key)
