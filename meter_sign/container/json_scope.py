"""What the JSON around a signed value says of it, gathered on the way down to it.

The nearest object counts. An object in which a key stands twice makes every value below it a broken one: two readers
may see two values in it, and two transactions around them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from meter_sign import formats
from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError
from meter_sign.safe_xml import WHITE_SPACE
from meter_sign.strict_json import AmbiguousObject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from meter_sign.model import PayloadFormat

JsonObject = dict[str, Any]
#: OCPI and OCPP allow 36 to 39. One id may be told with thousands of values.
_ID_CHARACTERS = 255

_BY_METHOD: Mapping[str, PayloadFormat] = {
    name.casefold(): one.name for one in formats.FORMATS for name in (one.encoding_method, one.name)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The words of the objects around a value."""

    transaction_id: str | None = None
    #: What an event's type says of the only signed value in the event.
    context: str | None = None
    #: A key stands twice in one of them.
    ambiguous: bool = False


def inside(node: JsonObject, around: Scope) -> Scope:
    """The scope of what stands in an object.

    Args:
        node: the object.
        around: the scope of the object itself.
    """
    transaction_id = _transaction_id(node) or around.transaction_id
    ambiguous = around.ambiguous or isinstance(node, AmbiguousObject)
    if (transaction_id, ambiguous) == (around.transaction_id, around.ambiguous):
        return around
    return replace(around, transaction_id=transaction_id, ambiguous=ambiguous)


def _transaction_id(node: JsonObject) -> str | None:
    """OCPP's transactionId, in 2.x inside transactionInfo; a CDR's own id, else its session's."""
    info = node.get("transactionInfo")
    if isinstance(info, dict):
        return as_id(info.get("transactionId"))
    if "signed_data" in node:
        return as_id(node.get("id")) or as_id(node.get("session_id"))
    return as_id(node.get("transactionId"))


def members(node: JsonObject, *names: str) -> list[Any]:
    """All members, or those of some names; under a repeated key all of them, so that none hides behind another.

    Args:
        node: the object.
        names: none for all.
    """
    pairs = node.pairs if isinstance(node, AmbiguousObject) else node.items()
    return [member for name, member in pairs if not names or name in names]


def as_id(stated: object) -> str | None:
    """An id as text: OCPP 1.6 counts transactions, everything else names them.

    Args:
        stated: any JSON value; what is no id, or longer than any, is none.
    """
    if isinstance(stated, Decimal):
        return format(stated, "f")
    is_id = isinstance(stated, str) and len(stated) <= _ID_CHARACTERS
    return (str(stated).strip() or None) if is_id else None


def text_of(node: JsonObject, name: str) -> str:
    """A member that must be text; absent and null are the empty text.

    Args:
        node: the object.
        name: of the member.

    Raises:
        MalformedPayloadError: CONTAINER_INVALID, when it is something else.
    """
    stated = node.get(name)
    if stated is None:
        return ""
    if not isinstance(stated, str):
        raise MalformedPayloadError(Code.CONTAINER_INVALID, f"{name} is no text")
    return stated


def refuse_ambiguous(*nodes: object, scope: Scope) -> None:
    """Refuse a value of which, or around which, two readers may see two things.

    Args:
        nodes: the objects that make the value.
        scope: what stands around them.

    Raises:
        MalformedPayloadError: CONTAINER_INVALID.
    """
    if scope.ambiguous or any(isinstance(node, AmbiguousObject) for node in nodes):
        raise MalformedPayloadError(Code.CONTAINER_INVALID, "a key stands twice in this value or around it")


def declared_format(method: object) -> str | None:
    """The format that an encoding method names, by OCPI's registered names and the formats' own.

    Args:
        method: `encoding_method` of OCPI, `encodingMethod` of OCPP.
    """
    return _BY_METHOD.get(method.strip(WHITE_SPACE).casefold()) if isinstance(method, str) else None
