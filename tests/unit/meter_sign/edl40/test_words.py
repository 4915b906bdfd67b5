"""What the signed numbers of EDL40 mean: status, time, value, register, user."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError
from meter_sign.formats.edl40 import words
from meter_sign.formats.edl40.block import Edl40Block, read_edl40
from meter_sign.limits import DEFAULT_LIMITS
from meter_sign.model import Phase, Reading
from meter_sign.obis import RegisterKind
from meter_sign.quantity import Unit
from meter_sign.timestamps import TimeStatus
from tests.support.edl40 import Block


def readings(block: Block, offset: int | None = 3_600) -> tuple[Reading, ...]:
    """The readings of a block."""
    fields: Edl40Block = read_edl40(block.encoded)
    return words.edl40_readings(fields, offset=offset, phase=Phase.BY_ORDER, path="", limits=DEFAULT_LIMITS)


@pytest.mark.parametrize("status", [0x00, 0x08, 0x80, 0x88, 0x8A, 0x98, 0xA8, 0xB8])
def test_status_of_a_meter_that_works(status: int) -> None:
    """Running or not, clock set or not, and whichever way the energy flows: the value is good."""
    (only,) = readings(Block(status=status))
    assert (f"0x{status:02X}", True) == (only.meter_status, only.status_good)


@pytest.mark.parametrize("bit", [0, 2, 6])
def test_status_that_takes_the_value_out_of_billing(bit: int) -> None:
    """A fatal error, a magnet, and the bit that nobody has defined."""
    (only,) = readings(Block(status=0x88 | 1 << bit))
    assert only.status_good is False


@pytest.mark.parametrize(
    ("status", "offset", "expected"),
    [(0x08, 3_600, TimeStatus.INFORMATIVE), (0x00, 3_600, TimeStatus.UNKNOWN), (0x08, None, TimeStatus.UNKNOWN)],
)
def test_clock_is_informative_at_best(status: int, offset: int | None, expected: TimeStatus) -> None:
    """Without an offset, or before the clock was ever set, the time decides nothing."""
    (only,) = readings(Block(status=status), offset)
    assert only.time is not None
    assert expected is only.time.status


def test_local_time_becomes_utc() -> None:
    """1593011919 two hours ahead is 13:18:39 UTC; without the offset it is read as it stands."""
    assert datetime(2020, 6, 24, 13, 18, 39, tzinfo=UTC) == words.signed_time(1_593_011_919, 7_200).at
    assert datetime(2020, 6, 24, 15, 18, 39, tzinfo=UTC) == words.signed_time(1_593_011_919, None).at


@pytest.mark.parametrize("seconds", [-12 * 3_600, 0, 14 * 3_600])
def test_offsets_of_this_earth(seconds: int) -> None:
    """From 12 hours behind to 14 hours ahead."""
    assert seconds == words.checked_offset(seconds, where="")


@pytest.mark.parametrize("seconds", [-12 * 3_600 - 1, 14 * 3_600 + 1, 10**9])
def test_wild_offset_is_refused(seconds: int) -> None:
    """An unsigned number must not move a signed time wherever somebody likes."""
    with pytest.raises(MalformedPayloadError) as caught:
        words.checked_offset(seconds, where="/x")
    assert (Code.FIELD_INVALID, "/x") == (caught.value.code, caught.value.where)


def test_usual_block_has_one_reading() -> None:
    """The total, in Wh, with its place."""
    (only,) = readings(Block())
    assert ("1-0:1.17.0", Decimal("1234.5"), Unit.WH) == (str(only.register), only.value, only.unit)
    assert (Decimal("1.2345"), 26, "/value") == (only.value_kwh, only.event_counter, only.path)


def test_registers_in_use_are_readings_of_their_own() -> None:
    """The register without losses outranks the total, the historical one bills nothing."""
    found = readings(Block(historical_value=500, compensated_value=400))
    kinds = [one.register.kind for one in found if one.register]
    assert ["1-0:1.17.0", "1-0:1.17.0*100", "1-0:1.17.0*200"] == [str(one.register) for one in found]
    assert [RegisterKind.IMPORT, RegisterKind.OTHER, RegisterKind.IMPORT_COMPENSATED] == kinds
    assert [Decimal("1234.5"), Decimal("50.0"), Decimal("40.0")] == [one.value for one in found]


def test_total_of_zero_is_a_reading() -> None:
    """A new meter stands at zero."""
    (only,) = readings(Block(value=0))
    assert Decimal(0) == only.value


def test_user_is_shown_as_hex() -> None:
    """Cards and texts alike, without the zeros that fill the block."""
    who = words.identification(b"\x04\xa1\x00\x00")
    assert (True, "04A1") == (who.assigned, who.data)
    nobody = words.identification(b"\x00\x00")
    assert (False, None) == (nobody.assigned, nobody.data)


def test_cable_is_told_as_signed() -> None:
    """The resistance is signed as a number without a unit; 0 is no cable."""
    cable = words.loss_compensation(1_000)
    assert cable is not None
    assert (Decimal(1_000), None) == (cable.resistance, cable.unit)
    assert words.loss_compensation(0) is None
