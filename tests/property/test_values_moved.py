"""Values of a valid file left out, repeated or put in another order: never another energy.

Whoever hands over records chooses which, how often and in which order; only what meters signed may decide what is
billed.
"""

from __future__ import annotations

from itertools import permutations
from re import DOTALL, findall
from typing import TYPE_CHECKING

import pytest

from tests.support.fixture_files import VALID, FixtureFile

if TYPE_CHECKING:
    from decimal import Decimal

#: Orders that are tried of one file; of three values all.
ORDERS = 6


def values_of(file: FixtureFile) -> list[str]:
    """The values of a transparency XML, or the records of a text file, one a line."""
    text = file.raw.decode("utf-8", "replace")
    if file.path.endswith(".xml"):
        return findall(r"<value[ >].*?</value>", text, DOTALL)
    return text.splitlines() if file.path.endswith(".txt") else []


def written(file: FixtureFile, values: list[str]) -> bytes:
    """The file with other values in the place of its own."""
    text = file.raw.decode("utf-8", "replace")
    if file.path.endswith(".xml"):
        first, last = text.index("<value ") if "<value " in text else text.index("<value>"), text.rindex("</value>")
        return (text[:first] + "\n".join(values) + text[last + len("</value>") :]).encode()
    return "\n".join(values).encode()


SEVERAL = [one for one in VALID if len(values_of(one)) > 1 and len(values_of(one)) == len(one.entry["value"])]


def name(file: FixtureFile) -> str:
    """The path as the test's name."""
    return file.path


def billed(file: FixtureFile, values: list[str] | None = None) -> list[Decimal]:
    """The energies that may be billed, in order of size."""
    judgement = file.judged(None if values is None else written(file, values))
    energies = [one.transaction.energy_kwh for one in judgement.transactions if one.billable]
    return sorted(energy for energy in energies if energy is not None)


def test_there_are_such_files_of_many_formats() -> None:
    """What is tested here is not nothing."""
    assert {"ocmf", "edl40", "edl40_sig", "alfen", "mixed"} <= {one.path.partition("/")[0] for one in SEVERAL}


@pytest.mark.parametrize("file", SEVERAL, ids=name)
def test_value_left_out_bills_no_other_energy(file: FixtureFile) -> None:
    """Without one of its values a file bills what it billed with all of them, or less of it, and nothing new."""
    truth, values = billed(file), values_of(file)
    assert truth == billed(file, values)
    for place in range(len(values)):
        assert set(billed(file, values[:place] + values[place + 1 :])) <= set(truth), place


@pytest.mark.parametrize("file", SEVERAL, ids=name)
def test_value_repeated_bills_no_other_energy(file: FixtureFile) -> None:
    """With one of its values twice, anywhere, a file bills nothing new and nothing more often."""
    truth, values = billed(file), values_of(file)
    for place, value in enumerate(values):
        for at in (0, place + 1, len(values)):
            again = billed(file, [*values[:at], value, *values[at:]])
            assert all(again.count(energy) <= truth.count(energy) for energy in again), (place, at)


@pytest.mark.parametrize("file", SEVERAL, ids=name)
def test_order_of_delivery_bills_no_other_energy(file: FixtureFile) -> None:
    """In another order the values bill what they billed, or less where only the order told who belongs to whom."""
    truth, values = billed(file), values_of(file)
    for order, _ in zip(permutations(values), range(ORDERS), strict=False):
        assert set(billed(file, list(order))) <= set(truth)
