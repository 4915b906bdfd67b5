"""PTB's JSON: two OCMF records of one charging process, with one key.

    {"format": "ptb", "publicKey": base64 of SubjectPublicKeyInfo, "ocmfBegin": "OCMF|...", "ocmfEnd": "OCMF|...", ...}

Both records are judged as they are, byte for byte. Of all else only the key is read, which proves no more than that the
file agrees with itself: address, position and charging station are nobody's signed word.

Limits: no document of PTB itself describes this container; it is known from a description of how others read it.

Source: OpenChargingCloud ChargyCore.TS, documentation/PTBContainer (prose, no code); decision 0023.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from meter_sign.container.json_scope import members, refuse_ambiguous, text_of
from meter_sign.container.one_value import broken_value, recognise
from meter_sign.errors import MalformedPayloadError
from meter_sign.model import Context, PayloadFormat
from meter_sign.safe_xml import WHITE_SPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter_sign.container.json_scope import JsonObject, Scope
    from meter_sign.limits import Limits
    from meter_sign.model import SignedPayload

_RECORDS = (("ocmfBegin", Context.BEGIN), ("ocmfEnd", Context.END))


def is_process(node: JsonObject) -> bool:
    """Whether an object is such a container: one of the two records is enough.

    Args:
        node: any object.
    """
    return any(members(node, name) for name, _ in _RECORDS)


def process(node: JsonObject, scope: Scope, bundle: int, limits: Limits) -> Iterator[SignedPayload]:
    """Read the two records.

    Args:
        node: an object for which `is_process` holds.
        scope: what stands around it.
        bundle: a number of its own for this object.
        limits: the cap on a record.

    Returns:
        Begin and end; a broken value in the place of one that is missing.
    """
    for name, context in _RECORDS:
        yield replace(
            _value(node, name, scope, limits), transaction_id=scope.transaction_id, context=context, bundle=bundle
        )


def _value(node: JsonObject, name: str, scope: Scope, limits: Limits) -> SignedPayload:
    try:
        refuse_ambiguous(node, scope=scope)
        record, key = text_of(node, name).strip(WHITE_SPACE), text_of(node, "publicKey").strip()
    except MalformedPayloadError as error:
        return broken_value(PayloadFormat.OCMF, error.code, error.detail)
    return replace(recognise(record, limits, declared=PayloadFormat.OCMF), container_key=key or None)
