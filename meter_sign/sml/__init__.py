"""SML, the Smart Message Language: one transport file of messages, read into the lists of values it holds.

    bytes -> transport (escapes, fill bytes, CRC) -> elements (TLV) -> messages (CRC) -> ListResponse

SML is the wire form of EDL40 meters. It is read strictly and never written: what such a meter signs is no part of
these bytes but a block that the formats rebuild from the fields, so this package keeps every field exactly and
judges none. Nothing here knows a signature; a broken file is a `MalformedPayloadError` with the offset of the byte
(counted without the doubled escapes, which are rarer than one file in a million).

A wrong check sum is refused, on the file and on each message. It protects nothing against an attacker, yet every true
record that we know has the right ones, and bytes that were damaged on the way are no evidence of anything.

Source: SML 1.04 (BSI TR-03109-1, Anlage IV), sections 4 (messages), 6 (binary encoding), 8 (transport version 1).
"""

from meter_sign.sml.messages import ListEntry, ListResponse, SmlTime, TimeKind, read_lists
from meter_sign.sml.transport import BEGIN

__all__ = ["BEGIN", "ListEntry", "ListResponse", "SmlTime", "TimeKind", "read_lists"]
