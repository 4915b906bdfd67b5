"""What the points of a BSM snapshot mean, in words that all formats share.

    Typ phase   RCR reading   TotWhImp reading that controls   MA1 serial   RCnt pagination   Epoch time
    EpochSetCnt event_counter   Evt meter_status   Meta1 to Meta3 identification, charge_point

- RCR (1-0:1.8.0*198) bills: it counts from the last turn-on snapshot, and the meter's display shows it. TotWhImp counts
  the same energy from the beginning and keeps digits below the last one, so the two differences may deviate by one last
  digit. It bills nothing and controls RCR. Between a start and an end snapshot, which do not switch, RCR is not reset
  and the difference is the session's energy all the same; a turn-on in between is a contradiction of the two.
- Evt: "A problem exists if this value is different from zero." Every bit stops billing, known or not.
- The meter signs no word on its clock, which the operator's system sets: it is informative. A clock that was set during
  a session moves EpochSetCnt; changing the offset of local time counts as setting it.
- The texts are the operator's, in no form that the meter knows. chargeIT tags them, `contract-id: TYPE:ID`; without
  such a tag Meta1 as a whole names the customer, as in the OCMF records of the same meter.

W, OS, EpochSetOS, DI and DO are signed and decide nothing here.

Source: bsm-python, doc/examples/snapshots.md, time.md, chargy.md, models/smdx_64901.xml; product manual BSM 3.0,
chapters 11.1 and 11.2, appendix A (events of the meter).
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import ContentError
from meter_sign.model import (
    ChargePoint,
    Identification,
    MeterIdentity,
    Pagination,
    PaginationKind,
    Phase,
    Reading,
    RecordContent,
)
from meter_sign.obis import parse_obis
from meter_sign.quantity import Unit
from meter_sign.timestamps import UNIX_EPOCH, SignedTime, TimeStatus

if TYPE_CHECKING:
    from datetime import datetime

    from meter_sign.formats.bsm.points import Snapshot

CONTRACT, EVSE, CONTROLLER = "contract-id", "evse-id", "csc-sw-version"
_TEXTS = ("Meta1", "Meta2", "Meta3")
#: Types of snapshots, with their phases; any other is `Phase.UNKNOWN`.
_TYPES = {
    0: ("CURRENT", Phase.CHARGING),
    1: ("TURN_ON", Phase.BEGIN),
    2: ("TURN_OFF", Phase.END),
    3: ("START", Phase.BEGIN),
    4: ("END", Phase.END),
}
#: The kinds of ids that chargeIT writes before the id itself.
_CONTRACT_TYPES = frozenset({"rfid", "sms"})
_SESSION_REGISTER, _TOTAL_REGISTER = "1-0:1.8.0*198", "1-0:1.8.0*255"


def read_content(snapshot: Snapshot) -> RecordContent:
    """Say what a snapshot says.

    Args:
        snapshot: its points.

    Raises:
        ContentError: CONTENT_INVALID, when one tag stands in two texts that differ.
    """
    counter = snapshot["RCnt"].number
    return RecordContent(
        meter=MeterIdentity(serial=snapshot["MA1"].text or None),
        pagination=None if counter is None else Pagination(kind=PaginationKind.TRANSACTION, number=counter),
        identification=_identification(snapshot),
        readings=_readings(snapshot),
        charge_point=_charge_point(snapshot),
    )


def signed_time(snapshot: Snapshot) -> datetime | None:
    """The instant with its offset of local time, as signed; None where the meter's clock was not set.

    Args:
        snapshot: its points.
    """
    seconds = snapshot["Epoch"].number
    return None if seconds is None or snapshot["TZO"].number is None else UNIX_EPOCH + timedelta(seconds=seconds)


def tagged(snapshot: Snapshot, tag: str) -> str | None:
    """What the operator's texts say under a tag; None when none of them has it.

    Args:
        snapshot: its points.
        tag: without the colon.

    Raises:
        ContentError: CONTENT_INVALID, when two texts say different things under it.
    """
    mark = f"{tag}: "
    said = {text.removeprefix(mark) for name in _TEXTS if (text := snapshot[name].text).startswith(mark)}
    if len(said) > 1:
        raise ContentError(Code.CONTENT_INVALID, f"two different texts are tagged {tag}", where="/additionalValues")
    return next(iter(said), None)


def contract_of(stated: str) -> tuple[str | None, str]:
    """The kind and the id of a contract, as `rfid:04A2B3C4`; of any other text all is the id.

    Args:
        stated: what stands under the tag.
    """
    kind, colon, id_ = stated.partition(":")
    return (kind, id_) if colon and kind in _CONTRACT_TYPES else (None, stated)


def _identification(snapshot: Snapshot) -> Identification | None:
    stated = tagged(snapshot, CONTRACT)
    if stated is None:
        first = snapshot["Meta1"].text
        stated = "" if first.startswith((f"{EVSE}: ", f"{CONTROLLER}: ")) else first
    kind, id_ = contract_of(stated)
    return Identification(assigned=True, type=kind, data=id_) if id_ else None


def _charge_point(snapshot: Snapshot) -> ChargePoint | None:
    evse, controller = tagged(snapshot, EVSE) or None, tagged(snapshot, CONTROLLER) or None
    if evse is None and controller is None:
        return None
    return ChargePoint(kind="EVSEID" if evse else None, id=evse, controller_firmware=controller)


def _readings(snapshot: Snapshot) -> tuple[Reading, ...]:
    at = signed_time(snapshot)
    type_, events = snapshot["Typ"].number, snapshot["Evt"].number
    name, phase = _TYPES.get(-1 if type_ is None else type_, (str(type_), Phase.UNKNOWN))
    total = snapshot["TotWhImp"]
    return tuple(
        Reading(
            time=None if at is None else SignedTime(at=at, status=TimeStatus.INFORMATIVE),
            qualifier=name,
            phase=phase,
            register=parse_obis(register),
            value=snapshot[point].scaled,
            unit=Unit.WH,
            meter_status=None if events is None else f"{events:08X}",
            status_good=None if events is None else events == 0,
            event_counter=snapshot["EpochSetCnt"].number,
            control_tolerance=tolerance,
            path=f"/additionalValues/{place}",
        )
        for point, register, place, tolerance in (
            ("RCR", _SESSION_REGISTER, 1, None),
            ("TotWhImp", _TOTAL_REGISTER, 2, Decimal(1).scaleb(total.scale)),
        )
    )
