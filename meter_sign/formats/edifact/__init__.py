"""MSCONS of UN/EDIFACT with a signature: its own (ISO 9735-5), an AUTACK's (ISO 9735-6), or S/MIME's around it.

    recognition.py   whether a file means to be EDIFACT
    record.py        one message of a file                                        -> ParsedRecord
    opening.py       a file to its messages, and what signs each of them
    cms.py, ...      CMS and S/MIME around a file or beside it
    autack.py, ...   AUTACK messages, and what they refer to
    security.py      signatures of a message in the message itself
    groups.py        security header groups and their trailers
    algorithms.py    what security segments state: hash, method, key, time, value
    mscons.py, ...   what a message says                                          -> RecordContent
    interchange.py   interchanges and their messages; counts and references of the frame
    segments.py      bytes to segments with offsets; never re-serialised

A file is one payload, however many messages it holds: each of them is a value with the whole file as its `raw`. OCPI's
list of encoding methods does not name the format: `EDIFACT` is a bilateral name.

Source: ISO 9735 syntax 3 and 4, UN/EDIFACT D.04B MSCONS as profiled by BDEW; edifact.md.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from meter_sign.formats.declaration import MeterFormat
from meter_sign.formats.edifact.recognition import is_edifact
from meter_sign.model import PayloadFormat

if TYPE_CHECKING:
    from meter_sign.limits import Limits
    from meter_sign.model import Beside, ParsedRecord, SignedPayload


# These twenty files would be a quarter of what every command loads at its start, and few files are EDIFACT.
def _parse(payload: SignedPayload, limits: Limits) -> ParsedRecord:
    from meter_sign.formats.edifact.record import parse  # noqa: PLC0415 - see above

    return parse(payload, limits)


def _count_values(raw: bytes, beside: Beside, limits: Limits) -> int:
    from meter_sign.formats.edifact.record import count_values  # noqa: PLC0415 - see above

    return count_values(raw, beside, limits)


FORMAT = MeterFormat(
    name=PayloadFormat.EDIFACT,
    recognises=is_edifact,
    parse=_parse,
    encoding_method=PayloadFormat.EDIFACT.value,
    count=_count_values,
    cap=attrgetter("edifact_bytes"),
)

__all__ = ["FORMAT"]
