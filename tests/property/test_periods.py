"""Whatever the readings and the states: energy is neither lost nor made, and time is covered once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from meter_sign.eichrecht import assemble_transaction
from meter_sign.model import Activity, StateChange
from meter_sign.periods import PeriodsOutcome, evidence_periods
from meter_sign.quantity import EXACT
from tests.support.records import reading, verified

if TYPE_CHECKING:
    from meter_sign.model import Transaction

START = datetime(2024, 3, 1, 8, tzinfo=UTC)
LENGTH = timedelta(hours=2)
Charged = tuple["Transaction", dict[str, datetime]]

offsets = st.integers(-20 * 60_000, 140 * 60_000).map(lambda milliseconds: timedelta(milliseconds=milliseconds))
changes = st.builds(StateChange, at=offsets.map(lambda one: START + one), activity=st.sampled_from(Activity))
rises = st.decimals(Decimal(0), Decimal(9), places=3)


@st.composite
def charged(draw: st.DrawFn) -> Charged:
    """A billable transaction in one to five records, with any clock, and when each record came in."""
    steps = draw(st.lists(st.tuples(st.integers(0, 1_700_000), rises), min_size=1, max_size=4))
    status = draw(st.sampled_from("SIUR"))
    elapsed, value, rows = 0, draw(rises), []
    for number, (milliseconds, rise) in enumerate([(0, Decimal(0)), *steps]):
        elapsed, value = elapsed + milliseconds, value + rise
        moment = START + timedelta(milliseconds=elapsed)
        stamp = f"{moment:%Y-%m-%dT%H:%M:%S},{moment.microsecond // 1000:03}+0000"
        qualifier = "B" if number == 0 else "E" if number == len(steps) else "C"
        rows.append(reading(qualifier, str(value), stamp, status))
    if draw(st.booleans()):
        records = [verified(*rows)]
    else:
        records = [verified(row, PG=f"T{number}") for number, row in enumerate(rows)]
    received = {record.signed_sha256: START + draw(offsets) for record in records}
    return assemble_transaction(records, transaction_id="1"), received


def lay_out(drawn: Charged, states: list[StateChange]) -> PeriodsOutcome:
    transaction, received_at = drawn
    return evidence_periods(
        transaction, starts_at=START, ends_at=START + LENGTH, states=states, received_at=received_at
    )


def energy(outcome: PeriodsOutcome) -> Decimal:
    total = Decimal(0)
    for period in outcome.periods:
        total = EXACT.add(total, period.energy_kwh)
    return total


@settings(max_examples=60, deadline=None)
@given(charged(), st.lists(changes, max_size=6))
def test_energies_add_up_exactly(drawn: Charged, states: list[StateChange]) -> None:
    """The periods share the transaction's energy: its sum is the signed difference, digit for digit."""
    assert drawn[0].energy_kwh == energy(lay_out(drawn, states))


@settings(max_examples=60, deadline=None)
@given(charged(), st.lists(changes, max_size=6))
def test_periods_tile_the_session(drawn: Charged, states: list[StateChange]) -> None:
    """From the start to the end, without gap, overlap or empty period."""
    periods = lay_out(drawn, states).periods
    assert (START, START + LENGTH) == (periods[0].starts_at, periods[-1].ends_at)
    assert all(before.ends_at == after.starts_at for before, after in pairwise(periods))
    assert all(period.starts_at < period.ends_at for period in periods)


@settings(max_examples=60, deadline=None)
@given(charged(), st.lists(changes, max_size=5), changes)
def test_one_more_state_change_moves_no_energy_in_or_out(
    drawn: Charged, states: list[StateChange], more: StateChange
) -> None:
    """States cut time; they never make or lose energy."""
    assert energy(lay_out(drawn, states)) == energy(lay_out(drawn, [*states, more]))


@settings(max_examples=60, deadline=None)
@given(charged(), st.lists(changes, max_size=5).flatmap(lambda one: st.tuples(st.just(one), st.permutations(one))))
def test_order_of_states_does_not_matter(drawn: Charged, states: tuple[list[StateChange], list[StateChange]]) -> None:
    """The operator's system may report late and in any order."""
    assert lay_out(drawn, states[0]) == lay_out(drawn, states[1])


@settings(max_examples=60, deadline=None)
@given(charged(), st.lists(changes, max_size=6))
def test_energy_is_never_negative_nor_split(drawn: Charged, states: list[StateChange]) -> None:
    """Each period holds one or more whole signed differences, or nothing: no energy is invented in between."""
    values = [reading.value_kwh for reading in drawn[0].readings]
    differences = {
        EXACT.subtract(after, before)
        for before in values
        for after in values
        if before is not None and after is not None
    }
    assert all(period.energy_kwh in differences | {Decimal(0)} for period in lay_out(drawn, states).periods)
    assert all(period.energy_kwh >= 0 for period in lay_out(drawn, states).periods)
