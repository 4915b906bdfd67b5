"""Fields of a record that is XML: each name once, each text of the type it must have.

Of two elements with one name nobody can say which was meant, so that is a broken record. Namespaces say nothing here.

Source: S.A.F.E. XML format; formats.md 3.2.
"""

from __future__ import annotations

from base64 import b32decode, b64decode
from re import ASCII, DOTALL
from re import compile as pattern
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError
from meter_sign.safe_xml import WHITE_SPACE, children, local_name, only_text, parse_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml.etree import _Element as Element

_NO_BLANKS = str.maketrans("", "", WHITE_SPACE)
#: Longer numbers fit no field of any block.
_INTEGER = pattern(r"-?[0-9]{1,20}", ASCII)
#: What may stand before the root of a document: the declaration, comments. Possessive, hence linear.
_PROLOGUE = r"\s*+(?:(?><\?.*?\?>|<!--.*?-->)\s*+)*+"
_ENCODINGS: Mapping[str, Callable[[str], bytes]] = {
    "hex": bytes.fromhex,
    "base64": lambda text: b64decode(text, validate=True),
    "base32": b32decode,
}


def begins_with(name: str) -> Callable[[bytes], bool]:
    """Make the test whether a document's root has this local name; it looks at the mark only."""
    mark = pattern(rf"{_PROLOGUE}<(?:[\w.-]{{1,40}}:)?{name}[\s/>]".encode(), DOTALL)
    return lambda raw: mark.match(raw) is not None


class XmlFields:
    """The children of one element."""

    def __init__(self, element: Element, path: str = "") -> None:
        """Keep the element; `path` says where it stands."""
        self._element = element
        self.path = path

    @classmethod
    def of_document(cls, raw: bytes, name: str) -> XmlFields:
        """Parse a document whose root must have this name.

        Raises:
            MalformedPayloadError: CONTAINER_INVALID, no XML, or with a document type; FRAME_INVALID, another root.
        """
        root = parse_xml(raw)
        if local_name(root) != name:
            raise MalformedPayloadError(Code.FRAME_INVALID, f"the root is {local_name(root)[:40]!r}, not {name}")
        return cls(root)

    def inside(self, name: str) -> XmlFields:
        """The children of the one child of this name, which must be there."""
        element = self._only(name)
        if element is None:
            raise self.invalid(name, "is missing")
        return XmlFields(element, f"{self.path}/{name}")

    def text(self, name: str) -> str | None:
        """The text of the one child of this name, without surrounding blanks; None when there is no such child."""
        element = self._only(name)
        if element is None:
            return None
        text = only_text(element)
        if text is None:
            raise self.invalid(name, "holds other XML")
        return text

    def required(self, name: str) -> str:
        """The same of a child that must be there."""
        text = self.text(name)
        if text is None:
            raise self.invalid(name, "is missing")
        return text

    def integer(self, name: str) -> int:
        """A whole number."""
        text = self.required(name)
        if _INTEGER.fullmatch(text) is None:
            raise self.invalid(name, "is no whole number")
        return int(text)

    def octets(self, name: str, encoding: str | None = None) -> bytes:
        """Bytes in this encoding, or in the one that the child's attribute names; blanks inside do not count."""
        chosen = encoding or self.attribute(name, "encoding")
        decode = _ENCODINGS.get(chosen)
        if decode is None:
            raise self.invalid(name, f"is in the encoding {chosen[:20]!r}, which is not known")
        try:
            return decode(self.required(name).translate(_NO_BLANKS))
        except ValueError as error:
            raise self.invalid(name, f"is no {chosen}") from error

    def attribute(self, name: str, attribute: str) -> str:
        """An attribute of the one child of this name; empty when it is not there."""
        element = self._only(name)
        return "" if element is None else element.get(attribute, "")

    def invalid(self, name: str, what: str) -> MalformedPayloadError:
        """The error of a child that is not as it must be."""
        return MalformedPayloadError(Code.FIELD_INVALID, f"{name} {what}", where=f"{self.path}/{name}")

    def _only(self, name: str) -> Element | None:
        found = children(self._element, name)
        if len(found) > 1:
            raise self.invalid(name, "stands there more than once")
        return found[0] if found else None
