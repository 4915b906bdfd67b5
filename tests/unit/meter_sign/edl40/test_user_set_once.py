"""EDL40 meters sign when the user was set: begin and end of two sessions of one user do not bill what lies between.

Of the published records a begin and its end tell the same time, but for a pair of an EMOC meter, which sets the user
again for each of its consecutive readings (formats.md 3.2, NewEHZXML).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from meter_sign.codes import Code
from tests.support.edl40 import BEGIN, END, Block, edl_40_p, edl_40_sig, measurement, mennekes
from tests.unit.meter_sign.edl40.records import billing, errors, only_transaction, pair, warnings

if TYPE_CHECKING:
    from collections.abc import Callable

#: The next reading, of the same user, who was set again before it.
RENEWED = replace(END, contract_time=END.time - 10)
#: The end of a later session of the same user.
LATER = replace(RENEWED, pagination=20, value=99_999)


def process(end: Block) -> bytes:
    """A Mennekes process whose end says by itself when the user was set."""
    own = measurement("MeasurementEnd", end, TimestampCustomerIdent=end.at(end.contract_time))
    return billing(mennekes(BEGIN, end, MeasurementEnd=own))


@pytest.mark.parametrize("write", [edl_40_p, edl_40_sig])
def test_begin_and_end_of_two_sessions_are_not_billed(write: Callable[[Block], bytes]) -> None:
    """The same card, another session: what others charged between the two must not be billed to this user."""
    assert {Code.IDENTIFICATION_RENEWED} == errors(pair(write(BEGIN), write(LATER)))


def test_process_of_two_sessions_is_not_billed() -> None:
    """The same in one record: both signatures hold, and both sign when the user was set."""
    assert {Code.IDENTIFICATION_RENEWED} == errors(only_transaction(process(LATER)))


def test_user_set_again_for_the_very_next_reading_is_told() -> None:
    """Consecutive numbers leave no room for anybody else."""
    found = pair(edl_40_p(BEGIN), edl_40_p(RENEWED))
    assert (True, {Code.IDENTIFICATION_RENEWED, Code.CLOCK_NOT_BILLABLE}) == (found.billable, warnings(found))
    assert set() == errors(only_transaction(process(RENEWED)))


def test_missing_readings_of_one_session_are_only_told() -> None:
    """Where the user was set once, readings on the way may be left out."""
    found = pair(edl_40_p(BEGIN), edl_40_p(replace(END, pagination=20)))
    assert (True, {Code.PAGINATION_GAP, Code.CLOCK_NOT_BILLABLE}) == (found.billable, warnings(found))


def test_without_a_user_nothing_was_set() -> None:
    """A begin that was signed before anybody was assigned says nothing about when."""
    nobody = replace(BEGIN, contract_id=b"")
    assert set() == errors(pair(edl_40_p(nobody), edl_40_p(LATER)))
