"""Bauer BSM-WS36A: one signed snapshot of the meter as JSON, in the form that chargeIT's containers carry.

    record.py     the JSON of one snapshot: version, key, signature        -> ParsedRecord
    points.py     the 17 data points and the bytes that the meter signed
    content.py    what the points mean                                    -> RecordContent
    envelope.py   what the JSON says a second time, unsigned, compared with the points

Nothing of the JSON text is signed: the meter signs a layout of its data points, and a reader builds it again from the
JSON (points.py). That layout is the format's own definition, so it is no re-encoding of what was received.

Source: bsm-python (Apache-2.0, commit bdec54e), doc/examples/snapshots.md and chargy.md; Bauer, product manual BSM 3.0,
appendices A and D; decision 0023.
"""

from meter_sign.formats.bsm.record import FORMAT

__all__ = ["FORMAT"]
