"""pyocmf's opinion on really signed records: one test for each of its known limits, and none for anything else."""

from __future__ import annotations

import subprocess
import sys
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from pyocmf import OCMF

from meter_sign.codes import Code
from meter_sign.eichrecht import assemble_transaction
from meter_sign.errors import InvalidSignatureError
from meter_sign.judgement import KeyPolicy, judge
from meter_sign.model import SignerKind
from meter_sign.quantity import Unit
from meter_sign.second_opinion import OpinionVerdict, judge_again, limits
from tests.support import alfen
from tests.support.records import OTHER_KEY, payload, reading, record_text, verified, verified_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter_sign.model import Transaction, VerifiedRecord

AGREES, KNOWN_LIMIT, NOT_ASKED, DISAGREES = OpinionVerdict

B = reading("B", "100.0", "08:00:00")
C = reading("C", "104.0", "08:30:00")
E = reading("E", "110.5", "09:00:00")


def assemble(*records: VerifiedRecord, bad_values: int = 0) -> Transaction:
    return assemble_transaction(records, transaction_id="17", bad_values=bad_values)


def both(register: str, begin: str, end: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return reading("B", begin, RI=register), reading("E", end, "09:00:00", RI=register)


def signed(curve: ec.EllipticCurve | None = None, **section: Any) -> Transaction:
    """One whole record whose signature section says what is given."""
    key = ec.derive_private_key(0xE1C6, curve or ec.SECP256R1())
    return assemble(verified_text(record_text(payload(B, E), key=key, **section), key=key))


# Agreement -----------------------------------------------------------------------------------------------------------

AGREED = {
    "one record": assemble(verified(B, E)),
    "pair": assemble(verified(B, PG="T1"), verified(E, PG="T2")),
    "three records": assemble(verified(B, PG="T1"), verified(C, PG="T2"), verified(E, PG="T3")),
    "intermediates inside": assemble(verified(B, C, E)),
    "algorithm by default": signed(),
    "secp256k1": signed(ec.SECP256K1(), SA="ECDSA-secp256k1-SHA256"),
    "secp192r1": signed(ec.SECP192R1(), SA="ECDSA-secp192r1-SHA256"),
    "secp384r1": signed(ec.SECP384R1(), SA="ECDSA-secp384r1-SHA256"),
    "secp521r1": signed(ec.SECP521R1(), SA="ECDSA-secp521r1-SHA256"),
    "brainpoolP256r1": signed(ec.BrainpoolP256R1(), SA="ECDSA-brainpoolP256r1-SHA256"),
    "base64": signed(SE="base64"),
    "fourth section": assemble(verified_text(record_text(payload(B, E), suffix="|3059"))),
    "version 1.4": assemble(verified(B, E, FV="1.4")),
    "version 0.4": assemble(verified(B, E, FV="0.4", IS="VERIFIED", IL=None)),
    "no version": assemble(verified(B, E, FV=None)),
    "umlaut": assemble(verified(B, E, TT="Gebühr 0,39 €")),
    "numbers in quotes": assemble(verified(B | {"RV": "   100.0"}, E)),
    "clock unknown": assemble(verified(reading("B", "1", status="U"), reading("E", "2", "09:00:00", "U"))),
    "import beside export": assemble(verified(B, E, *both("1-0:2.8.0*255", "5", "7"))),
    "tariff rate": assemble(verified(*both("1-0:1.8.1", "5", "7"))),
    "not billable, both say: meter status": assemble(verified(B, E | {"ST": "M"})),
    "not billable, both say: energy decreases": assemble(verified(B, E | {"RV": 1})),
    "not billable, both say: clock changes": assemble(verified(reading("B", "1", status="R"), E)),
    "not billable, both say: second begin": assemble(verified(B, B | {"RV": 101}, E)),
    "not billable, both say: no billing register": assemble(verified(*both("1-0:1.7.0", "5", "7"))),
    "not billable, both say: other register": assemble(
        verified(B, PG="T1"), verified(E | {"RI": "1-0:B0.8.0"}, PG="T2")
    ),
}


@pytest.mark.parametrize("transaction", AGREED.values(), ids=AGREED.keys())
def test_same_judgement_of_the_same_bytes_agrees(transaction: Transaction) -> None:
    """Where pyocmf has no known limit it comes to our judgement, billable or not."""
    opinion = judge_again(transaction)
    assert (AGREES, (), "") == (opinion.verdict, opinion.limits, opinion.detail)


def test_tampered_record_is_refused_by_both() -> None:
    """One digit changed: our verification raises, and pyocmf says that the signature is wrong."""
    text = record_text(payload(B, E)).replace(b"110.5", b"210.5")
    with pytest.raises(InvalidSignatureError):
        verified_text(text)
    key_der = verified(B, E).key_der
    assert OCMF.from_string(text.decode()).verify_signature(key_der.hex()) is False


# Known limits --------------------------------------------------------------------------------------------------------


def _trailing(der: bytes) -> bytes:
    return der + b"\0"


def _raw(der: bytes) -> bytes:
    return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))


def _respelt(respell: Any) -> Transaction:
    return assemble(verified_text(record_text(payload(B, E), respell=respell)))


_EXAMPLE = (
    *both("01-0B:01.08.00*FF", "2935.600", "2965.100"),
    *both("01-0B:B1.08.00*FF", "2905.600", "2934.600"),
    *both("01-0B:B3.08.00*FF", "0.000", "29.000"),
)

LIMITED: list[tuple[str, Transaction]] = [
    ("brainpool_spec_name", signed(ec.BrainpoolP256R1(), SA="ECDSA-brainpool256r1-SHA256")),
    ("brainpool_spec_name", signed(ec.BrainpoolP384R1(), SA="ECDSA-brainpool384r1-SHA256")),
    ("brainpool_p384", signed(ec.BrainpoolP384R1(), SA="ECDSA-brainpoolP384r1-SHA256")),
    ("brainpool_p512", signed(ec.BrainpoolP512R1(), SA="ECDSA-brainpoolP512r1-SHA256")),
    ("algorithm_spelling", signed(SA="ECDSA-SECP256R1-SHA256")),
    ("algorithm_spelling", signed(SA="ecdsa-secp256r1-sha256")),
    ("encoding_spelling", signed(SE="BASE64")),
    ("encoding_spelling", signed(SE="HEX")),
    ("signature_not_canonical", _respelt(_trailing)),
    ("signature_raw", _respelt(_raw)),
    ("separator_in_text", assemble(verified(B, E, TT="0,39 EUR|kWh"))),
    ("time_spelling", assemble(verified(B | {"TM": "2024-03-01T08:00:00,000+0000S"}, E))),
    ("units_mixed", assemble(verified(B | {"RV": 100000, "RU": "Wh"}, E))),
    ("register_spelling", assemble(verified(B, PG="T1"), verified(E | {"RI": "01-00:01.08.00*FF"}, PG="T2"))),
    ("several_registers", assemble(verified(*_EXAMPLE))),
    ("several_registers", assemble(verified(B, E, *both("1-0:C0.8.0", "5", "7")))),
    ("session_register_198", assemble(verified(*both("1-0:1.8.0*198", "0", "7")))),
    ("intermediates", assemble(verified(B, C | {"RV": 99}, E))),
    ("intermediates", assemble(verified(B, PG="T1"), verified(C | {"RV": 111}, PG="T2"), verified(E, PG="T3"))),
]


@pytest.mark.parametrize(("name", "transaction"), LIMITED)
def test_known_limit_is_named(name: str, transaction: Transaction) -> None:
    """It differs in the way it is known for, and the row that explains it is told."""
    opinion = judge_again(transaction)
    assert (KNOWN_LIMIT, (name,)) == (opinion.verdict, opinion.limits)


def test_every_row_of_the_tables_is_tested() -> None:
    """A row without a record that proves it would be an excuse."""
    rows = {row.name for row in limits.RECORD_LIMITS} | {row.name for row in limits.LAW_LIMITS}
    assert rows == {name for name, _ in LIMITED} | {"stricter_here"}


def _pair(begin: dict[str, Any], end: dict[str, Any]) -> Transaction:
    return assemble(verified(B, **({"PG": "T1"} | begin)), verified(E, **({"PG": "T2"} | end)))


STRICTER = {
    Code.TRANSACTION_INCOMPLETE: assemble(verified(B)),
    Code.TRANSACTION_NOT_AUTHENTIC: assemble(verified(B, E), bad_values=1),
    Code.SIGNER_IS_PARTY: assemble(verified(B, E, signer_kind=SignerKind.PARTY)),
    Code.SIGNER_UNKNOWN: assemble(verified(B, E, signer_kind=SignerKind.UNKNOWN)),
    Code.TRANSACTION_AMBIGUOUS: assemble(
        verified(*both("1-0:1.8.0", "0", "7"), both("1-0:1.8.0*200", "0", "7")[0] | {"TX": "C"})
    ),
    Code.CONTEXT_CONTRADICTS: assemble(
        verified(B, PG="T1", context="Transaction.End"), verified(E, PG="T2", context="Transaction.Begin")
    ),
    Code.METER_DIFFERS: _pair({}, {"MS": "M2"}),
    Code.KEY_DIFFERS: assemble(verified(B, PG="T1"), verified(E, PG="T2", key=OTHER_KEY)),
    Code.IDENTIFICATION_DIFFERS: _pair({}, {"ID": "DEADBEEF"}),
    Code.IDENTIFICATION_LEVEL_ERROR: assemble(verified(B, E, IL="GOLD")),
    Code.REGISTER_NOT_BILLABLE: assemble(verified(*both("1-0:C1.8.0", "0", "7"))),
    Code.UNIT_NOT_ENERGY: assemble(verified(B | {"RU": "s"}, E | {"RU": "s"})),
    Code.METER_STATUS_NOT_GOOD: assemble(verified(B, C | {"ST": "M"}, E)),
    Code.ENERGY_FLAGGED: assemble(verified(B, E | {"EF": "Q"})),
    Code.EXCEPTION_READING: assemble(verified(B, C | {"TX": "X"}, E)),
    Code.QUALIFIER_UNKNOWN: assemble(verified(B, C | {"TX": "Q"}, E)),
    Code.READING_OUT_OF_ORDER: assemble(verified(B, E, C)),
    Code.BEGIN_AFTER_END: assemble(verified(E, B)),
    Code.PAGINATION_INVALID: assemble(verified(B, E, PG=None)),
    Code.PAGINATION_REPEATS: _pair({"PG": "T1"}, {"PG": "T1"}),
    Code.DUPLICATE_RECORD: assemble(*[verified_text(record_text(payload(C))) for _ in range(2)]),
}


@pytest.mark.parametrize(("code", "transaction"), STRICTER.items(), ids=STRICTER.keys())
def test_rule_that_pyocmf_does_not_have_is_a_known_limit(code: Code, transaction: Transaction) -> None:
    """It finds nothing where we refuse, for a rule that is known to be ours alone."""
    opinion = judge_again(transaction)
    assert code in limits.error_codes(transaction)
    assert (KNOWN_LIMIT, True) == (opinion.verdict, "stricter_here" in opinion.limits)


def test_every_stricter_rule_is_tested() -> None:
    """The set of our own rules holds none that no record proves."""
    assert set(STRICTER) == limits.STRICTER_HERE


# Disagreement --------------------------------------------------------------------------------------------------------


def _tampered(record: VerifiedRecord, old: bytes, new: bytes) -> VerifiedRecord:
    """What a bug in our verification would let through: the type says verified, the bytes say otherwise."""
    return replace(record, payload=replace(record.payload, raw=record.payload.raw.replace(old, new)))


def _misread() -> Transaction:
    """What a bug in our parser would make: other readings than the bytes hold."""
    record = verified(B, E)
    begin, end = record.content.readings
    readings = (begin, replace(end, value=Decimal("210.5")))
    return assemble(replace(record, content=replace(record.content, readings=readings)))


def _misconverted() -> Transaction:
    """What a bug in our table of units would make: megawatt-hours taken for kilowatt-hours."""
    record = verified(B | {"RU": "MWh"}, E)
    readings = tuple(replace(one, unit=Unit.KWH) for one in record.content.readings)
    return assemble(replace(record, content=replace(record.content, readings=readings)))


DISAGREED = {
    "no record": assemble(),
    "bytes changed after verification": assemble(_tampered(verified(B, E), b"110.5", b"210.5")),
    "signature changed after verification": assemble(_tampered(verified(B, E), b'"SD": "30', b'"SD": "31')),
    "other key": assemble(replace(verified(B, E), key_der=verified(B, E, key=OTHER_KEY).key_der)),
    "no key": assemble(replace(verified(B, E), key_der=b"")),
    "no record any more": assemble(_tampered(verified(B, E), b"OCMF|", b"OCMG|")),
    "no text": assemble(_tampered(verified(B, E), b"OCMF|", b"\xff")),
    "readings that are not in the bytes": _misread(),
    "unit that is not in the bytes": _misconverted(),
    "field that pyocmf cannot take": assemble(verified(B, E, GI=5)),
    "bytes changed in one record of three": assemble(
        verified(B, PG="T1"), _tampered(verified(C, PG="T2"), b"104.0", b"105.0"), verified(E, PG="T3")
    ),
    "one difference explained, another not": assemble(
        _tampered(verified(B | {"RV": 100000, "RU": "Wh"}, E), b'"M1"', b'"M2"')
    ),
    "limit of another kind": assemble(_tampered(verified(B, E, TT="x"), b'"M1"', b'"M2"')),
}


@pytest.mark.parametrize("transaction", DISAGREED.values(), ids=DISAGREED.keys())
def test_whatever_no_limit_explains_disagrees(transaction: Transaction) -> None:
    """A difference without an explanation, an exception of pyocmf included, holds the CDR and says why."""
    opinion = judge_again(transaction)
    assert DISAGREES is opinion.verdict
    assert opinion.detail


def test_limit_excuses_nothing_but_its_own() -> None:
    """A spelling that keeps pyocmf from answering does not excuse a record that it could not even read."""
    record = signed(SA="ECDSA-SECP256R1-SHA256").records[0]
    assert DISAGREES is judge_again(assemble(_tampered(record, b"OCMF|", b"XXXX|"))).verdict


def test_limit_is_judged_by_the_text_that_we_read() -> None:
    """A text that our parser never read has no limits, even if pyocmf can read it."""
    record = signed(SA="ECDSA-SECP256R1-SHA256").records[0]
    in_hex = replace(record, payload=replace(record.payload, raw=record.payload.raw.hex().encode()))
    assert DISAGREES is judge_again(assemble(in_hex)).verdict


# Manners -------------------------------------------------------------------------------------------------------------


def test_warnings_of_pyocmf_do_not_leak() -> None:
    """What pyocmf warns of is swallowed, and the filters are as they were."""
    noisy = assemble(verified(B, E, IL=None, PG="T007", IT="ISO15693"))
    before = list(warnings.filters)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        judge_again(noisy)
    assert ([], before) == (heard, list(warnings.filters))


def _run(code: str) -> Sequence[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_importing_the_module_does_not_import_pyocmf() -> None:
    """The library brings pydantic along; whoever only verifies does not pay for it."""
    code = "import sys, meter_sign.second_opinion; print([m for m in ('pyocmf', 'pydantic') if m in sys.modules])"
    assert ["[]"] == _run(code)


def test_pyocmf_is_not_asked_about_other_formats() -> None:
    """It reads OCMF only; that is said, and neither taken for consent nor for an objection."""
    values = judge(f"{alfen.begin()}\n{alfen.end()}".encode(), KeyPolicy(), at=datetime(2026, 1, 1, tzinfo=UTC))
    (only,) = values.transactions
    assert only.billable
    opinion = judge_again(only.transaction)
    assert (NOT_ASKED, "pyocmf reads OCMF only, not ALFEN") == (opinion.verdict, opinion.detail)
