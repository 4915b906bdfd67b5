"""chargeIT's JSON: a charging process with the meter's records of it, or such a record alone.

    {"@context": ".../contexts/charging-station-json-v1", "@id": ..., "chargePointInfo": {"evseId": ...},
     "chargingStationInfo": {"controllerSoftwareVersion": ...}, "signedMeterValues": [first, ..., last]}

Each record says by its own `@context` of which format it is; the host in these addresses is that of whoever runs the
charging stations, and says nothing. One document is one charging process: its records form one transaction, called by
the document's `@id`, and the order tells begin and end, which the records must bear out. Nothing here is signed. What
the document says of its records goes along with each, for its format to compare with what is signed.

A record is handed on as a JSON text of its own: nothing of the text is signed, only what its fields say. Fields and
numbers stay as they are written, and a key that stands twice stays twice, so that the format refuses it.

Limits: only version 1 is described in public. Records of other meters (EMH) came in an older form that nowhere is.

Source: bsm-python (Apache-2.0), doc/examples/chargy.md, "Chargy JSON Format"; decision 0023.
"""

from __future__ import annotations

from dataclasses import replace
from re import ASCII
from re import compile as pattern
from typing import TYPE_CHECKING, Any

from meter_sign import formats, strict_json
from meter_sign.codes import Code
from meter_sign.container.json_scope import as_id, members, refuse_ambiguous, text_of
from meter_sign.container.one_value import broken_value, recognise
from meter_sign.errors import MalformedPayloadError
from meter_sign.model import Context

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from meter_sign.container.json_scope import JsonObject, Scope
    from meter_sign.limits import Limits
    from meter_sign.model import PayloadFormat, SignedPayload

_RECORDS = "signedMeterValues"
_CONTEXT = pattern(r"https?://[^/\s]+/contexts/([a-z0-9-]{1,60})-v(\d{1,3})", ASCII)
_PROCESS, _VERSION = "charging-station-json", "1"
_FORMATS: Mapping[str, PayloadFormat] = {one.json_context: one.name for one in formats.FORMATS if one.json_context}
#: Where the document repeats what the meter signs, and the tag under which it is signed.
_CLAIMS = (
    ("chargePointInfo", "evseId", "evse-id"),
    ("chargingStationInfo", "controllerSoftwareVersion", "csc-sw-version"),
)


def is_process(node: JsonObject) -> bool:
    """Whether an object is a charging process.

    Args:
        node: any object.
    """
    return _RECORDS in node


def is_record(node: JsonObject) -> bool:
    """Whether an object by itself is a record of a format that comes in this JSON.

    Args:
        node: any object.
    """
    return any(_format_of(stated) is not None for stated in members(node, "@context"))


def process(node: JsonObject, scope: Scope, bundle: int, limits: Limits) -> Iterator[SignedPayload]:
    """Read a charging process.

    Args:
        node: an object for which `is_process` holds.
        scope: what stands around it.
        bundle: a number of its own for this object.
        limits: the cap on a record.

    Returns:
        Its records in order; a broken one where there should be some and is none.
    """
    claims, broken = _said_of_all(node, scope)
    records = _records(node)
    for place, record in enumerate(records):
        payload = value(record, scope, limits) if broken is None else broken_value(None, *broken)
        yield replace(
            payload,
            transaction_id=as_id(node.get("@id")) or scope.transaction_id,
            context=_context(place, len(records)),
            bundle=bundle,
            claims=claims,
        )


def value(node: object, scope: Scope, limits: Limits) -> SignedPayload:
    """Read one record.

    Args:
        node: what stands in a record's place.
        scope: what stands around it.
        limits: the cap on a record.
    """
    if node is None:
        return broken_value(None, Code.EMPTY_VALUE, "no signed value stands here")
    if not isinstance(node, dict):
        return broken_value(None, Code.CONTAINER_INVALID, "the signed value is no object")
    format_ = _format_of(node.get("@context"))
    try:
        refuse_ambiguous(node, scope=scope)
    except MalformedPayloadError as error:
        return broken_value(format_, error.code, error.detail)
    if format_ is None:
        return broken_value(None, Code.FORMAT_UNSUPPORTED, "no format that is judged here has the record's @context")
    return replace(recognise(strict_json.dumps(node), limits, declared=format_), transaction_id=scope.transaction_id)


def _format_of(context: object) -> PayloadFormat | None:
    """Of any version: which of them can be judged is the format's matter."""
    match = _CONTEXT.fullmatch(context) if isinstance(context, str) else None
    return _FORMATS.get(match.group(1)) if match else None


def _records(node: JsonObject) -> list[Any]:
    lists = members(node, _RECORDS)
    return [record for stated in lists for record in (stated if isinstance(stated, list) else [stated])] or [None]


def _context(place: int, records: int) -> Context | None:
    if records < 2 or 0 < place < records - 1:
        return None
    return Context.BEGIN if place == 0 else Context.END


def _said_of_all(node: JsonObject, scope: Scope) -> tuple[tuple[tuple[str, str], ...], tuple[Code, str] | None]:
    """What the document claims of all its records, or why none of them can be read."""
    match = _CONTEXT.fullmatch(str(node.get("@context")))
    if match and match.group(1) == _PROCESS and match.group(2) != _VERSION:
        return (), (Code.FORMAT_UNSUPPORTED, f"version {match.group(2)} of chargeIT's JSON is not judged")
    try:
        refuse_ambiguous(node, *(node.get(part) for part, _, _ in _CLAIMS), scope=scope)
        stated = ((tag, _said(node.get(part), name)) for part, name, tag in _CLAIMS)
        return tuple((tag, text) for tag, text in stated if text), None
    except MalformedPayloadError as error:
        return (), (error.code, error.detail)


def _said(part: object, name: str) -> str:
    return text_of(part, name) if isinstance(part, dict) else ""
