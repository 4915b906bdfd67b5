"""One value, wherever it stood: what its text is wins over what its container declares, as in the official tool.

A text is tried as it is, then as hex, base64 and base32 of a record; it is taken as what some format recognises. Only
a text that nobody recognises is what its container declares it to be. Blanks around a record do not count, blanks
inside an encoding do not either, blanks inside a record do.

Source: OCMF 1.4.1, "JSON based OCMF Format"; S.A.F.E. XML format; formats.md 1.1, 2, 3.1.
"""

from __future__ import annotations

from base64 import b32decode, b64decode
from re import ASCII
from re import compile as pattern
from typing import TYPE_CHECKING, NamedTuple

from meter_sign import formats
from meter_sign.codes import Code
from meter_sign.model import PayloadFormat, SignedPayload
from meter_sign.safe_xml import WHITE_SPACE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from meter_sign.limits import Limits

PLAIN, HEX, BASE64 = "plain", "hex", "base64"
_DECODERS: Mapping[str, Callable[[str], bytes]] = {
    HEX: bytes.fromhex,
    BASE64: lambda text: b64decode(text, validate=True),
    "base32": lambda text: b32decode(text, casefold=True),
}
#: Alphabets of the encodings, for a text that says nothing of its own.
_LOOKS_LIKE = {
    HEX: pattern(r"[0-9A-Fa-f]++", ASCII),
    BASE64: pattern(r"[A-Za-z0-9+/]++={0,2}", ASCII),
    "base32": pattern(r"[A-Z2-7]++=*", ASCII),
}
_NO_BLANKS = str.maketrans("", "", WHITE_SPACE)
#: Characters of text that at most stand for one byte of a record, blanks between hex digits included.
_CHARACTERS_A_BYTE = 4
#: Characters of an encoded file that are decoded to tell whether it is one; a multiple of what any encoding needs.
_HEAD = 24 * 1024


class Found(NamedTuple):
    """A value whose format its content tells, and the encoding of its text in which it does."""

    payload: SignedPayload
    encoding: str


def recognise(text: str, limits: Limits, *, declared: str | None = None, encoding: str | None = None) -> SignedPayload:
    """Make a value of its text.

    Args:
        text: without surrounding blanks; surrogates carry bytes that are no UTF-8 through unchanged.
        limits: the cap on a record.
        declared: the format that the container names.
        encoding: the encoding that the container names.

    Returns:
        The value, without a place and without what its container says of it; `broken` where it cannot be one.
    """
    if not text:
        return broken_value(declared, Code.EMPTY_VALUE, "nothing stands in this value")
    found = find(text, limits)
    if found is not None:
        return found.payload
    if _too_long(text, limits):
        detail = f"{len(text)} characters in one value, the cap is {_cap(text, limits)} bytes"
        return broken_value(declared, Code.LIMIT_EXCEEDED, detail)
    return _as_declared(text, declared, encoding)


def find(text: str, limits: Limits) -> Found | None:
    """Make a value of a text by what it is alone.

    Args:
        text: without surrounding blanks; surrogates carry bytes that are no UTF-8 through unchanged.
        limits: the caps on a record; a longer text is not decoded.

    Returns:
        The value and the encoding in which it stood, or None when no format recognises it in any encoding.
    """
    raw = text.encode("utf-8", "surrogateescape")
    format_ = formats.recognise(raw)
    if format_ is not None:
        return Found(_payload(format_, raw), PLAIN)
    return None if _too_long(text, limits) else _decoded(text)


def decode(text: str, encoding: str) -> bytes | None:
    """Take one text encoding off, blanks inside it ignored; None when the text is not in it.

    Args:
        text: of any kind.
        encoding: HEX or BASE64.
    """
    return _decode(text.translate(_NO_BLANKS), encoding)


def recognise_bytes(raw: bytes) -> SignedPayload:
    """Make a value of bytes that stood in no text.

    Args:
        raw: the record.
    """
    format_ = formats.recognise(raw)
    return (
        unknown_value("no known format of signed values begins like this")
        if format_ is None
        else _payload(format_, raw)
    )


def broken_value(declared: str | None, code: Code, detail: str) -> SignedPayload:
    """A value that cannot be read, with the reason.

    Args:
        declared: the format that the container names.
        code: why.
        detail: the same in words.
    """
    return SignedPayload(format=_named_format(declared), index=0, raw=b"", broken=(code, detail))


def unknown_value(detail: str) -> SignedPayload:
    """A value of which no format knows anything.

    Args:
        detail: why, in words.
    """
    return broken_value(None, Code.NOT_RECOGNISED, detail)


def begins_file(text: str) -> bool:
    """Whether a text, by its beginning, is a whole file of a format that is a container itself, in some encoding.

    Args:
        text: without blanks in front of it; nothing but its beginning is looked at.
    """
    return _file_format(text) is not None


def _file_format(text: str) -> PayloadFormat | None:
    head = text[:_HEAD].translate(_NO_BLANKS)
    head = head[: len(head) // 8 * 8] if len(text) > _HEAD else head
    return next((format_ for _, raw in _decodings(head) if (format_ := formats.recognise_file(raw))), None)


def _too_long(text: str, limits: Limits) -> bool:
    return len(text) > _CHARACTERS_A_BYTE * limits.record_bytes and len(text) > _CHARACTERS_A_BYTE * _cap(text, limits)


def _cap(text: str, limits: Limits) -> int:
    """Bytes that a value with this text may have; what a long text is, is told by its beginning."""
    return formats.cap(_file_format(text) or PayloadFormat.UNKNOWN, limits)


def _decoded(text: str) -> Found | None:
    """The value in the first encoding of which some format recognises what comes out."""
    for encoding, raw in _decodings(text.translate(_NO_BLANKS)):
        # Of a file every byte counts; around other records blanks do not.
        if formats.recognise_file(raw) is None:
            raw = _without_blanks(raw)  # noqa: PLW2901
        format_ = formats.recognise(raw)
        if format_ is not None:
            return Found(_payload(format_, raw), encoding)
    return None


def _decodings(bare: str) -> Iterator[tuple[str, bytes]]:
    """What the text says in each encoding in which it can be written."""
    for encoding, alphabet in _LOOKS_LIKE.items():
        raw = None if alphabet.fullmatch(bare) is None else _decode_exactly(bare, encoding)
        if raw is not None:
            yield encoding, raw


def _decode(bare: str, encoding: str) -> bytes | None:
    raw = _decode_exactly(bare, encoding)
    return None if raw is None else _without_blanks(raw)


def _decode_exactly(bare: str, encoding: str) -> bytes | None:
    try:
        return _DECODERS[encoding](bare)
    except ValueError:
        return None


def _without_blanks(raw: bytes) -> bytes:
    # Blanks around a text do not count, and every byte of a binary record does.
    return raw.strip(WHITE_SPACE.encode()) if raw.isascii() else raw


def _as_declared(text: str, declared: str | None, encoding: str | None) -> SignedPayload:
    """A value whose content says nothing: the declared format's parser has the word, if there is such a format."""
    chosen = (encoding or PLAIN).lower()
    if chosen == PLAIN:
        return _declared_only(declared, text.encode("utf-8", "surrogateescape"))
    if chosen not in _DECODERS:
        return broken_value(declared, Code.ENCODING_INVALID, f"no encoding is called {chosen[:40]!r}")
    decoded = _decode(text.translate(_NO_BLANKS), chosen)
    if decoded is None:
        return broken_value(declared, Code.ENCODING_INVALID, f"this is not {chosen}")
    return _declared_only(declared, decoded)


def _declared_only(declared: str | None, raw: bytes) -> SignedPayload:
    format_ = _named_format(declared)
    if format_ is PayloadFormat.UNKNOWN:
        return unknown_value("no known format of signed values begins like this")
    return _payload(format_, raw)


def _named_format(declared: str | None) -> PayloadFormat:
    try:
        return PayloadFormat((declared or "").strip().upper())
    except ValueError:
        return PayloadFormat.UNKNOWN


def _payload(format_: PayloadFormat, raw: bytes) -> SignedPayload:
    return SignedPayload(format=format_, index=0, raw=raw)
