"""Fields of the one list that an SML record holds, taken by their OBIS code, each of the type it must have.

Source: SML 1.04, section 5.1.15 (GetList.Res); formats.md 3.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import InvalidSignatureError, MalformedPayloadError, UnsignedPayloadError
from meter_sign.formats.edl40.block import LOG_BOOK_BYTES
from meter_sign.formats.edl40.words import checked_offset
from meter_sign.sml import ListEntry, ListResponse, SmlTime, TimeKind, read_lists

if TYPE_CHECKING:
    from collections.abc import Mapping


class SmlFields:
    """The list of one record."""

    def __init__(self, raw: bytes) -> None:
        """Read the file.

        Raises:
            MalformedPayloadError: no SML file, not exactly one list in it, or two entries of one name: nobody could
                say which was meant.
        """
        lists = read_lists(raw)
        if len(lists) != 1:
            raise MalformedPayloadError(Code.FRAME_INVALID, f"one list of values is wanted, {len(lists)} are there")
        self.response: ListResponse = lists[0]
        self._entries: dict[bytes, ListEntry] = {}
        for entry in self.response.entries:
            if entry.name in self._entries:
                raise _invalid(f"two entries are called {entry.name.hex()}", entry.offset)
            self._entries[entry.name] = entry

    def has(self, name: bytes) -> bool:
        """Whether there is an entry of this name."""
        return name in self._entries

    def entry(self, name: bytes) -> ListEntry:
        """The entry of this name, which must be there."""
        entry = self._entries.get(name)
        if entry is None:
            raise _invalid(f"no entry is called {name.hex()}", self.response.offset)
        return entry

    def number(self, name: bytes) -> int:
        """The value of an entry that must be a number."""
        entry = self.entry(name)
        if not isinstance(entry.value, int):
            raise _invalid("the value is no number", entry.offset)
        return entry.value

    def octets(self, name: bytes) -> bytes:
        """The value of an entry that must be an octet string; left out it is an empty one."""
        entry = self.entry(name)
        if entry.value is None:
            return b""
        if not isinstance(entry.value, bytes):
            raise _invalid("the value is no octet string", entry.offset)
        return entry.value

    def seconds_index(self, name: bytes) -> int:
        """The value of an entry that must be a seconds index."""
        entry = self.entry(name)
        if not isinstance(entry.value, SmlTime) or entry.value.kind is not TimeKind.SECONDS_INDEX:
            raise _invalid("the value is no seconds index", entry.offset)
        return entry.value.seconds

    def signature(self, curves: Mapping[int, str]) -> tuple[bytes, int, str]:
        """The signature of the list.

        Args:
            curves: number of its bytes, the log book's index included, to the curve.

        Returns:
            r and s side by side, the log book's index, the curve.

        Raises:
            UnsignedPayloadError: SIGNATURE_MISSING.
            InvalidSignatureError: SIGNATURE_MALFORMED, when it has the length of none of these curves.
        """
        signature = self.response.signature
        if signature is None:
            where = f"byte {self.response.offset}"
            raise UnsignedPayloadError(Code.SIGNATURE_MISSING, "the list of values is not signed", where=where)
        curve = curves.get(len(signature))
        if curve is None:
            detail = f"{len(signature)} bytes, a signature with the index of the log book has one of {sorted(curves)}"
            raise InvalidSignatureError(Code.SIGNATURE_MALFORMED, detail)
        index = int.from_bytes(signature[-LOG_BOOK_BYTES:], "big")
        return signature[:-LOG_BOOK_BYTES], index, curve


def local_seconds(entry: ListEntry) -> int:
    """The time of an entry as it is signed: seconds since 1970 with the offset of local time added.

    Raises:
        MalformedPayloadError: FIELD_INVALID, when it has none, or only a seconds index, which no block has a place for.
    """
    time = entry.time
    if time is None or time.kind is TimeKind.SECONDS_INDEX:
        raise _invalid("the entry tells no time of day", entry.offset)
    return time.seconds + checked_offset(time.offset_seconds, where=f"byte {entry.offset}")


def told_offset(entry: ListEntry) -> int | None:
    """Seconds that local time is ahead of UTC, where the entry tells it.

    A plain time stamp tells none, although SML means UTC by it: the meters of Isabellenhuette write local time there.
    """
    time = entry.time
    return time.offset_seconds if time is not None and time.kind is TimeKind.LOCAL else None


def required(number: int | None, entry: ListEntry) -> int:
    """A field of an entry that must be there."""
    if number is None:
        raise _invalid("the entry lacks its status, unit or scaler", entry.offset)
    return number


def _invalid(detail: str, offset: int) -> MalformedPayloadError:
    return MalformedPayloadError(Code.FIELD_INVALID, detail, where=f"byte {offset}")
