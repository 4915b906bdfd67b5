"""XML from outside: parsed without document types, entities, network or default attributes.

A document type can expand one line to gigabytes and load files, so it is refused, in whatever encoding it is written.
What is found is never trusted: it only tells where signed values lie.

Source: XML 1.0 (fifth edition), sections 2.8 and 4.4; S.A.F.E. XML format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

#: White space of XML (section 2.3); what surrounds a text does not count.
WHITE_SPACE = " \t\r\n"


def parse_xml(raw: bytes) -> Element:
    """Parse one XML document.

    Args:
        raw: the document's bytes; a byte order mark outranks a declared encoding.

    Returns:
        The root element.

    Raises:
        MalformedPayloadError: CONTAINER_INVALID, when it is not well-formed, or carries a document type.
    """
    # A text file needs no XML parser, and loading one costs a tenth of the command's start.
    from lxml import etree  # noqa: PLC0415 - see above

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, attribute_defaults=False,
        huge_tree=False, recover=False, strip_cdata=False, remove_comments=False, remove_pis=False, collect_ids=False,
    )  # fmt: skip
    if b"<!DOCTYPE" in raw:
        raise _document_type()
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MalformedPayloadError(Code.CONTAINER_INVALID, f"no well-formed XML: {str(error)[:200]}") from error
    # The look at the bytes above does not see a document type written in UTF-16 or another wide encoding.
    if root.getroottree().docinfo.internalDTD is not None:
        raise _document_type()
    return root


def write_xml(element: Element) -> bytes:
    """Write one element as a document of its own, in UTF-8, without what follows it.

    Args:
        element: of a parsed document.
    """
    from lxml import etree  # noqa: PLC0415 - see `parse_xml`

    return etree.tostring(element, encoding="utf-8", with_tail=False)


def local_name(element: Element) -> str:
    """The name without its namespace; empty for comments and processing instructions."""
    # They have a function for a tag, whatever the type stubs say.
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element, *names: str) -> tuple[Element, ...]:
    """The children of these names, in document order, whatever their namespace."""
    return tuple(child for child in element if local_name(child) in names)


def only_text(element: Element) -> str | None:
    """The text of an element without surrounding blanks, or None when anything but text stands in it."""
    return None if len(element) else (element.text or "").strip(WHITE_SPACE)


def _document_type() -> MalformedPayloadError:
    return MalformedPayloadError(
        Code.CONTAINER_INVALID, "a document type is refused, it can expand and load things", where="<!DOCTYPE"
    )
