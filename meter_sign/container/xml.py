"""XML: the S.A.F.E. transparency container, and files of formats that are XML themselves.

In the container every element `value` is a value, wherever it stands. What stands inside it wins over what its
attributes declare, as in the official tool; attributes of the root say nothing. The signed text may itself be XML, as
escaped text, CDATA or child element.

In any other XML every element that is a record of some format is a value (Mennekes: each `ChargingProcess` of a
`Billing`). Such a record is handed on as a document of its own; nothing of its XML is signed, only what its fields say.
A record with another one inside is none: whoever wrote both out would write the inner one as often as it is nested. For
the same reason the namespaces around a record, each of which it takes along, are few.

Source: S.A.F.E. XML format (XML_Format.md, values.xsd); formats.md 3.1, 3.2.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from meter_sign import formats
from meter_sign.codes import Code
from meter_sign.container.one_value import broken_value, recognise, recognise_bytes
from meter_sign.errors import LimitExceededError
from meter_sign.safe_xml import children, local_name, only_text, parse_xml, write_xml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element as Element

    from meter_sign.limits import Limits
    from meter_sign.model import SignedPayload

_SIGNED_ELEMENTS = ("{*}signedData", "{*}encodedData")
#: Elements that are one record of a format.
_RECORDS = frozenset(one.xml_element for one in formats.FORMATS if one.xml_element)
_RECORD_TAGS = tuple(f"{{*}}{name}" for name in sorted(_RECORDS))


def values(body: bytes, limits: Limits) -> Iterator[SignedPayload]:
    """Find the values of an XML file.

    Args:
        body: the file, without white space before it.
        limits: the cap on a record.

    Returns:
        The values in document order; none when no element is known.

    Raises:
        MalformedPayloadError: CONTAINER_INVALID.
        LimitExceededError: more namespaces around a record than the cap.
    """
    root = parse_xml(body)
    if local_name(root) == "values" or next(root.iter(*_SIGNED_ELEMENTS), None) is not None:
        for element in root.iter("{*}value"):
            yield _from_value(element, limits)
    else:
        for element in root.iter(*_RECORD_TAGS):
            yield _on_its_own(element, root, limits)


def _on_its_own(element: Element, root: Element, limits: Limits) -> SignedPayload:
    value = _record(element, limits)
    return replace(value, deviations=(Code.XML_WITHOUT_CONTAINER,)) if element is root else value


def _record(element: Element, limits: Limits) -> SignedPayload:
    if len(element.nsmap) > limits.xml_namespaces:
        detail = f"more than {limits.xml_namespaces} namespaces around one record"
        raise LimitExceededError(Code.LIMIT_EXCEEDED, detail)
    if next(element.iterdescendants(*_RECORD_TAGS), None) is not None:
        return broken_value(None, Code.CONTAINER_INVALID, "another record stands inside this one")
    return recognise_bytes(write_xml(element))


def _from_value(element: Element, limits: Limits) -> SignedPayload:
    signed = children(element, "signedData", "encodedData")
    keys = children(element, "publicKey")
    in_namespace = str(element.tag).startswith("{")
    payload = replace(
        _from_signed_elements(signed, limits),
        transaction_id=_first_attribute((element, *signed), "transactionId"),
        context=_first_attribute((element, *signed), "context"),
        deviations=(Code.XML_NAMESPACE,) if in_namespace else (),
    )
    if payload.broken:
        return payload
    key = only_text(keys[0]) if keys else ""
    if key is None or len(keys) > 1:
        return replace(payload, broken=(Code.CONTAINER_INVALID, "the public key is not one plain text"))
    return replace(payload, container_key=key or None)


def _from_signed_elements(signed: Sequence[Element], limits: Limits) -> SignedPayload:
    if not signed:
        return broken_value(None, Code.EMPTY_VALUE, "no signedData stands in this value")
    element = signed[0]
    declared = element.get("format")
    if len(signed) > 1:
        return broken_value(declared, Code.CONTAINER_INVALID, "two signed texts stand in one value")
    text = only_text(element)
    if text is None:
        return _from_child(element, declared, limits)
    found = recognise(text, limits, declared=declared, encoding=element.get("encoding"))
    payload = replace(found, encoded_in_xml=found.raw != text.encode("utf-8", "surrogateescape"))
    if local_name(element) == "encodedData" and not payload.raw.startswith(b"OCMF|") and not payload.broken:
        return replace(payload, broken=(Code.FORMAT_UNSUPPORTED, "a sealed record, not a signed text"))
    return payload


def _from_child(element: Element, declared: str | None, limits: Limits) -> SignedPayload:
    """A record that is XML and stands in the signed text unescaped."""
    inner = children(element, *_RECORDS)
    if len(inner) != 1 or len(element) != 1:
        return broken_value(declared, Code.CONTAINER_INVALID, "other XML stands inside the signed text")
    return _record(inner[0], limits)


def _first_attribute(elements: Sequence[Element], name: str) -> str | None:
    return next((text.strip() for element in elements if (text := element.get(name)) and text.strip()), None)
