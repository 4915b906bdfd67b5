"""OCPI `SignedData` of a transaction: what a CDR carries so that a driver can check the meter's own words.

    Transaction -> SignedDataObject

OCPI does not say how a format fills the two texts of a signed value (ocpi#550). Here `signed_data` is always the base64
of the whole record as received. `plain_data` is what can be read of it: of OCMF the payload section, of other formats
that are text the whole text, of binary formats (SML) the hex, the one text that can be compared with what was signed.
`public_key` is the key as the format itself publishes it.

EDIFACT has nothing that a driver could read, so its `plain_data` names each reading and each interval in words. A file
that holds several messages of the transaction goes out once, as the last of what it holds; one that holds others beside
these does not go out at all, for a partner would get foreign readings, and neither does one that a second file signs. A
key that OCPI has no room for (RSA with 3072 bits) is left out: the signature names its certificate.

Many receivers still cap `plain_data` at the 512 characters that the specification had before its erratum (ocpi#565).
For them the caller gives the smaller cap; a text that exceeds it is not cut, its SHA-256 stands in its place: the
record in `signed_data` holds it all, and the digest says which text is meant.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs, SignedData and SignedValue; formats.md 8.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from meter_sign import formats
from meter_sign.codes import Code
from meter_sign.errors import EvidenceMismatchError, LimitExceededError, MeterSignError
from meter_sign.limits import DEFAULT_LIMITS
from meter_sign.model import NOTHING_BESIDE, Interval, PayloadFormat, Place
from meter_sign.quantity import energy_kwh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter_sign.model import NamedSignature, Reading, SignedPayload, Transaction, VerifiedRecord
    from meter_sign.timestamps import SignedTime

#: Characters that OCPI 2.2.1 allows, by field.
PLAIN_DATA_CHARACTERS = 5000
SIGNED_DATA_CHARACTERS = 5000
PUBLIC_KEY_CHARACTERS = 512
#: Of the bilateral name EDIFACT, which OCPI does not list (edifact.md 5.4); the registered names need none.
_VERSIONS = {PayloadFormat.EDIFACT: 1}
#: White space that is lawful in a text and not printable.
_LINE_ENDS = str.maketrans("", "", "\t\r\n")


class SignedNature(StrEnum):
    """Place of a signed value in its session (mod_cdrs, SignedValue.nature)."""

    START = "Start"
    INTERMEDIATE = "Intermediate"
    END = "End"


#: A record that holds begin and end goes out once, as End (the usual reading of OCMF issue #8).
_NATURES = {Place.BEGIN: SignedNature.START, Place.INTERMEDIATE: SignedNature.INTERMEDIATE, Place.END: SignedNature.END}
_ORDER = tuple(SignedNature)
_PLACES = (Place.INTERMEDIATE, Place.BEGIN, Place.END)
#: Between the values that `plain_data` of EDIFACT names.
_VALUE_SEPARATOR = "; "


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedValueObject:
    """One signed value (mod_cdrs, SignedValue)."""

    nature: SignedNature
    #: What a person can read; `sha256:` and a digest where the receiver's cap is too small for it.
    plain_data: str
    #: Base64 of the whole record as received.
    signed_data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedDataObject:
    """The proof of a transaction (mod_cdrs, SignedData)."""

    encoding_method: str
    encoding_method_version: int | None = None
    #: Base64 of the key that verified the records, as their format writes keys; None where a signature names its
    #: certificate and OCPI has no room for the key.
    public_key: str | None
    #: Start, Intermediates, End.
    signed_values: tuple[SignedValueObject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One text on its way into a `SignedValue`: a record, or a file with several of a transaction's messages."""

    format: PayloadFormat
    #: Of what it holds the place that stands last.
    place: Place
    plain_data: str
    #: As received.
    raw: bytes


def signed_data_of(transaction: Transaction, *, plain_data_characters: int = PLAIN_DATA_CHARACTERS) -> SignedDataObject:
    """Write a transaction as OCPI SignedData.

    Trusted: the transaction's records are verified. Whether it may be billed is not asked: a proof is a proof.

    Args:
        transaction: with at least one record; all of one format, verified by one key.
        plain_data_characters: what the receiver allows for `plain_data`.

    Returns:
        The object, its values in order: Start, Intermediates, End; those of one nature in the meter's own order.

    Raises:
        EvidenceMismatchError: TRANSACTION_INCOMPLETE without a record, KEY_DIFFERS with several keys or formats,
            OTHER_SESSIONS_IN_FILE and SIGNATURE_IN_OTHER_FILE, when a file cannot go to a partner or not alone.
        LimitExceededError: OCPI_LENGTH, when a record or a key is longer than OCPI carries; nothing is cut.

    Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs.
    """
    format_, key = _one_format_and_key(transaction)
    if format_ is PayloadFormat.EDIFACT:
        _check_files(transaction.records)
    values = [
        SignedValueObject(
            nature=_NATURES[proof.place],
            plain_data=_shown(proof, plain_data_characters),
            signed_data=_base64(proof.raw, SIGNED_DATA_CHARACTERS, "signed_data"),
        )
        for proof in proofs_of(transaction)
    ]
    values.sort(key=lambda one: _ORDER.index(one.nature))
    return SignedDataObject(
        encoding_method=formats.encoding_method(format_),
        encoding_method_version=_VERSIONS.get(format_),
        public_key=_public_key(format_, key),
        signed_values=tuple(values),
    )


def proofs_of(transaction: Transaction) -> tuple[Proof, ...]:
    """What a transaction has to show, each file once.

    Args:
        transaction: with at least one record.

    Returns:
        The records in the meter's own order; messages of one file (EDIFACT) are one proof, in the place of the last of
        them, and its text names the values of all of them.
    """
    files: dict[bytes | int, list[tuple[VerifiedRecord, Place]]] = {}
    for number, (record, place) in enumerate(zip(transaction.records, transaction.places, strict=True)):
        of_file = record.payload.raw if formats.holds_values(record.payload.format) else number
        files.setdefault(of_file, []).append((record, place))
    return tuple(_proof(held) for held in files.values())


def _proof(held: Sequence[tuple[VerifiedRecord, Place]]) -> Proof:
    first, _ = held[0]
    return Proof(
        format=first.payload.format,
        place=max((place for _, place in held), key=_PLACES.index),
        plain_data=_VALUE_SEPARATOR.join(plain_data(record) for record, _ in held),
        raw=first.payload.raw,
    )


def _check_files(records: Sequence[VerifiedRecord]) -> None:
    """A file goes out whole: all of it has to be of this transaction, and what signs it has to be in it.

    Raises:
        EvidenceMismatchError: OTHER_SESSIONS_IN_FILE, SIGNATURE_IN_OTHER_FILE.
    """
    messages = Counter(record.payload.raw for record in records)
    for record in records:
        others = formats.count_values(record.payload, DEFAULT_LIMITS) - messages[record.payload.raw]
        if others > 0:
            detail = f"{others} more message(s) lie in the file"
            raise EvidenceMismatchError(Code.OTHER_SESSIONS_IN_FILE, detail)
        if any(value.meter_id is not None for value in record.content.values):
            detail = "one message holds values of several meters or sessions"
            raise EvidenceMismatchError(Code.OTHER_SESSIONS_IN_FILE, detail)
        alone = replace(record.payload, beside=NOTHING_BESIDE)
        if record.payload.beside != NOTHING_BESIDE and _signatures(alone) != _signatures(record.payload):
            detail = "without the files beside it, it is not signed as it was verified"
            raise EvidenceMismatchError(Code.SIGNATURE_IN_OTHER_FILE, detail)


def _signatures(payload: SignedPayload) -> frozenset[NamedSignature]:
    """What signs a message; nothing where it cannot even be read so."""
    try:
        named = formats.parse(payload, DEFAULT_LIMITS).named
    except MeterSignError:
        return frozenset()
    return frozenset() if named is None else frozenset(named.signatures)


def _public_key(format_: PayloadFormat, key: bytes) -> str | None:
    text = b64encode(key).decode()
    if format_ is PayloadFormat.EDIFACT and len(text) > PUBLIC_KEY_CHARACTERS:
        return None
    return _base64(key, PUBLIC_KEY_CHARACTERS, "public_key")


def _one_format_and_key(transaction: Transaction) -> tuple[PayloadFormat, bytes]:
    found = {(record.payload.format, record.key_der) for record in transaction.records}
    if not found:
        raise EvidenceMismatchError(Code.TRANSACTION_INCOMPLETE, "no record of the transaction is verified")
    if len(found) > 1:
        raise EvidenceMismatchError(Code.KEY_DIFFERS, "one object names one format and one key")
    ((format_, key_der),) = found
    return format_, formats.published_key(format_, key_der)


def plain_data(record: VerifiedRecord) -> str:
    """What stands beside a record for people: the signed section of OCMF, else the record's text, else its hex.

    Of EDIFACT each reading and each interval: `2026-01-15T09:00:00Z 1-0:1.8.0 1000.500 kWh`, with two times of an
    interval, and behind it what speaks against the value being a measurement.

    Args:
        record: of any format.

    Source: formats.md 8; edifact.md 5.4.
    """
    if record.payload.format is PayloadFormat.EDIFACT:
        return _VALUE_SEPARATOR.join(_in_words(value) for value in record.content.values)
    raw = record.signed_bytes if record.payload.format is PayloadFormat.OCMF else record.payload.raw
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return raw.hex().upper()
    return text if text.translate(_LINE_ENDS).isprintable() else raw.hex().upper()


def _in_words(value: Reading | Interval) -> str:
    if isinstance(value, Interval):
        when = f"{_utc(value.starts)}/{_utc(value.ends)}"
    else:
        when = "-" if value.time is None else _utc(value.time)
    energy = None if value.value is None or value.unit is None else energy_kwh(value.value, value.unit)
    number = value.value if energy is None else energy
    amount = "-" if number is None else f"{number:f}" + ("" if energy is None else " kWh")
    objection = "" if value.objection is None else f" ({value.objection})"
    return f"{when} {value.register or '-'} {amount}{objection}"


def _utc(time: SignedTime) -> str:
    return time.at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _shown(proof: Proof, characters: int) -> str:
    """The text, or its digest where a receiver allows less than OCPI; EDIFACT has nothing but this text to be read."""
    if proof.format is PayloadFormat.EDIFACT and len(proof.plain_data) > PLAIN_DATA_CHARACTERS:
        detail = f"plain_data needs {len(proof.plain_data)} characters, OCPI 2.2.1 allows {PLAIN_DATA_CHARACTERS}"
        raise LimitExceededError(Code.OCPI_LENGTH, detail, where="plain_data")
    return _within(proof.plain_data, characters)


def _within(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"sha256:{sha256(text.encode()).hexdigest()}"


def _base64(content: bytes, characters: int, name: str) -> str:
    text = b64encode(content).decode()
    if len(text) > characters:
        detail = f"{name} needs {len(text)} characters, OCPI 2.2.1 allows {characters}"
        raise LimitExceededError(Code.OCPI_LENGTH, detail, where=name)
    return text
