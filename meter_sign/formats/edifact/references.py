"""What a USX refers to: an interchange of those at hand, or one message of it.

    0020            the interchange's reference, always stated
    S002, S003      its sender and recipient; what is stated must be so, what is not stated may be anything
    0062, S009      the message's reference and type; without 0062 the whole interchange is meant

A reference means one structure or none: of two that fit nobody can say which was meant.

Source: ISO 9735-6 (USX); edifact.md 2.3 and R5.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError, UnsupportedPayloadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from meter_sign.formats.edifact.interchange import Interchange, Message
    from meter_sign.formats.edifact.segments import Fields

_Structure = TypeVar("_Structure")

#: The file as received, where the interchange begins, and where the message begins (None: all of the interchange).
#: A file that is given twice is the same file.
Place: TypeAlias = tuple[bytes, int, int | None]

#: So many interchanges of one reference are looked at; among more, nobody means one by its number.
_MOST_OF_ONE_REFERENCE = 99
#: References that are named where none fits: a person looks for a mistake among a few.
_SHOWN = 5
#: USX elements that refer to a group or a package, and what they are.
_NOT_FOLLOWED = {4: "a group (0048)", 5: "a group (S006)", 6: "a group (S007)", 9: "a package (0800)"}


class Referenced(NamedTuple):
    """A structure that is here: the whole interchange where no message is named."""

    interchange: Interchange
    message: Message | None

    @property
    def place(self) -> Place:
        """Where it lies."""
        return place_of(self.interchange, self.message)

    @property
    def secured(self) -> bytes:
        """Its bytes as received: from the U of UNB or UNH to just behind UNZ or UNT; UNA is never among them (R5)."""
        structure = self.message or self.interchange
        return self.interchange.data[structure.start : structure.end]


def place_of(interchange: Interchange, message: Message | None) -> Place:
    """Where an interchange or one of its messages lies.

    Args:
        interchange: of any file.
        message: of that interchange; None means all of it.
    """
    return interchange.data, interchange.start, None if message is None else message.start


class Directory:
    """All interchanges at hand, by their reference."""

    def __init__(self, interchanges: Iterable[Interchange]) -> None:
        """Take each once, however often its file was given."""
        self._by_reference: dict[str, list[Interchange]] = {}
        for interchange in {place_of(one, None): one for one in interchanges}.values():
            self._by_reference.setdefault(interchange.reference, []).append(interchange)
        self._messages: dict[tuple[Place, str], list[Message]] = {}
        self._indexed: set[Place] = set()

    def find(self, usx: Fields) -> Referenced:
        """The one structure that a USX refers to.

        Args:
            usx: the segment.

        Returns:
            The interchange, and the message where one is named.

        Raises:
            MalformedPayloadError: REFERENCE_NOT_FOUND, nothing here fits, or more than one does.
            UnsupportedPayloadError: SCOPE_UNSUPPORTED, a reference to a group or a package.
        """
        for element, what in _NOT_FOLLOWED.items():
            if usx.text(element):
                raise UnsupportedPayloadError(Code.SCOPE_UNSUPPORTED, f"the AUTACK refers to {what}", where="USX")
        interchange = _only(self._interchanges(usx), _sought(usx), self._by_reference)
        if not usx.text(7):
            return Referenced(interchange, None)
        name = f"message {usx.text(7)[:35]!r} of interchange {usx.text(1)[:35]!r}"
        here = dict.fromkeys(message.reference for message in interchange.messages)
        return Referenced(interchange, _only(self._messages_of(interchange, usx), name, here))

    def _interchanges(self, usx: Fields) -> list[Interchange]:
        candidates = self._by_reference.get(usx.text(1), [])
        if len(candidates) > _MOST_OF_ONE_REFERENCE:
            return candidates
        return [one for one in candidates if _agrees(usx, 2, one.sender) and _agrees(usx, 3, one.recipient)]

    def _messages_of(self, interchange: Interchange, usx: Fields) -> list[Message]:
        place = place_of(interchange, None)
        if place not in self._indexed:
            self._indexed.add(place)
            for message in interchange.messages:
                self._messages.setdefault((place, message.reference), []).append(message)
        named = self._messages.get((place, usx.text(7)), [])
        # More than one is refused whatever their types are.
        return named if len(named) > 1 else [one for one in named if usx.text(8) in {"", one.type}]


def _agrees(usx: Fields, element: int, party: tuple[str, ...]) -> bool:
    """Whether every component that is stated is the interchange's own."""
    return all(one == (party[at : at + 1] or ("",))[0] for at, one in enumerate(_stated(usx, element)) if one)


def _stated(usx: Fields, element: int) -> Iterator[str]:
    return (part.decode("latin-1") for parts in usx.repetitions(element)[:1] for part in parts)


def _sought(usx: Fields) -> str:
    """The interchange that is meant, with sender and recipient where these are stated."""
    parties = [
        f"{name} {':'.join(_stated(usx, element))[:40]!r}"
        for name, element in (("from", 2), ("to", 3))
        if usx.text(element)
    ]
    return " ".join([f"interchange {usx.text(1)[:35]!r}", *parties])


def _only(found: list[_Structure], what: str, here: Iterable[str]) -> _Structure:
    if len(found) != 1:
        shown = ", ".join(repr(one[:35]) for one in islice(here, _SHOWN)) or "none"
        detail = f"{what} is referred to, and {len(found)} that fit are here; references that are here: {shown}"
        raise MalformedPayloadError(Code.REFERENCE_NOT_FOUND, detail, where="USX")
    return found[0]
