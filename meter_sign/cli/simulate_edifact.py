"""How a simulated session becomes a signed MSCONS message: one for all of it, with the signature in the message.

No real meter is known to write EDIFACT itself: these files try how a system reads the format.

Source: UN/EDIFACT D.04B MSCONS as profiled by BDEW, ISO 9735-5; edifact.md 1.2, 2.1 and 2.2.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from meter_sign.cli.simulate_meter import SimulatedMeter, SimulatedSession

#: The name under which the message names its key, and under which that is registered.
KEY_NAME = "simulated-test-key"
#: Market partner codes that nobody has.
_SENDER, _RECIPIENT = "9900000000001", "9900000000002"
_REFERENCE = "SIM0001"
#: UNH, UST, USR and UNT, which are not among the signed segments.
_UNSIGNED_SEGMENTS = 4
#: Segments of the header group and of its trailer (0588).
_SECURITY_SEGMENTS = 6


def signed_part(meter: SimulatedMeter, session: SimulatedSession) -> bytes:
    """What is signed: the security header and the message's body.

    Args:
        meter: of the session.
        session: all its readings.
    """
    end = session.readings[-1].at.astimezone(UTC)
    segments = [
        f"USH+1+S1+1+1+2+2+1+++1:{end:%Y%m%d:%H%M%S}:0000", "USA+1:16:1:48:1", f"USC++3:{KEY_NAME}", "USA+6:16:1:17:1",
        f"BGM+7+SIM{session.number}+9", _moment("137", end), "RFF+Z13:13017", f"NAD+MS+{_SENDER}::293",
        f"NAD+MR+{_RECIPIENT}::293", "UNS+D", "NAD+DP", "LOC+172", f"RFF+MG:{meter.serial}",
        f"RFF+AGK:{session.number}", "LIN+1", "PIA+5+1-0?:1.8.0:SRW",
    ]  # fmt: skip
    for one in session.readings:
        segments += [f"QTY+220:{one.value_kwh}:KWH", _moment("9", one.at)]
    return _written(*segments)


def interchange(signed: bytes, signature: bytes) -> bytes:
    """A file with the one message.

    Args:
        signed: what `signed_part` says, or what somebody made of it.
        signature: r and s side by side.
    """
    count = signed.count(b"'") + _UNSIGNED_SEGMENTS
    opened = _written(
        f"UNB+UNOC:4+{_SENDER}:500+{_RECIPIENT}:500+20260101:0000+{_REFERENCE}++VL", "UNH+1+MSCONS:D:04B:UN:2.4c"
    )
    closed = _written(
        f"UST+S1+{_SECURITY_SEGMENTS}", f"USR+1:{signature.hex().upper()}", f"UNT+{count}+1", f"UNZ+1+{_REFERENCE}"
    )
    return b"UNA:+.?*'" + opened + signed + closed


def _moment(qualifier: str, at: datetime) -> str:
    """With seconds: those of format 303 would be cut off."""
    return f"DTM+{qualifier}:{at.astimezone(UTC):%Y%m%d%H%M%S}?+00:304"


def _written(*segments: str) -> bytes:
    return "".join(f"{segment}'" for segment in segments).encode("latin-1")
