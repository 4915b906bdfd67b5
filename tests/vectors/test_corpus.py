"""Real records of real meters: judged as the official tool and an independent verifier judged them.

The corpus lies beside the repository and is read in place.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.codes import Code
from meter_sign.judgement import Judgement, KeyPolicy, Status, Verdict, judge
from tests.support.ocmf import VECTORS, needs_shared

if TYPE_CHECKING:
    from meter_sign.judgement import TransactionJudgement

pytestmark = [pytest.mark.shared, needs_shared]

FOLDER = VECTORS / "meter"
CORPUS: list[dict[str, Any]] = (
    json.loads((FOLDER / "corpus.json").read_text(encoding="utf-8"), parse_float=Decimal) if FOLDER.is_dir() else []
)

#: Our answers to the corpus's verdicts on values.
STATUSES = {
    "VALID": {Status.VERIFIED},
    "INVALID": {Status.SIGNATURE_INVALID, Status.STRUCTURE_INVALID},
    "NO_KEY": {Status.UNTRUSTED_KEY},
    "EMPTY": {Status.STRUCTURE_INVALID},
    "INVALID_KEY": {Status.UNTRUSTED_KEY},
    "VALID_SIGNATURE_NOT_BILLABLE": {Status.CONTENT_INVALID},
}
#: Values that the official tool verifies and that are undecided here: decision 0019, a sealed record proves no origin.
NOT_JUDGED_HERE = {("transparenzsoftware/xml/test_ocmf_rsa_01.xml", 0)}
#: Transactions that the official tool bills and calibration law, read strictly, does not; with the errors found
#: (decision 0024).
NOT_BILLED_HERE = {
    ("transparenzsoftware/xml/test_ocmf_transaction_two_values.xml", "1"): {
        Code.EXCEPTION_READING, Code.IDENTIFICATION_DIFFERS, Code.PAGINATION_REPEATS,
    },
}  # fmt: skip
#: Transactions that the corpus rejects although both signatures hold, as it notes itself: two users, not billable.
AUTHENTIC_AND_REJECTED = {("transparenzsoftware/xml/emh-emoc/NewEHZXML.xml", "8866")}


def entries(level: str) -> list[Any]:
    """The corpus's entries of a level, as test parameters with readable names."""
    return [
        pytest.param(
            entry, id=f"{entry['file'].rpartition('/')[2]}-{entry.get('index') or entry.get('transaction_id')}"
        )
        for entry in CORPUS
        if entry["level"] == level and (entry["file"], entry.get("index")) not in NOT_JUDGED_HERE
    ]


@lru_cache(maxsize=64)
def judged(file: str) -> Judgement:
    """Judge a file with the keys that came with it."""
    return judge((FOLDER / file).read_bytes(), KeyPolicy(), at=datetime(2026, 1, 1, tzinfo=UTC))


def test_the_corpus_is_there() -> None:
    """What is counted here is what the corpus held when this was written: 250 entries."""
    assert [239, 8, 2] == [len(entries(level)) for level in ("value", "transaction", "file")]


def test_differences_are_few() -> None:
    """At most five answers differ from the corpus, each with a decision."""
    assert len(NOT_BILLED_HERE) + len(NOT_JUDGED_HERE) <= 5


@pytest.mark.parametrize("entry", entries("value"))
def test_value_is_judged_as_recorded(entry: dict[str, Any]) -> None:
    """Each value has the recorded verdict, format, id and context."""
    value = judged(entry["file"]).values[entry["index"]]
    assert value.status in STATUSES[entry["expected_verdict"]]
    assert (entry["transaction_id"], entry["context"]) == (value.payload.transaction_id, value.payload.context)
    assert entry["format"] in {None, value.payload.format}


@pytest.mark.parametrize("place", sorted(NOT_JUDGED_HERE))
def test_what_is_not_judged_is_undecided(place: tuple[str, int]) -> None:
    """A value that we cannot judge is neither valid nor proven wrong, and bills nothing."""
    judgement = judged(place[0])
    assert (Status.UNSUPPORTED, False) == (judgement.values[place[1]].status, judgement.billable)


def told(entry: dict[str, Any], field: str) -> bool:
    """Whether the corpus says something here."""
    return entry[field] is not None


@pytest.mark.parametrize("entry", [one for one in entries("value") if told(one.values[0], "billable")])
def test_value_has_the_recorded_energy(entry: dict[str, Any]) -> None:
    """A record that holds a whole session tells the recorded energy and bills as recorded."""
    judgement = judged(entry["file"])
    if told(entry, "expected_energy_kwh"):
        assert entry["expected_energy_kwh"] == judgement.values[entry["index"]].energy_kwh
    (only,) = [one for one in judgement.transactions if entry["index"] in one.indexes]
    assert entry["billable"] == only.billable


def found(entry: dict[str, Any]) -> TransactionJudgement:
    """The transaction of this id."""
    of_file = judged(entry["file"]).transactions
    (only,) = [one for one in of_file if one.transaction.transaction_id == entry["transaction_id"]]
    return only


@pytest.mark.parametrize("entry", entries("transaction"))
def test_transaction_is_judged_as_recorded(entry: dict[str, Any]) -> None:
    """Each transaction is authentic, billable, and of the energy that is recorded, but for the listed strictness."""
    only = found(entry)
    place = (entry["file"], entry["transaction_id"])
    stricter = place in NOT_BILLED_HERE
    assert (entry["expected_verdict"] == "VALID" or place in AUTHENTIC_AND_REJECTED) == only.authentic
    assert (entry["billable"] and not stricter) == only.billable
    if told(entry, "expected_energy_kwh"):
        assert entry["expected_energy_kwh"] == only.transaction.energy_kwh


@pytest.mark.parametrize("entry", entries("transaction"))
def test_transaction_has_the_recorded_opinion(entry: dict[str, Any]) -> None:
    """What the official tool said of the transaction is what its rules foretell."""
    assert (entry["transparenzsoftware"] == "verified") == found(entry).transparenzsoftware.would_verify


def alone(entry: dict[str, Any]) -> bool:
    """Whether the value is the whole of its transaction."""
    of_file = judged(entry["file"]).transactions
    return any(one.indexes == (entry["index"],) for one in of_file)


@pytest.mark.parametrize("entry", [one for one in entries("value") if alone(one.values[0])])
def test_value_alone_has_the_recorded_opinion(entry: dict[str, Any]) -> None:
    """What the official tool said of a value that is a transaction of its own is what its rules foretell."""
    (only,) = [one for one in judged(entry["file"]).transactions if entry["index"] in one.indexes]
    assert (entry["transparenzsoftware"] == "verified") == only.transparenzsoftware.would_verify


@pytest.mark.parametrize("place", sorted(NOT_BILLED_HERE))
def test_list_of_stricter_answers_is_true(place: tuple[str, str]) -> None:
    """Where we are stricter than the record, exactly the listed errors say why."""
    file, transaction_id = place
    (only,) = [one for one in judged(file).transactions if one.transaction.transaction_id == transaction_id]
    assert NOT_BILLED_HERE[place] == {one.code for one in only.transaction.findings if one.severity == "error"}


@pytest.mark.parametrize("entry", entries("file"))
def test_unreadable_file_is_unreadable(entry: dict[str, Any]) -> None:
    """A file that holds nothing readable is said to be so."""
    assert Verdict.UNREADABLE is judged(entry["file"]).verdict
