"""OCPI `SignedData` of a transaction: what a CDR carries so that a driver can check the meter's own words.

    Transaction -> SignedDataObject

OCPI does not say how a format fills the two texts of a signed value (ocpi#550). Here `signed_data` is always the base64
of the whole record as received. `plain_data` is what can be read of it: of OCMF the payload section, of other formats
that are text the whole text, of binary formats (SML) the hex, the one text that can be compared with what was signed.
`public_key` is the key as the format itself publishes it.

Many receivers still cap `plain_data` at the 512 characters that the specification had before its erratum (ocpi#565).
For them the caller gives the smaller cap; a text that exceeds it is not cut, its SHA-256 stands in its place: the
record in `signed_data` holds it all, and the digest says which text is meant.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs, SignedData and SignedValue; formats.md 8.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from meter_sign import formats
from meter_sign.codes import Code
from meter_sign.errors import EvidenceMismatchError, LimitExceededError
from meter_sign.model import PayloadFormat, Place

if TYPE_CHECKING:
    from meter_sign.model import Transaction, VerifiedRecord

#: Characters that OCPI 2.2.1 allows, by field.
PLAIN_DATA_CHARACTERS = 5000
SIGNED_DATA_CHARACTERS = 5000
PUBLIC_KEY_CHARACTERS = 512
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
    #: Base64 of the key that verified the records, as their format writes keys.
    public_key: str
    #: Start, Intermediates, End.
    signed_values: tuple[SignedValueObject, ...]


def signed_data_of(transaction: Transaction, *, plain_data_characters: int = PLAIN_DATA_CHARACTERS) -> SignedDataObject:
    """Write a transaction as OCPI SignedData.

    Trusted: the transaction's records are verified. Whether it may be billed is not asked: a proof is a proof.

    Args:
        transaction: with at least one record; all of one format, verified by one key.
        plain_data_characters: what the receiver allows for `plain_data`.

    Returns:
        The object, its values in order: Start, Intermediates, End; those of one nature in the meter's own order.

    Raises:
        EvidenceMismatchError: TRANSACTION_INCOMPLETE without a record, KEY_DIFFERS with several keys or formats.
        LimitExceededError: LIMIT_EXCEEDED, when a record or a key is longer than OCPI carries; nothing is cut.

    Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs.
    """
    method, key = _one_method_and_key(transaction)
    values = [
        SignedValueObject(
            nature=_NATURES[place],
            plain_data=_within(plain_data(record), plain_data_characters),
            signed_data=_base64(record.payload.raw, SIGNED_DATA_CHARACTERS, "signed_data"),
        )
        for record, place in zip(transaction.records, transaction.places, strict=True)
    ]
    values.sort(key=lambda one: _ORDER.index(one.nature))
    public_key = _base64(key, PUBLIC_KEY_CHARACTERS, "public_key")
    return SignedDataObject(encoding_method=method, public_key=public_key, signed_values=tuple(values))


def _one_method_and_key(transaction: Transaction) -> tuple[str, bytes]:
    found = {(record.payload.format, record.key_der) for record in transaction.records}
    if not found:
        raise EvidenceMismatchError(Code.TRANSACTION_INCOMPLETE, "no record of the transaction is verified")
    if len(found) > 1:
        raise EvidenceMismatchError(Code.KEY_DIFFERS, "one object names one format and one key")
    ((format_, key_der),) = found
    return formats.encoding_method(format_), formats.published_key(format_, key_der)


def plain_data(record: VerifiedRecord) -> str:
    """What stands beside a record for people: the signed section of OCMF, else the record's text, else its hex.

    Args:
        record: of any format.

    Source: formats.md 8.
    """
    raw = record.signed_bytes if record.payload.format is PayloadFormat.OCMF else record.payload.raw
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return raw.hex().upper()
    return text if text.translate(_LINE_ENDS).isprintable() else raw.hex().upper()


def _within(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"sha256:{sha256(text.encode()).hexdigest()}"


def _base64(content: bytes, characters: int, name: str) -> str:
    text = b64encode(content).decode()
    if len(text) > characters:
        detail = f"{name} needs {len(text)} characters, OCPI 2.2.1 allows {characters}"
        raise LimitExceededError(Code.LIMIT_EXCEEDED, detail, where=name)
    return text
