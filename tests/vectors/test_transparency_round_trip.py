"""Every session that is verified survives the way through the transparency XML that we write.

For each valid fixture and each file of the shared corpus: the document is as the official schema wants it, every record
comes back byte for byte, verifies with the key beside it, stands in the same transaction with the same energy, and is
called begin or end as it is signed.
"""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.cli.convert import signed_data_json
from meter_sign.codes import Code, Severity
from meter_sign.errors import EvidenceMismatchError, LimitExceededError
from meter_sign.judgement import Judgement, KeyPolicy, Status, TransactionJudgement, judge
from meter_sign.model import NOTHING_BESIDE, Beside, Context, PayloadFormat, Place
from meter_sign.ocpi_signed_data import signed_data_of
from meter_sign.transparency_xml import transparency_values, write_transparency_xml
from tests.support.fixture_files import ALL, AT, FixtureFile
from tests.support.ocmf import VECTORS, needs_shared
from tests.support.transparency import FORMATS, ReadValue, read_by_the_schema

if TYPE_CHECKING:
    from pathlib import Path

    from meter_sign.model import SignedPayload

VALID = [one for one in ALL if one.entry["verdict"] == "valid"]
CORPUS = VECTORS / "meter"
FILES = sorted(path for path in CORPUS.rglob("*") if path.suffix in {".xml", ".txt", ".pcdf", ".metra"})


def converted(before: Judgement) -> tuple[list[ReadValue], Judgement]:
    """What stands in the file that we write, read by the schema and judged by its own keys alone."""
    document = write_transparency_xml(transparency_values(before))
    return read_by_the_schema(document), judge(document, KeyPolicy(), at=AT)


def verified(judgement: Judgement) -> list[bytes]:
    """The records that are verified, in document order; of what a container brings again by its rules, the first."""
    found = [value.payload for value in judgement.values if value.status is Status.VERIFIED]
    first = {payload.raw: payload.index for payload in reversed(found)}
    counted = [one for one in found if not one.may_repeat or first[one.raw] == one.index]
    return [one.raw for one in counted if one.format in FORMATS]


def errors(one: TransactionJudgement) -> set[Code]:
    """What stops billing, but for the container's own mistakes, which a conversion corrects."""
    found = {finding.code for finding in one.transaction.findings if finding.severity is Severity.ERROR}
    return found - {Code.CONTEXT_CONTRADICTS}


def told(judgement: Judgement) -> list[tuple[Any, ...]]:
    """Each transaction by its records, with what was found out about it."""
    return [
        (
            [record.payload.raw for record in one.transaction.records],
            one.transaction.energy_kwh,
            one.transaction.billable_time,
            errors(one),
        )
        for one in judgement.transactions
        if one.authentic
    ]


def opinions(judgement: Judgement) -> list[tuple[tuple[bytes, ...], bool]]:
    """Each billable transaction by its records, and whether the official tool would take it.

    What is not billable may be taken by that tool for a false context, which a conversion corrects.
    """
    return [
        (tuple(record.payload.raw for record in one.transaction.records), one.transparenzsoftware.would_verify)
        for one in judgement.transactions
        if one.billable
    ]


def check(before: Judgement) -> None:
    """Hold everything that must survive."""
    values, after = converted(before)
    assert verified(before) == verified(after)
    assert told(before) == told(after)
    assert [one.record for one in values] == [value.payload.raw for value in after.values]
    # What XML cannot carry as text goes out encoded, and that tool reads lines of text only as they are.
    encoded = {one.record for one in values if one.format == PayloadFormat.PCDF and one.encoding != "plain"}
    taken_before = {raws for raws, would_verify in opinions(before) if would_verify and encoded.isdisjoint(raws)}
    assert taken_before <= {raws for raws, would_verify in opinions(after) if would_verify}
    for one in after.transactions:
        if one.authentic and {Place.BEGIN, Place.END} <= set(one.transaction.places):
            check_pair([values[index] for index in one.indexes])


def check_ocpi(before: Judgement, keys: KeyPolicy | None = None, beside: Beside = NOTHING_BESIDE) -> None:
    """Each authentic session comes back from OCPI as it was, and what is shown there agrees with what is signed."""
    for one in (one for one in before.transactions if one.authentic):
        formats = {record.payload.format for record in one.transaction.records}
        if Code.KEY_DIFFERS in errors(one) or len(formats) > 1 or _stays_here(one, before, beside):
            with pytest.raises(EvidenceMismatchError):
                signed_data_of(one.transaction)
            continue
        if any(_is_too_long_for_ocpi(record.payload) for record in one.transaction.records):
            with pytest.raises(LimitExceededError):
                signed_data_of(one.transaction)
            continue
        objects = signed_data_json(signed_data_of(one.transaction))
        # A key that travels with EDIFACT never counts by itself.
        outside = formats == {PayloadFormat.EDIFACT} and keys
        after = judge(json.dumps(objects).encode(), keys if outside else KeyPolicy(), at=AT)
        warnings = {value.warnings for value in before.values} if outside else {()}
        assert {Status.VERIFIED} == {value.status for value in after.values}
        assert {value.warnings for value in after.values} <= warnings
        (transaction,) = after.transactions
        assert one.transaction.energy_kwh == transaction.transaction.energy_kwh
        assert errors(one) - of_the_file(one, before) == errors(transaction)


def _stays_here(one: TransactionJudgement, before: Judgement, beside: Beside) -> bool:
    """EDIFACT that a second file signs, or with readings of others in its file: a partner must not get those."""
    values = [value for record in one.transaction.records for value in record.content.values]
    foreign = any(value.meter_id is not None for value in values) or len(before.values) > len(one.indexes)
    is_edifact = {PayloadFormat.EDIFACT} == {record.payload.format for record in one.transaction.records}
    return is_edifact and (foreign or beside != NOTHING_BESIDE)


def _is_too_long_for_ocpi(payload: SignedPayload) -> bool:
    """Whole S/MIME messages: in base64 more than the 5000 characters of signed_data, and never cut."""
    return payload.format is PayloadFormat.EDIFACT and len(b64encode(payload.raw)) > 5000


def of_the_file(one: TransactionJudgement, before: Judgement) -> set[Code]:
    """What only stands against a transaction because of another one in its file: record or energy were billed there."""
    if len(before.transactions) == 1:
        return set()
    signed = [record.signed_sha256 for record in one.transaction.records]
    beside_others = {
        Code.ENERGY_OVERLAPS, Code.TRANSACTIONS_INTERLEAVE, Code.REGISTER_DECREASES, Code.PAGINATION_REPEATS,
    }  # fmt: skip
    return beside_others | ({Code.DUPLICATE_RECORD} if len(set(signed)) == len(signed) else set())


def check_pair(values: list[ReadValue]) -> None:
    """The tool pairs values by one id, and by exactly one begin and one end."""
    contexts = [value.context for value in values]
    assert (1, 1) == (contexts.count(Context.BEGIN), contexts.count(Context.END))
    assert 1 == len({value.transaction_id for value in values})
    assert values[0].transaction_id is not None
    for value in values:
        if value.format == "OCMF":
            wanted = {b'"TX":"B"': Context.BEGIN, b'"TX":"E"': Context.END}
            assert all(value.context == context for mark, context in wanted.items() if mark in value.record)


def test_there_are_fixtures_to_try() -> None:
    """The manifest has many valid files, sessions in two records among them."""
    assert len(VALID) > 50
    assert {"ocmf/valid/xml_pair.xml", "ocmf/valid/text_pair.txt"} <= {file.path for file in VALID}


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.path)
def test_a_fixture_survives(file: FixtureFile) -> None:
    """A valid file of ours is valid after the conversion, record by record and session by session."""
    before = file.judged()
    assert {Status.VERIFIED} == {value.status for value in before.values}
    if FORMATS.isdisjoint(value.payload.format for value in before.values):
        # No tool of drivers reads it in this container.
        assert () == transparency_values(before)
        return
    check(before)


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.path)
def test_a_fixture_survives_ocpi(file: FixtureFile) -> None:
    """A valid file of ours is valid as OCPI SignedData, too, and what is shown there agrees with what is signed."""
    check_ocpi(file.judged(), file.policy, file.beside)


@needs_shared
@pytest.mark.shared
def test_the_corpus_has_every_format_of_edl40() -> None:
    """Records of the whole family are among those that are tried."""
    judgements = [judge(path.read_bytes(), KeyPolicy(), at=AT) for path in FILES]
    formats = {value.payload.format for one in judgements for value in one.values if value.record is not None}
    assert {"OCMF", "EDL_40_P", "EDL_40_SIG", "EDL_40_MENNEKES", "ISA_EDL_40_P"} <= formats


@needs_shared
@pytest.mark.shared
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_the_corpus_survives(path: Path) -> None:
    """What is verified of a real file is verified after the conversion, and nothing else becomes so."""
    before = judge(path.read_bytes(), KeyPolicy(), at=datetime(2026, 1, 1, tzinfo=UTC))
    if not transparency_values(before):
        assert [] == verified(before)
        return
    check(before)
    check_ocpi(before)
