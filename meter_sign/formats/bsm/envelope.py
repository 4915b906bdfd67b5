"""What the JSON around a BSM snapshot says a second time, unsigned, and whether it is what the meter signed.

A true snapshot in a false envelope is a forgery: people read the envelope. Whatever is stated there must be what the
points say; what is left out or null states nothing. What the points do not say at all (the maker, the firmware, how the
display showed a value) cannot be compared and is believed by nobody.

Source: bsm-python, doc/examples/chargy.md, "Signature Verification" and "Snapshot Objects".
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from meter_sign.codes import Code
from meter_sign.errors import ContentError, MalformedPayloadError
from meter_sign.formats.bsm.content import CONTRACT, contract_of, signed_time, tagged
from meter_sign.formats.bsm.points import POINTS, UNIT_NAMES, Point, read_point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from meter_sign.formats.bsm.points import Snapshot

_SESSION_POINT = next(point for point in POINTS if point.name == "RCR")


def check_envelope(value: Mapping[str, Any], snapshot: Snapshot, claims: Iterable[tuple[str, str]]) -> None:
    """Refuse a snapshot beside which something else is stated.

    Args:
        value: the JSON of the snapshot.
        snapshot: its points.
        claims: what the container says of it besides, by the tag under which the meter signs it.

    Raises:
        ContentError: ENVELOPE_CONTRADICTS, with the first member that does; CONTENT_INVALID, when a tag says two
            things.
    """
    for name, agrees in _MEMBERS.items():
        stated = value.get(name)
        if stated is not None and not agrees(stated, snapshot):
            raise _contradiction(f"/{name}")
    for number, (point, stated) in enumerate(zip(POINTS, value["additionalValues"], strict=True)):
        if not _words_agree(stated, point):
            raise _contradiction(f"/additionalValues/{number}")
    for tag, claimed in claims:
        signed = tagged(snapshot, tag)
        if signed is not None and signed != claimed:
            raise _contradiction(f"{tag} of the container")


def _contradiction(where: str) -> ContentError:
    return ContentError(
        Code.ENVELOPE_CONTRADICTS, "what stands beside the snapshot is not what was signed", where=where
    )


def _time(stated: object, snapshot: Snapshot) -> bool:
    signed, offset = signed_time(snapshot), snapshot["TZO"].number
    if signed is None or offset is None or not isinstance(stated, str):
        return False
    try:
        shown = datetime.fromisoformat(stated)
    except ValueError:
        return False
    return shown.tzinfo is not None and (shown, shown.utcoffset()) == (signed, timedelta(minutes=offset))


def _meter(stated: object, snapshot: Snapshot) -> bool:
    return isinstance(stated, dict) and stated.get("meterId") in (None, snapshot["MA1"].text)


def _contract(stated: object, snapshot: Snapshot) -> bool:
    if not isinstance(stated, dict):
        return False
    shown = (stated.get("type"), stated.get("id"))
    if shown == (None, None):
        return True
    signed = tagged(snapshot, CONTRACT)
    return signed is not None and shown in (contract_of(signed), (None, signed))


def _counter(stated: object, snapshot: Snapshot) -> bool:
    return isinstance(stated, Decimal) and stated == snapshot["RCnt"].number


def _session_value(stated: object, snapshot: Snapshot) -> bool:
    try:
        shown = read_point(_SESSION_POINT, stated, "/value")
    except MalformedPayloadError:
        return False
    return shown == snapshot["RCR"] and _words_agree(stated, _SESSION_POINT)


def _words_agree(stated: Any, point: Point) -> bool:
    """Whether the register and the unit are called what they are; both were read as a point before."""
    register, unit = stated["measurand"].get("id"), stated["measuredValue"].get("unit")
    return register in (None, point.obis) and unit in (None, UNIT_NAMES[point.unit])


#: Members of the snapshot's JSON that repeat what is signed.
_MEMBERS: Mapping[str, Callable[[object, Snapshot], bool]] = {
    "time": _time,
    "meterInfo": _meter,
    "contract": _contract,
    "measurementId": _counter,
    "value": _session_value,
}
