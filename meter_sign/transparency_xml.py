"""S.A.F.E. transparency XML, written for the tool that drivers are told to use.

    Judgement -> TransparencyValue, ... -> bytes

The records go out byte for byte as received; what stands around them is written as the official tool reads it:

- no namespace, and in `value` first the key, then the signed text, as values.xsd orders them (any reader takes both),
- `transactionId` is an integer. An id that is none, or means the same integer as another, is replaced by one that is
  derived from its text; so is -1, with which the tool marks values without an id,
- `context` is what is signed: the record that holds the begin, and the one that holds the end. A record that holds both
  keeps what it was called, else it is the end,
- the key is hex of the form in which the record's format publishes keys. Records that hold their own key need none; the
  tool compares, and refuses another spelling.

A text goes out as text, with character references for what XML would change (a carriage return) or a terminal would
obey. What XML cannot carry (binary, control characters, blanks at an end) goes out in base64; the tool reads that for
SML, and for no text format.

Only what was readable goes out, and a value that did not verify with the key that came with it: the file proves itself.
Of a record that its container brought again by its rules (OCPP) one copy goes out: here a second one would be an error.

Source: S.A.F.E. Transparenzsoftware 1.4.1, XML_Format.md, values.xsd, EncodingType, ValueMapBuilder; formats.md 2, 3.1.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from re import ASCII
from re import compile as pattern
from typing import TYPE_CHECKING, NamedTuple

from meter_sign import formats
from meter_sign.codes import Code
from meter_sign.container import detect
from meter_sign.crypto.curves import CURVES
from meter_sign.crypto.keys import PublicKey, decode_public_key
from meter_sign.errors import KeyMaterialError, MalformedPayloadError
from meter_sign.judgement.transactions import holds_whole_transaction
from meter_sign.judgement.transparenzsoftware import UNKNOWN_THERE
from meter_sign.model import Context, PayloadFormat, Phase, Place
from meter_sign.safe_xml import WHITE_SPACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from meter_sign.judgement import Judgement, TransactionJudgement, ValueJudgement

#: An integer of XML Schema, of a length that somebody may have meant.
_INTEGER = pattern(r"[+-]?\d{1,40}", ASCII)
#: What the tool takes for "no transaction".
_NO_TRANSACTION = -1
#: Bytes of a digest that make an id: every reader's integers hold them exactly.
_DERIVED_BYTES = 6
#: Characters of XML 1.0 (section 2.2).
_XML_TEXT = pattern("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})
_CONTEXTS = {Place.BEGIN: Context.BEGIN, Place.END: Context.END}


@dataclass(frozen=True, slots=True, kw_only=True)
class TransparencyValue:
    """One `value` as it will be written."""

    #: Position in the file that it comes from.
    index: int
    format: PayloadFormat
    #: The record as received.
    raw: bytes
    #: An integer in decimal digits, or None for a record that is a transaction of its own.
    transaction_id: str | None = None
    context: str | None = None
    #: In hex.
    public_key: str | None = None

    @property
    def encoding(self) -> str:
        """How the record is carried: `plain`, or `base64` where XML would not carry it unchanged."""
        return "base64" if _as_text(self.raw) is None else "plain"


def transparency_values(judgement: Judgement) -> tuple[TransparencyValue, ...]:
    """What of a judged file can be written, and how.

    Args:
        judgement: of the file. Nothing needs to be verified; whether it is, the judgement says.

    Returns:
        The values that were readable, in document order; none when nothing was.
    """
    groups = {index: group for group in judgement.transactions for index in group.indexes}
    ids = _ids(judgement)
    return tuple(
        TransparencyValue(
            index=value.payload.index,
            format=value.payload.format,
            raw=value.payload.raw,
            transaction_id=ids.get(value.payload.index),
            context=_context(value, groups.get(value.payload.index)),
            public_key=_public_key(value),
        )
        for value in _readable(judgement)
    )


def write_transparency_xml(values: Sequence[TransparencyValue]) -> bytes:
    """Write the file, and read it again: a record that would not come back byte for byte does not go out.

    Args:
        values: at least one.

    Returns:
        The document, UTF-8.

    Raises:
        MalformedPayloadError: ENCODING_INVALID, when a record would come back changed.
        LimitExceededError: the document is larger than what is read.
        ValueError: there is nothing to write.
    """
    if not values:
        raise ValueError("a transparency file without a value proves nothing")
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<values>", *(_element(value) for value in values), "</values>"]
    document = "\n".join([*lines, ""]).encode()
    read_again = [(payload.format, payload.raw) for payload in detect(document)]
    if read_again != [(value.format, value.raw) for value in values]:
        raise MalformedPayloadError(Code.ENCODING_INVALID, "a record cannot be carried in XML unchanged")
    return document


def _readable(judgement: Judgement) -> Iterator[ValueJudgement]:
    counted = {id(record) for group in judgement.transactions for record in group.transaction.records}
    for value in judgement.values:
        readable = value.parsed is not None and value.parsed.content is not None
        is_copy = value.payload.may_repeat and value.record is not None and id(value.record) not in counted
        if readable and not is_copy and value.payload.format not in UNKNOWN_THERE:
            yield value


# What stands around a record --------------------------------------------------------------------------------------


def _ids(judgement: Judgement) -> Mapping[int, str]:
    """The id of each value that needs one, by its index."""
    groups = [
        _Named(group.transaction.transaction_id, group.indexes)
        for group in judgement.transactions
        if group.transaction.transaction_id is not None or not _stands_alone(judgement, group)
    ]
    grouped = {index for group in judgement.transactions for index in group.indexes}
    groups += [
        _Named(value.payload.transaction_id, (value.payload.index,))
        for value in judgement.values
        if value.payload.index not in grouped and value.payload.transaction_id is not None
    ]
    numbers = _Numbers(group.stated for group in groups if group.stated is not None)
    raw = {value.payload.index: value.payload.raw for value in judgement.values}
    given = [(group, numbers.next(group.stated, raw[group.indexes[0]])) for group in groups]
    return {index: number for group, number in given for index in group.indexes}


class _Named(NamedTuple):
    """Values that belong together, and the id that was stated for them."""

    stated: str | None
    indexes: tuple[int, ...]


def _stands_alone(judgement: Judgement, group: TransactionJudgement) -> bool:
    """Whether no reader looks for a partner: a whole transaction in one record, or a value that nobody can place."""
    records = group.transaction.records
    if not records:
        return True
    return len(group.indexes) == 1 and (holds_whole_transaction(records[0]) or len(judgement.values) == 1)


class _Numbers:
    """Integers for ids, each given once: what a container keeps apart under one id must stay apart."""

    def __init__(self, stated: Iterable[str]) -> None:
        """Keep the integers that were stated for whoever stated them first."""
        self._texts: dict[int, str] = {}
        for text in stated:
            number = _integer(text)
            if number is not None:
                self._texts.setdefault(number, text)
        self._given: set[int] = set()

    def next(self, stated: str | None, raw: bytes) -> str:
        """The integer of a group: its stated id where it is one and still free, else one derived from id and record."""
        number = None if stated is None else _integer(stated)
        if stated is not None and number is not None and number not in self._given and self._texts[number] == stated:
            self._given.add(number)
            return stated
        number = self._derived(stated) if stated is not None else None
        if number is None or number in self._given:
            number = self._derived(raw)
        while number in self._given or number in self._texts:
            number += 1
        self._given.add(number)
        return str(number)

    @staticmethod
    def _derived(identity: str | bytes) -> int:
        octets = identity if isinstance(identity, bytes) else identity.encode("utf-8", "surrogateescape")
        return int.from_bytes(sha256(octets).digest()[:_DERIVED_BYTES], "big")


def _integer(text: str) -> int | None:
    number = int(text) if _INTEGER.fullmatch(text) else None
    return None if number == _NO_TRANSACTION else number


def _context(value: ValueJudgement, group: TransactionJudgement | None) -> str | None:
    stated = (value.payload.context or "").strip() or None
    if stated is not None and _XML_TEXT.fullmatch(stated) is None:
        stated = None
    if value.record is None or group is None:
        return stated
    if holds_whole_transaction(value.record):
        return stated if stated in set(Context) else Context.END
    readings = value.record.content.readings
    if len(group.transaction.records) == 1 and all(one.phase is Phase.BY_ORDER for one in readings):
        # Alone, only its container knows which of the two it is.
        return stated
    places = zip(group.transaction.records, group.transaction.places, strict=True)
    signed = next((_CONTEXTS.get(place) for record, place in places if record is value.record), None)
    return signed or (None if stated in set(Context) else stated)


def _public_key(value: ValueJudgement) -> str | None:
    if value.parsed is not None and value.parsed.embedded_key and value.payload.format is not PayloadFormat.OCMF:
        return None
    key = _key(value)
    return None if key is None else formats.published_key(value.payload.format, key.spki_der).hex()


def _key(value: ValueJudgement) -> PublicKey | None:
    """The key that verified; for a value that is not verified, the one that came with it."""
    if value.record is not None:
        return decode_public_key(value.record.key_der)
    text = value.payload.container_key
    if text is None or value.parsed is None:
        return None
    try:
        return decode_public_key(text, curve=CURVES[value.parsed.curve])
    except KeyMaterialError:
        # Nobody can use it, so nothing is lost.
        return None


# Writing ------------------------------------------------------------------------------------------------------------


def _as_text(raw: bytes) -> str | None:
    """The record as a text that XML carries unchanged, or None."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return text if _XML_TEXT.fullmatch(text) and text == text.strip(WHITE_SPACE) else None


def _element(value: TransparencyValue) -> str:
    named = (("transactionId", value.transaction_id), ("context", value.context))
    attributes = "".join(f' {name}="{_escaped(text, _IN_ATTRIBUTE)}"' for name, text in named if text is not None)
    key = [] if value.public_key is None else [f'    <publicKey encoding="hex">{value.public_key}</publicKey>']
    text = _as_text(value.raw)
    carried = b64encode(value.raw).decode() if text is None else _escaped(text, _IN_TEXT)
    signed = f'    <signedData format="{value.format}" encoding="{value.encoding}">{carried}</signedData>'
    return "\n".join([f"  <value{attributes}>", *key, signed, "  </value>"])


def _escaped(text: str, table: dict[int, str]) -> str:
    """The text with references for what XML would change, and for what a terminal would obey."""
    escaped = text.translate(table)
    if escaped.isprintable():
        return escaped
    return "".join(one if one.isprintable() or one in "\t\n" else f"&#{ord(one)};" for one in escaped)
