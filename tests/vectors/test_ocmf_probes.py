"""Signed OCMF edge cases: what must be refused is refused, what must be verified is verified and billable.

The probes lie beside the repository and are read in place. `STILL_REFUSED` lists those that are refused wrongly; the
test fails when an entry is no longer true, so the list cannot grow old.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from meter_sign.judgement import Judgement, KeyPolicy, Status, judge
from tests.support.ocmf import VECTORS, needs_shared

pytestmark = [pytest.mark.shared, needs_shared]

FOLDER = VECTORS / "ocmf-probes"
INDEX: list[dict[str, Any]] = (
    json.loads((FOLDER / "index.json").read_text(encoding="utf-8"), parse_float=Decimal) if FOLDER.is_dir() else []
)
PROBES = {probe["name"]: probe for probe in INDEX}

#: Probes that should be verified and billable and are not.
STILL_REFUSED: frozenset[str] = frozenset()
#: Billable energy, in kWh, where it is not 10.5.
ENERGY = {"zero_delta": Decimal(0), "spec14_example_fv13": Decimal(29)}
#: Where the Transparenzsoftware's own answer is not foretold: it ignores the hash in SA, here it is unsupported.
OPINION_DIFFERS = frozenset({"sa_sha512_but_256"})
#: What the index leaves open, and what was decided. A missing clock status bills energy and no time; a begin that the
#: end's record repeats word for word is one begin.
DECIDED = {
    "sync_RR": True,
    "sync_SR": True,
    "sync_missing": True,
    "ri_1-0_1.8.0": True,
    "ri_1-0_1.8.0x200": True,
    "ri_01-00_B0.08.00xFF": True,
    "ri_01-00_B2.08.00xFF": True,
    "ri_01-00_98.08.00.FF": True,
    "ri_1-b_1.8.e": True,
    "ri_1-0_2.8.0x255": False,
    "ri_1-0_1.7.0x255": False,
    "ri_1-0_16.8.0x255": False,
    "ri_01-00_9C.08.00xFF": False,
    "ri_1-0_1.8.0x100": False,
    "pair_end_contains_both": True,
}


def names(*expectations: str) -> list[str]:
    """Names of the probes with one of these expectations."""
    return [name for name, probe in PROBES.items() if probe["expect"] in expectations]


def good() -> list[str]:
    """Names of the probes that should be verified and billable, also those that need tolerance or a warning."""
    wanted = ("OK", "WARN", "time not billable")
    return [name for name, probe in PROBES.items() if probe["expect"].startswith(wanted) and name != "fiscal"]


def judged(name: str) -> Judgement:
    """Judge a probe with the key that lies beside its record."""
    return judge((FOLDER / f"{name}.xml").read_bytes(), KeyPolicy(), at=datetime(2026, 1, 1, tzinfo=UTC))


def is_verified(judgement: Judgement) -> bool:
    """Whether every value is verified."""
    return all(one.status is Status.VERIFIED for one in judgement.values)


def test_there_are_probes_of_every_kind() -> None:
    """The folder is read, and each expectation is tested by something."""
    assert len(PROBES) == len(INDEX) > 80
    tested = {*good(), *names("FAIL", "REJECT", "INCOMPLETE", "OK-not-tx", "UNSUPPORTED"), *DECIDED}
    assert PROBES.keys() == tested


@pytest.mark.parametrize("name", names("FAIL"))
def test_fail_is_not_verified(name: str) -> None:
    """A signature that does not hold is never verified, nothing of it is billable."""
    judgement = judged(name)
    assert not is_verified(judgement)
    assert not any(one.authentic or one.billable for one in judgement.transactions)


@pytest.mark.parametrize("name", names("REJECT", "INCOMPLETE"))
def test_reject_is_not_billable(name: str) -> None:
    """Whatever the signature says, this is not billed; and the reason is a finding."""
    judgement = judged(name)
    assert judgement.transactions
    for one in judgement.transactions:
        assert not one.billable
        assert any(finding.severity == "error" for finding in one.transaction.findings)


@pytest.mark.parametrize("name", [name for name in good() if name not in STILL_REFUSED])
def test_ok_is_verified_and_billable(name: str) -> None:
    """What is right is verified and billable, with its energy to the digit."""
    judgement = judged(name)
    assert is_verified(judgement)
    (only,) = judgement.transactions
    assert only.billable
    assert ENERGY.get(name, Decimal("10.5")) == only.transaction.energy_kwh


def test_list_of_wrongly_refused_probes_is_true() -> None:
    """A probe of STILL_REFUSED that is billable by now must leave the list."""
    assert frozenset(name for name in good() if not judged(name).billable) == STILL_REFUSED


@pytest.mark.parametrize("name", names("OK-lenient"))
def test_lenient_is_told(name: str) -> None:
    """What is only tolerated is named as a deviation, and refused when strictness is asked for."""
    assert any(one.deviations for one in judged(name).values)
    raw = (FOLDER / f"{name}.xml").read_bytes()
    strict = judge(raw, KeyPolicy(), at=datetime(2026, 1, 1, tzinfo=UTC), strict=True)
    assert not is_verified(strict)


@pytest.mark.parametrize("name", names("WARN", "OK/WARN", "time not billable"))
def test_warning_is_a_finding(name: str) -> None:
    """What is billable with a reservation says so."""
    (only,) = judged(name).transactions
    assert only.transaction.findings


@pytest.mark.parametrize("name", names("time not billable"))
def test_time_is_not_billable(name: str) -> None:
    """Such a clock bills no time."""
    (only,) = judged(name).transactions
    assert "none" == only.transaction.billable_time


@pytest.mark.parametrize("name", names("OK-not-tx"))
def test_fiscal_record_is_no_transaction(name: str) -> None:
    """A fiscal record is verified and forms no transaction."""
    judgement = judged(name)
    assert is_verified(judgement)
    assert () == judgement.transactions


@pytest.mark.parametrize("name", names("UNSUPPORTED"))
def test_unsupported_is_said_to_be(name: str) -> None:
    """What cannot be judged is neither right nor wrong."""
    assert [Status.UNSUPPORTED] == [one.status for one in judged(name).values]


@pytest.mark.parametrize("name", sorted(DECIDED))
def test_what_was_left_open(name: str) -> None:
    """What the index leaves open is verified, and billable as was decided."""
    judgement = judged(name)
    assert is_verified(judgement)
    assert DECIDED[name] == judgement.billable


@pytest.mark.parametrize("name", [name for name in PROBES if name not in OPINION_DIFFERS])
def test_opinion_of_the_transparenzsoftware(name: str) -> None:
    """The table of its rules foretells what the tool itself said of this file."""
    recorded = PROBES[name]["transparenzsoftware"]
    values = [answer for answer, _ in recorded["values"]]
    expected = all(values) and all(answer[0] for answer in recorded["tx"].values())
    assert expected == all(one.transparenzsoftware.would_verify for one in judged(name).transactions)
