"""What pyocmf 0.6.0 is known to get wrong: for each row when it applies, and the one thing that it then excuses.

Source: formats.md 4 (measured), read again in pyocmf's code, which `because` names; every row has a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from json.decoder import JSONDecoder
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from meter_sign.codes import Code, Severity
from meter_sign.obis import ObisCode, RegisterKind, parse_obis

if TYPE_CHECKING:
    from collections.abc import Callable

    from meter_sign.model import Transaction, VerifiedRecord
    from meter_sign.quantity import Unit

# What pyocmf did where we expected it to agree. Its own issue codes stand beside these.
UNREADABLE = "UNREADABLE"
NO_ANSWER = "NO_ANSWER"
SIGNATURE_REFUSED = "SIGNATURE_REFUSED"
ENERGY_DIFFERS = "ENERGY_DIFFERS"
ACCEPTS = "ACCEPTS"
FAILED = "FAILED"


Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Generic[Subject]):
    """One thing that pyocmf 0.6.0 is known to get wrong."""

    name: str
    #: Whether the subject is of the kind that it gets wrong; judged by the bytes or by our own reading of them.
    applies: Callable[[Subject], bool]
    #: What it then does; nothing else is excused.
    excuses: frozenset[str]
    #: What it gets wrong, and where in its code.
    because: str


#: SA as pyocmf's table has it, without the method and the hash. Names that it lists but cannot use are not here.
_CURVES_OF_PYOCMF = frozenset(
    {"secp192k1", "secp256k1", "secp192r1", "secp256r1", "brainpoolP256r1", "secp384r1", "secp521r1"}
)
_BRAINPOOL = {
    "brainpool256r1": "brainpool_spec_name",
    "brainpool384r1": "brainpool_spec_name",
    "brainpoolP384r1": "brainpool_p384",
    "brainpoolP512r1": "brainpool_p512",
}
# Numbers are of no interest here, and as text they cost nothing.
_JSON = JSONDecoder(parse_float=str, parse_int=str)


def _objects(record: VerifiedRecord) -> tuple[dict[str, Any], dict[str, Any]]:
    """Payload and signature section of a record that our parser has read; of anything else nothing, so no limit."""
    try:
        text = record.payload.raw.decode()
        payload, end = _JSON.raw_decode(text, text.index("{"))
        signature, _ = _JSON.raw_decode(text, text.index("{", end))
    except ValueError:
        return {}, {}
    return payload, signature


def _curve_row(record: VerifiedRecord) -> str | None:
    """Which row the spelling of SA belongs to, if pyocmf does not know it."""
    algorithm = _objects(record)[1].get("SA", "ECDSA-secp256r1-SHA256")
    method, _, rest = str(algorithm).partition("-")
    curve, _, digest = rest.partition("-")
    if (method, digest) == ("ECDSA", "SHA256"):
        return None if curve in _CURVES_OF_PYOCMF else _BRAINPOOL.get(curve, "algorithm_spelling")
    return "algorithm_spelling"


def _curve_is(name: str) -> Callable[[VerifiedRecord], bool]:
    return lambda record: _curve_row(record) == name


def _deviates(code: Code) -> Callable[[VerifiedRecord], bool]:
    return lambda record: code in record.deviations


RECORD_LIMITS: tuple[Limit[VerifiedRecord], ...] = (
    Limit(
        name="brainpool_spec_name",
        applies=_curve_is("brainpool_spec_name"),
        excuses=frozenset({NO_ANSWER}),
        because="keys of brainpool256r1 and 384r1 carry cryptography's name there, never OCMF's (models/public_key)",
    ),
    Limit(
        name="brainpool_p384",
        applies=_curve_is("brainpool_p384"),
        excuses=frozenset({NO_ANSWER}),
        because="brainpoolP384r1, which EM580 meters write, is not in its table of algorithms (enums/crypto)",
    ),
    Limit(
        name="brainpool_p512",
        applies=_curve_is("brainpool_p512"),
        excuses=frozenset({NO_ANSWER}),
        because="brainpoolP512r1 is not in its table of algorithms (enums/crypto)",
    ),
    Limit(
        name="algorithm_spelling",
        applies=_curve_is("algorithm_spelling"),
        excuses=frozenset({NO_ANSWER}),
        because="it knows names of algorithms in one spelling only (enums/crypto)",
    ),
    Limit(
        name="encoding_spelling",
        applies=_deviates(Code.SIGNATURE_ENCODING_SPELLING),
        excuses=frozenset({NO_ANSWER}),
        because="it knows hex and base64 in lower case only (crypto/verification)",
    ),
    Limit(
        name="signature_not_canonical",
        applies=_deviates(Code.NON_CANONICAL_DER),
        excuses=frozenset({SIGNATURE_REFUSED}),
        because="OpenSSL takes DER in its one spelling only, so the signature counts as wrong",
    ),
    Limit(
        name="signature_raw",
        applies=_deviates(Code.SIGNATURE_RAW),
        excuses=frozenset({SIGNATURE_REFUSED}),
        because="it knows DER only, so a signature of two bare numbers counts as wrong",
    ),
    Limit(
        name="separator_in_text",
        applies=_deviates(Code.PIPE_IN_SECTION),
        excuses=frozenset({UNREADABLE}),
        because="it splits the record at every | (core/ocmf)",
    ),
    Limit(
        name="time_spelling",
        applies=_deviates(Code.TIME_SPELLING),
        excuses=frozenset({UNREADABLE}),
        because="it wants a blank before the clock's status (models/timestamp)",
    ),
)


#: Errors of ours that pyocmf does not look for, or not everywhere.
STRICTER_HERE = frozenset(
    {
        Code.TRANSACTION_INCOMPLETE,  # a lone begin or end passes on its own
        Code.TRANSACTION_NOT_AUTHENTIC,  # it is not told of other values
        Code.SIGNER_IS_PARTY,  # it is not told whose key it is
        Code.SIGNER_UNKNOWN,
        Code.TRANSACTION_AMBIGUOUS,
        Code.CONTEXT_CONTRADICTS,  # it is not told the container's words
        Code.METER_DIFFERS,  # it compares the gateway's serial number, and the meter's only without one
        Code.KEY_DIFFERS,
        Code.IDENTIFICATION_DIFFERS,  # a warning there
        Code.IDENTIFICATION_LEVEL_ERROR,  # levels of no table pass
        Code.REGISTER_NOT_BILLABLE,  # export at the vehicle counts as energy there
        Code.UNIT_NOT_ENERGY,
        Code.METER_STATUS_NOT_GOOD,  # only at begin and end of the register that bills
        Code.ENERGY_FLAGGED,  # flags of no table pass
        Code.EXCEPTION_READING,
        Code.QUALIFIER_UNKNOWN,
        Code.READING_OUT_OF_ORDER,
        Code.BEGIN_AFTER_END,  # the order in the list, when the times are right
        Code.PAGINATION_INVALID,
        Code.PAGINATION_REPEATS,  # a warning there
        Code.DUPLICATE_RECORD,
    }
)


def error_codes(transaction: Transaction) -> set[Code]:
    """The codes that stop this transaction from billing."""
    return {finding.code for finding in transaction.findings if finding.severity is Severity.ERROR}


def _registers(transaction: Transaction) -> set[ObisCode]:
    """The registers that pyocmf takes for billing: ours, and export in the codes that OCMF reserves."""
    readings = (reading for record in transaction.records for reading in record.content.readings)
    return {
        register
        for register in (reading.register for reading in readings)
        if register is not None and register.kind is not RegisterKind.OTHER and ":2." not in register.text
    }


def _several_spellings(transaction: Transaction) -> bool:
    """Whether the register that bills is written in more than one way."""
    names = set()
    for record in transaction.records:
        readings = _objects(record)[0].get("RD", ())
        names |= {reading["RI"] for reading in readings if "RI" in reading}
    return len([name for name in names if parse_obis(name) == transaction.register]) > 1


def _units(transaction: Transaction) -> set[Unit | None]:
    return {reading.unit for reading in transaction.readings}


#: Errors of ours about readings between begin and end.
BETWEEN = frozenset({Code.ENERGY_DECREASES, Code.TIME_DECREASES})

LAW_LIMITS: tuple[Limit[Transaction], ...] = (
    Limit(
        name="units_mixed",
        applies=lambda transaction: len(_units(transaction)) > 1,
        excuses=frozenset({"UNIT_MISMATCH", "VALUE_REGRESSION"}),
        because="it compares units and values as written, without conversion (compliance/transaction)",
    ),
    Limit(
        name="register_spelling",
        applies=_several_spellings,
        excuses=frozenset({"OBIS_MISMATCH"}),
        because="it compares registers as written (compliance/transaction)",
    ),
    Limit(
        name="several_registers",
        applies=lambda transaction: len(_registers(transaction)) > 1,
        excuses=frozenset(
            {
                "MULTIPLE_BEGIN",
                "MULTIPLE_END",
                "OBIS_MISMATCH",
                "UNIT_MISMATCH",
                "VALUE_REGRESSION",
                "TIME_REGRESSION",
            }
        ),
        because="it takes the readings of all registers of a rank for one, so it refuses OCMF 1.4's own example",
    ),
    Limit(
        name="session_register_198",
        applies=lambda transaction: str(transaction.register).endswith("*198"),
        excuses=frozenset({"BEGIN_TX", "END_TX"}),
        because="the session register that Bauer BSM meters sign does not count as energy there (registries/obis)",
    ),
    Limit(
        name="intermediates",
        applies=lambda transaction: len(transaction.readings) > 2 and not error_codes(transaction).isdisjoint(BETWEEN),
        excuses=frozenset({ACCEPTS}),
        because="it compares begin and end and does not look at what lies between, in one record or in further ones",
    ),
    Limit(
        name="stricter_here",
        applies=lambda transaction: not error_codes(transaction).isdisjoint(STRICTER_HERE),
        excuses=frozenset({ACCEPTS}),
        because="it has no such rule, or only a warning",
    ),
)
