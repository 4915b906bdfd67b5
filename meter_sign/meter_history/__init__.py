"""A transaction beside the other transactions of its meter: gaps, repetitions, energy that two would bill.

A transaction can be faultless in itself and still be billed twice: copied, signed again under new numbers, or put
together of the begin of one and the end of a later one. Only the meter's own counts, which go on from session to
session, show that.

    trace.py    what one transaction leaves in its meter's counts
    rules.py    what is found between two traces; `check_history` for one and its neighbours
    of_file.py  `find_history` for all transactions of a file

Nothing here decides which other transactions there are: a file's stand in it, the gateway's in its database.
"""

from __future__ import annotations

from meter_sign.meter_history.of_file import find_history
from meter_sign.meter_history.rules import check_history
from meter_sign.meter_history.trace import Counter, Page, RegisterSpan, Trace, meter_of, pages_of, trace_of

__all__ = [
    "Counter",
    "Page",
    "RegisterSpan",
    "Trace",
    "check_history",
    "find_history",
    "meter_of",
    "pages_of",
    "trace_of",
]
