"""Rules of the contract that hold for every fixture, whatever its format.

Source: contracts.md 1.
"""

from __future__ import annotations

import pytest

from meter_sign.judgement import KeyPolicy, Status, judge
from meter_sign.model import KeySource
from tests.support.fixture_files import ALL, AT, VALID, FixtureFile

#: Files whose every value must be verified, and nothing else may come of it.
CERTAIN = tuple(
    one for one in VALID if all(value["status"] == "verified" for value in one.entry.get("value", []))
)  # fmt: skip


def name(file: FixtureFile) -> str:
    """The path as the test's name."""
    return file.path


@pytest.mark.parametrize("file", CERTAIN, ids=name)
def test_strictness_refuses_exactly_the_values_that_deviate(file: FixtureFile) -> None:
    """With --strict a value with a deviation is structure_invalid, and one without stays verified."""
    expected = [
        Status.STRUCTURE_INVALID if value.get("deviations") else Status.VERIFIED for value in file.entry["value"]
    ]
    judgement = judge(file.raw, file.policy, at=AT, strict=True, beside=file.beside)
    assert expected == [value.status for value in judgement.values]


def _sources(file: FixtureFile) -> set[KeySource]:
    if file.entry.get("registry"):
        return {KeySource.REGISTRY}
    given = file.entry["keys"] or file.entry.get("certificates")
    return {KeySource.ARGUMENT} if given else {KeySource.CONTAINER, KeySource.EMBEDDED}


@pytest.mark.parametrize("file", CERTAIN, ids=name)
def test_key_comes_from_where_the_caller_put_it(file: FixtureFile) -> None:
    """A registered key outranks all, then a given one; only without both the file's own key counts, and says so."""
    assert {value.key_source for value in file.judged().values} <= _sources(file)


@pytest.mark.parametrize("file", ALL, ids=name)
def test_nothing_is_billed_where_a_registered_key_is_demanded_and_none_is_known(file: FixtureFile) -> None:
    """The gateway's rule: a key that came with the file is none, in every format and container."""
    judgement = judge(file.raw, KeyPolicy(require_registry=True), at=AT)
    assert [] == [value.payload.index for value in judgement.values if value.status is Status.VERIFIED]
    assert [] == [one for one in judgement.transactions if one.billable]
