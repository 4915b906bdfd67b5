"""OCPP: one sampled value that is signed.

    1.6         {"format": "SignedData", "value": TEXT, "context": ...}; TEXT is the record, plain, XML-escaped, in hex
                (as OCPP says) or in base64, or the JSON text of a signed meter value as in 2.x (as the note says)
    2.0.1, 2.1  {"signedMeterValue": {"signedMeterData", "encodingMethod", "signingMethod", "publicKey"}, ...}

`signedMeterData` is base64 of the record; other encodings are read (VALUE_ENCODING_SPELLING). `encodingMethod` only
names a format where the content tells none, `signingMethod` says nothing that the record does not say itself.

`publicKey` counts as the container's key. A station may send it once per transaction and leaves it empty then
(PublicKeyWithSignedMeterValue = OncePerTransaction): an empty one stands for the last one that came before it in the
same file for the same transaction id. Without a transaction id there is nothing to remember it by. The begin's value
may come at the begin and once more with the end, so copies of one record count once.

Source: OCPP 1.6 edition 2, 7.44; OCPP 2.0.1 edition 3, part 2, 2.42, 2.46; OCA application note "Signed Meter Values"
1.0, 3.1.4, 3.2, 4.2; has·to·be "Eichrecht - Transmission of data" (`signedMeterValue` as the name of the text).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from meter_sign import strict_json
from meter_sign.codes import Code
from meter_sign.container import one_value
from meter_sign.container.json_scope import declared_format, members, refuse_ambiguous, text_of
from meter_sign.container.one_value import broken_value
from meter_sign.errors import MalformedPayloadError
from meter_sign.model import Context
from meter_sign.safe_xml import WHITE_SPACE

if TYPE_CHECKING:
    from meter_sign.container.json_scope import JsonObject, Scope
    from meter_sign.limits import Limits
    from meter_sign.model import SignedPayload

_SIGNED_METER_VALUE = "signedMeterValue"
#: Under which names the signed text of a signed meter value stands.
_DATA = ("signedMeterData", _SIGNED_METER_VALUE)
_SIGNED_FORMAT = "signeddata"
#: What OCPP 2.x calls an event, to the context of its only signed value where that names none.
_EVENTS = {"Started": Context.BEGIN, "Ended": Context.END}
#: The references that XML knows without a document type.
_REFERENCES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))
#: Characters of JSON for each byte of a record inside it: base64, and escapes.
_CHARACTERS_A_BYTE = 4


def is_value(node: JsonObject) -> bool:
    """Whether an object is a sampled value that claims to be signed, or a signed meter value by itself.

    Args:
        node: any object.
    """
    stated = (one for one in members(node, "format") if isinstance(one, str))
    if any(one.strip().casefold() == _SIGNED_FORMAT for one in stated):
        return True
    return any(one is not None for one in members(node, *_DATA))


def context_of_event(event: JsonObject) -> str | None:
    """What an event's type says of the signed value in it, if there is only one.

    OCPP's default for an absent context is Sample.Periodic, so of several values none is named by the event: the end
    brings the begin's and intermediate values along.

    Args:
        event: a TransactionEventRequest.
    """
    stated, meter_values = event.get("eventType"), event.get("meterValue")
    context = _EVENTS.get(stated) if isinstance(stated, str) else None
    if context is None or not isinstance(meter_values, list):
        return None
    rows = [one.get("sampledValue") for one in meter_values if isinstance(one, dict)]
    samples = (sample for row in rows if isinstance(row, list) for sample in row)
    signed = sum(1 for sample in samples if isinstance(sample, dict) and is_value(sample))
    return context if signed == 1 else None


def value(node: JsonObject, scope: Scope, keys: dict[str, str], limits: Limits) -> SignedPayload:
    """Read one signed sampled value.

    Args:
        node: an object for which `is_value` holds.
        scope: what stands around it.
        keys: the last public key of each transaction so far; a key that stands here is added.
        limits: the cap on a record.

    Returns:
        The value; `broken` where it cannot be read.
    """
    stated = node.get("context")
    try:
        payload = _read(node, scope, limits)
    except MalformedPayloadError as error:
        payload = broken_value(None, error.code, error.detail)
    return replace(
        payload,
        transaction_id=scope.transaction_id,
        context=(stated.strip() or None) if isinstance(stated, str) else scope.context,
        container_key=_key(payload.container_key, scope.transaction_id, keys),
        usual_key_forms=frozenset({Code.KEY_OCA_PREFIX}),
        may_repeat=scope.transaction_id is not None,
    )


def _key(stated: str | None, transaction_id: str | None, keys: dict[str, str]) -> str | None:
    if transaction_id is None:
        return stated
    if stated is not None:
        keys[transaction_id] = stated
    return keys.get(transaction_id)


def _read(node: JsonObject, scope: Scope, limits: Limits) -> SignedPayload:
    refuse_ambiguous(node, scope=scope)
    inner = node.get(_SIGNED_METER_VALUE)
    if isinstance(inner, dict):
        return _signed_meter_value(inner, scope, limits)
    if any(node.get(name) is not None for name in _DATA):
        return _signed_meter_value(node, scope, limits)
    if isinstance(node.get("value"), dict):
        return _signed_meter_value(node["value"], scope, limits)
    return _from_text(text_of(node, "value").strip(WHITE_SPACE), scope, limits)


def _from_text(text: str, scope: Scope, limits: Limits) -> SignedPayload:
    """What OCPP 1.6 carries in `value`; a record of a format that is JSON itself comes before any wrapping."""
    found = one_value.find(text, limits)
    if found is not None:
        return found.payload
    if text.startswith("{"):
        return _signed_meter_value(_json_text(text, limits), scope, limits)
    if text.startswith("&lt;"):
        return one_value.recognise(_unescaped(text), limits)
    return one_value.recognise(text, limits)


def _unescaped(text: str) -> str:
    # Not by `xml.sax.saxutils`: it loads the network, a tenth of a command's start. The ampersand comes last.
    for reference, character in _REFERENCES:
        text = text.replace(reference, character)
    return text


def _json_text(text: str, limits: Limits) -> JsonObject:
    """The signed meter value that OCPP 1.6 carries as text."""
    if len(text) > _CHARACTERS_A_BYTE * limits.record_bytes:
        raise MalformedPayloadError(Code.LIMIT_EXCEEDED, f"{len(text)} characters in one signed meter value")
    try:
        scanned = strict_json.scan(text, limits)
    except MalformedPayloadError as error:
        raise MalformedPayloadError(Code.CONTAINER_INVALID, error.detail) from error
    for breach in scanned.breaches:
        raise MalformedPayloadError(Code.CONTAINER_INVALID, breach.detail)
    if not isinstance(scanned.value, dict):
        raise MalformedPayloadError(Code.CONTAINER_INVALID, "the signed meter value is no object")
    return scanned.value


def _signed_meter_value(node: JsonObject, scope: Scope, limits: Limits) -> SignedPayload:
    refuse_ambiguous(node, scope=scope)
    if not any(name in node for name in _DATA):
        raise MalformedPayloadError(Code.NOT_RECOGNISED, "JSON without signedMeterData")
    texts = [text for name in _DATA if (text := text_of(node, name).strip(WHITE_SPACE))]
    if len(texts) > 1:
        raise MalformedPayloadError(Code.CONTAINER_INVALID, "two signed texts stand in one signed meter value")
    key = text_of(node, "publicKey").strip() or None
    declared = declared_format(node.get("encodingMethod"))
    return replace(_record(texts[0] if texts else "", declared, limits), container_key=key)


def _record(text: str, declared: str | None, limits: Limits) -> SignedPayload:
    found = one_value.find(text, limits)
    if found is None:
        return one_value.recognise(text, limits, declared=declared, encoding=one_value.BASE64)
    usual = found.encoding == one_value.BASE64
    return replace(found.payload, deviations=() if usual else (Code.VALUE_ENCODING_SPELLING,))
