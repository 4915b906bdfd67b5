"""OCPI: a `SignedData` object, alone or in a CDR; each of its `signed_values` is a value.

What of an entry is the signed record, the first rule that applies:

1. `signed_data` is a whole record, in base64 as OCPI prescribes, or in any other encoding (VALUE_ENCODING_SPELLING).
2. `plain_data` and `signed_data` are what is signed and its signature section, and nothing but a separator is missing
   to make a record of the two (SIGNED_DATA_SPLIT). No other text is ever put together: nobody would have sent it.
3. Otherwise there is none.

`plain_data` is what a driver reads and nobody signed it; in every case it goes along, to be compared with what is
signed (`judgement/plain_data.py`). `encoding_method` only names a format where the content tells none.

The values of one object belong to one session by OCPI's definition of the object, so they form one transaction,
whether a CDR around it gives an id or not, and never one with those of another object.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs, SignedData and SignedValue; ocpi issue 550; formats.md 8.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from meter_sign import formats
from meter_sign.codes import Code
from meter_sign.container import one_value
from meter_sign.container.json_scope import declared_format, members, refuse_ambiguous, text_of
from meter_sign.container.one_value import broken_value
from meter_sign.errors import MalformedPayloadError
from meter_sign.model import Context
from meter_sign.safe_xml import WHITE_SPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter_sign.container.json_scope import JsonObject, Scope
    from meter_sign.limits import Limits
    from meter_sign.model import SignedPayload

SIGNED_VALUES = "signed_values"
#: A record that holds begin and end goes out once, as End.
_CONTEXTS: dict[str, str | None] = {"start": Context.BEGIN, "end": Context.END, "intermediate": None}


def values(signed_data: JsonObject, scope: Scope, bundle: int, limits: Limits) -> Iterator[SignedPayload]:
    """Read a `SignedData` object.

    Args:
        signed_data: the object.
        scope: what stands around it.
        bundle: a number of its own for this object.
        limits: the cap on a record.

    Returns:
        The values in order; a broken one where there should be some and is none.
    """
    for entry in _entries(signed_data):
        yield replace(
            _value(entry, signed_data, scope, limits),
            transaction_id=scope.transaction_id,
            context=_context(entry),
            bundle=bundle,
        )


def _entries(signed_data: JsonObject) -> list[Any]:
    lists = members(signed_data, SIGNED_VALUES)
    entries = [
        entry for stated in lists if stated is not None for entry in (stated if isinstance(stated, list) else [stated])
    ]
    return entries or [None]


def _context(entry: object) -> str | None:
    nature = entry.get("nature") if isinstance(entry, dict) else None
    if not isinstance(nature, str):
        return None
    return _CONTEXTS.get(nature.strip().casefold(), nature)


def _value(entry: object, signed_data: JsonObject, scope: Scope, limits: Limits) -> SignedPayload:
    declared = declared_format(signed_data.get("encoding_method"))
    if entry is None:
        return broken_value(declared, Code.EMPTY_VALUE, "no signed value stands here")
    if not isinstance(entry, dict):
        return broken_value(declared, Code.CONTAINER_INVALID, "the signed value is no object")
    try:
        refuse_ambiguous(signed_data, entry, scope=scope)
        signed, plain = text_of(entry, "signed_data"), text_of(entry, "plain_data")
        key = text_of(signed_data, "public_key").strip()
    except MalformedPayloadError as error:
        return broken_value(declared, error.code, error.detail)
    return replace(_record(signed, plain, declared, limits), container_key=key or None, plain_data=plain or None)


def _record(signed: str, plain: str, declared: str | None, limits: Limits) -> SignedPayload:
    text = signed.strip(WHITE_SPACE)
    found = one_value.find(text, limits)
    if found is not None:
        usual = found.encoding == one_value.BASE64
        return replace(found.payload, deviations=() if usual else (Code.VALUE_ENCODING_SPELLING,))
    joined = _joined(plain, signed, limits)
    if joined is not None:
        return replace(one_value.recognise_bytes(joined), deviations=(Code.SIGNED_DATA_SPLIT,))
    return one_value.recognise(text, limits, declared=declared, encoding=one_value.BASE64)


def _joined(plain: str, signed: str, limits: Limits) -> bytes | None:
    """The record of two halves that were sent apart; what signs stands in base64 or as it is."""
    if len(plain) + len(signed) > limits.record_bytes:
        return None
    halves = (signed.encode(), one_value.decode(signed, one_value.BASE64))
    joins = [one.join for one in formats.FORMATS if one.join is not None]
    records = (join(plain.encode(), half) for join in joins for half in halves if half is not None)
    return next((record for record in records if record is not None), None)
