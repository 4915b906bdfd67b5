"""A meter that never existed, its key, and the session that it is to sign; all derived from a seed.

TEST KEYS: whoever has this file can compute every private key. They must never be registered for a real meter. This is
the only place of the package that holds private keys; a source test keeps it so.

Signatures are deterministic (RFC 6979), so that the same seed makes the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import shake_256
from typing import TYPE_CHECKING, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from meter_sign.crypto.curves import CURVES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from meter_sign.model import Phase
    from meter_sign.timestamps import TimeStatus

#: What stands beside every key that is made here.
WARNING = "TEST KEY of a simulated meter, never use it for anything real: its private half can be computed by anybody."
_CURVES: Mapping[str, type[ec.EllipticCurve]] = {"secp256r1": ec.SECP256R1, "secp192r1": ec.SECP192R1}
_SECRET_BYTES = 80


@dataclass(frozen=True, slots=True)
class Seed:
    """The origin of everything that is made up."""

    number: int

    def octets(self, name: str, count: int) -> bytes:
        """So many bytes for one purpose: the same for the same seed and name."""
        return shake_256(f"eichwerk simulation, not for use: {self.number}: {name}".encode()).digest(count)

    def whole(self, name: str, below: int) -> int:
        """A number from zero on, for one purpose."""
        return int.from_bytes(self.octets(name, 16), "big") % below


@dataclass(frozen=True, slots=True)
class SimulatedKey:
    """One key pair."""

    seed: Seed
    name: str
    curve: str

    @property
    def _pair(self) -> ec.EllipticCurvePrivateKey:
        number = int.from_bytes(self.seed.octets(f"key {self.name} {self.curve}", _SECRET_BYTES), "big")
        return ec.derive_private_key(number % (CURVES[self.curve].order - 1) + 1, _CURVES[self.curve]())

    @property
    def spki(self) -> bytes:
        """The public half: DER SubjectPublicKeyInfo."""
        return self._pair.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def pem(self) -> bytes:
        """The public half as PEM."""
        return self._pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def point(self) -> bytes:
        """The public half as X and Y side by side."""
        return self._pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]

    @property
    def compressed_point(self) -> bytes:
        """The public half as compressed point."""
        return self._pair.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    def sign(self, message: bytes) -> bytes:
        """Sign with ECDSA and SHA-256: DER."""
        return self._pair.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))

    def sign_side_by_side(self, message: bytes) -> bytes:
        """The same signature as r and s with the curve's length each."""
        size = CURVES[self.curve].field_bytes
        return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(self.sign(message)))


@dataclass(frozen=True, slots=True)
class SimulatedMeter:
    """One meter with its gateway and its user."""

    seed: Seed

    @property
    def serial(self) -> str:
        """The meter's serial number; the maker SIM does not exist."""
        return f"1SIM00{self.seed.whole('serial', 10**8):08}"

    @property
    def server_id(self) -> bytes:
        """The id of a meter that has bytes for one: 10 of them."""
        return b"\x0a\x01SIM" + self.seed.octets("server id", 5)

    @property
    def gateway_serial(self) -> str:
        """The gateway's serial number."""
        return f"SIM-GW-{self.seed.whole('gateway', 10**6):06}"

    @property
    def adapter_id(self) -> bytes:
        """The id of a signing adapter beside such a meter: 10 bytes."""
        return b"\x0a\x0eSIM" + self.seed.octets("adapter id", 5)

    @property
    def digits(self) -> str:
        """The serial number of a meter that has 11 digits for one."""
        return f"00{self.seed.whole('digits', 10**9):09}"

    @property
    def user(self) -> bytes:
        """The number of the user's card: seven bytes."""
        return b"\x04" + self.seed.octets("card", 6)


class SimulatedReading(NamedTuple):
    """One reading to be signed."""

    phase: Phase
    #: With the offset of the place where the meter is.
    at: datetime
    clock: TimeStatus
    value_wh: int

    @property
    def value_kwh(self) -> str:
        """The value with three decimals: 1234567 Wh is 1234.567."""
        return f"{self.value_wh // 1000}.{self.value_wh % 1000:03}"


class SimulatedSession(NamedTuple):
    """What a meter signs of one session: its readings, and the number of the first record in the meter's count."""

    readings: tuple[SimulatedReading, ...]
    first_page: int
    number: int

    @property
    def energy_kwh(self) -> str:
        """The energy with three decimals, by whole numbers alone."""
        energy_wh = self.readings[-1].value_wh - self.readings[0].value_wh
        return f"{energy_wh // 1000}.{energy_wh % 1000:03}"
