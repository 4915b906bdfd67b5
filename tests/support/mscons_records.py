"""Builders of really signed MSCONS: text, in-message signature, container, parser and verification are the real ones.

    verified_mscons(points("1-0:1.8.0", ("09:00", "1000.500"), ("11:30", "1023.750")))
    verified_mscons(profile("1-0:1.29.0", ("09:00", "09:15", "5.000")))

Times are of 2026-01-15 in UTC: `09:00` is stated to the minute (format 303), `09:00:00` to the second (304).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from meter_sign import container, formats
from meter_sign.crypto.keys import TrustedKey, decode_public_key
from meter_sign.model import KeySource, SignerKind
from meter_sign.verify import FoundKey, verify_named
from tests.support.records import KEY

if TYPE_CHECKING:
    from meter_sign.model import SignedPayload, VerifiedRecord

DAY = "20260115"
METER = "1EMH0012345678"
KEY_NAME = "METER-KEY-1"

Signer = ec.EllipticCurvePrivateKey


def at(clock: str) -> datetime:
    """A time of the day on which everything is read."""
    return datetime.fromisoformat(f"2026-01-15T{clock}").replace(tzinfo=UTC)


def _moment(qualifier: str, clock: str) -> str:
    digits = clock.replace(":", "")
    return f"DTM+{qualifier}:{DAY}{digits}?+00:{303 if len(digits) == 4 else 304}'"


def points(register: str, *values: tuple[str, str], quantity: str = "220") -> str:
    """One register with its readings.

    Args:
        register: its OBIS code.
        values: time and number of each.
        quantity: QTY 6063 of all of them.
    """
    told = (f"QTY+{quantity}:{number}:KWH'{_moment('9', clock)}" for clock, number in values)
    return f"PIA+5+{register.replace(':', '?:')}:SRW'" + "".join(told)


def profile(register: str, *values: tuple[str, str, str], quantity: str = "220") -> str:
    """One register with its intervals.

    Args:
        register: its OBIS code.
        values: start, end and energy of each.
        quantity: QTY 6063 of all of them.
    """
    told = (
        f"QTY+{quantity}:{energy}:KWH'{_moment('163', starts)}{_moment('164', ends)}" for starts, ends, energy in values
    )
    return f"PIA+5+{register.replace(':', '?:')}:SRW'" + "".join(told)


def message(
    *series: str, session: str | None = "S1", meter: str = METER, number: int = 1, more: str = "", key: Signer = KEY
) -> str:
    """One signed message from UNH to UNT.

    Args:
        series: from `points` and `profile`.
        session: RFF+AGK, if any.
        meter: RFF+MG.
        number: the message's reference.
        more: further segments, such as those of another meter.
        key: who signs.
    """
    lines = "".join(f"LIN+{line}'{text}" for line, text in enumerate(series, 1))
    agreed = "" if session is None else f"RFF+AGK:{session}'"
    signed = (
        "USH+1+S1+1+1+2+2+1+++1:20260115:120000:0000'USA+1:16:1:48:1'"
        f"USC++3:{KEY_NAME}'USA+6:16:1:17:1'"
        f"BGM+7+DOC{number}+9'DTM+137:202601151200?+00:303'NAD+MS+9900000000001::293'NAD+MR+9900000000002::293'UNS+D'"
        f"NAD+DP'LOC+172+DE0001'RFF+MG:{meter}'{agreed}{lines}{more}"
    )
    r, s = decode_dss_signature(key.sign(signed.encode("latin-1"), ec.ECDSA(hashes.SHA256())))
    trailer = f"UST+S1+6'USR+2:{r:064X}*3:{s:064X}'"
    segments = (signed + trailer).count("'") + 2
    return f"UNH+{number}+MSCONS:D:04B:UN:2.4c'{signed}{trailer}UNT+{segments}+{number}'"


def file_of(*messages: str) -> bytes:
    """An interchange of these messages."""
    head = "UNA:+.?*'UNB+UNOC:4+9900000000001:500+9900000000002:500+20260115:1200+IC1++VL'"
    return f"{head}{''.join(messages)}UNZ+{len(messages)}+IC1'".encode("latin-1")


def payloads_of(raw: bytes) -> tuple[SignedPayload, ...]:
    """The values of a file."""
    return tuple(container.detect(raw))


def verified_payload(
    payload: SignedPayload, *, key: Signer = KEY, signer_kind: SignerKind = SignerKind.METER
) -> VerifiedRecord:
    """Take one value through the real parser and verification."""
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    trusted = TrustedKey(key=decode_public_key(spki), source=KeySource.REGISTRY, signer_kind=signer_kind)
    return verify_named(formats.parse(payload), (FoundKey(trusted),))


def verified_mscons(
    *series: str,
    index: int = 0,
    context: str | None = None,
    session: str | None = "S1",
    meter: str = METER,
    more: str = "",
    key: Signer = KEY,
    signer_kind: SignerKind = SignerKind.METER,
) -> VerifiedRecord:
    """A verified record of one message in a file of its own."""
    raw = file_of(message(*series, session=session, meter=meter, more=more, key=key))
    (payload,) = payloads_of(raw)
    return verified_payload(replace(payload, index=index, context=context), key=key, signer_kind=signer_kind)
