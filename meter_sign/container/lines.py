"""Files without a container: one record, or one a line, each plain, in hex or in base64; and files of SML.

A record begins at a line that begins with a format's mark; the lines after it, up to the next mark, belong to it (a
pretty-printed payload has many). Text before the first record is a broken value. A file that begins with SML's own
escape sequence is binary and cut there.

Source: formats.md 1.1, 3.2; SML 1.04, section 8 (transport).
"""

from __future__ import annotations

from itertools import chain
from re import compile as pattern
from typing import TYPE_CHECKING

from meter_sign import formats, sml
from meter_sign.container.one_value import begins_file, recognise, recognise_bytes, unknown_value
from meter_sign.safe_xml import WHITE_SPACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from re import Pattern

    from meter_sign.limits import Limits
    from meter_sign.model import SignedPayload


def _marks(sources: Iterable[bytes]) -> bytes:
    return rb"[ \t\r]*(?:%b)" % b"|".join(sources)


_EVERY_MARK = _marks(one.line_mark for one in formats.FORMATS if one.line_mark)
_RECORD_ON_FIRST_LINE = pattern(_EVERY_MARK)
# Not `^` with MULTILINE: that tries every byte, a fixed first byte is looked for at the speed of memory.
_RECORD_ON_LATER_LINE = pattern(rb"\n" + _EVERY_MARK)
#: The same below other text: only marks that prove a record by themselves.
_RECORD_BELOW_TEXT = pattern(
    rb"\n" + _marks(one.line_mark for one in formats.FORMATS if one.line_mark and one.tells_itself)
)
#: Bytes that tell whether a text is a whole file in some encoding.
_HEAD = 32 * 1024


def values(body: bytes, limits: Limits) -> Iterator[SignedPayload]:
    """Cut a file into its values.

    Args:
        body: the file, without a byte order mark and without white space before it.
        limits: the cap on a record.

    Returns:
        The values in order; none when nothing begins like a record.
    """
    if body.startswith(sml.BEGIN):
        # Inside a file the escape is doubled, so this only stands at a file's beginning.
        return (recognise_bytes(sml.BEGIN + part) for part in body.split(sml.BEGIN)[1:])
    return _from_lines(body, limits)


def _from_lines(body: bytes, limits: Limits) -> Iterator[SignedPayload]:
    at_once = _RECORD_ON_FIRST_LINE.match(body) is not None
    if not at_once and begins_file(_text(body[:_HEAD])):
        yield recognise(_text(body), limits)
        return
    starts = _later_starts(body, _RECORD_ON_LATER_LINE if at_once else _RECORD_BELOW_TEXT)
    start = 0 if at_once else next(starts, None)
    if start is None:
        yield from _whole(body, limits)
        return
    if body[:start].strip(WHITE_SPACE.encode()):
        yield unknown_value("text before the first record")
    for end in chain(starts, (len(body),)):
        yield recognise(_text(body[start:end]), limits)
        start = end


def _later_starts(body: bytes, mark: Pattern[bytes]) -> Iterator[int]:
    return (match.start() + 1 for match in mark.finditer(body))


def _whole(body: bytes, limits: Limits) -> Iterator[SignedPayload]:
    """A file that is one value in an encoding without a mark of its own, such as base32, or nothing of ours."""
    text = _text(body)
    if text and len(text) <= limits.record_bytes:
        value = recognise(text, limits)
        if value.broken is None:
            yield value


def _text(part: bytes) -> str:
    # Surrogates carry bytes that are no UTF-8 through unchanged; the format's parser refuses them with a reason.
    return part.decode("utf-8", "surrogateescape").strip(WHITE_SPACE)
