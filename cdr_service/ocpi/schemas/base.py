"""What all schemas share: unknown fields are left out, violations become JSON pointers, null is not absence.

An optional field is absent or there; we never write null. Partners do, so `PartnerSchema` reads their nulls as
absent (measured habit), while `WireSchema`, for what we send, refuses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, ValidationError, post_dump, pre_load

from cdr_service.ocpi.errors import InvalidObjectError, Violation
from cdr_service.ocpi.types import OcpiNumber, String


class WireSchema(Schema):
    """Strict: what we send, and what the operator's own system gives us to send."""

    #: The OCPI name of the object, for errors.
    kind: ClassVar[str]

    class Meta:
        """Unknown fields are no error: later versions and custom modules add some."""

        unknown = EXCLUDE

    @post_dump
    def leave_out_absent(self, dumped: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Leave optional fields out instead of writing null."""
        return {name: value for name, value in dumped.items() if value is not None}


class PartnerSchema(WireSchema):
    """Lenient where it is harmless: what partners send us, with null for absent."""

    @pre_load
    def nulls_are_absent(self, received: Any, **_: Any) -> Any:
        """Drop null fields, so that required ones are missing and optional ones absent."""
        if not isinstance(received, Mapping):
            return received
        return {name: value for name, value in received.items() if value is not None}


class PriceSchema(WireSchema):
    """An amount with and without VAT (types, Price)."""

    kind = "Price"
    excl_vat = OcpiNumber(required=True)
    incl_vat = OcpiNumber()


class DisplayTextSchema(PartnerSchema):
    """Text for people in one language (types, DisplayText)."""

    kind = "DisplayText"
    language = String(2, min_length=2, required=True)
    text = String(512, required=True)


def load_object(schema: WireSchema, value: Any) -> Any:
    """Load one JSON value with a shared schema instance.

    Args:
        schema: the schema; its `kind` names the object in the error.
        value: what `ocpi.json.loads` gave.

    Returns:
        What the schema makes of it: a frozen object, or a dict of checked fields.

    Raises:
        InvalidObjectError: with every violation and its JSON pointer.
    """
    try:
        return schema.load(value)
    except ValidationError as error:
        raise InvalidObjectError(schema.kind, violations_of(error)) from None


def violations(schema: WireSchema, value: Any) -> tuple[Violation, ...]:
    """Everything that is wrong with a JSON value, in pointer order; empty when it is the object."""
    try:
        schema.load(value)
    except ValidationError as error:
        return violations_of(error)
    return ()


def violations_of(error: ValidationError) -> tuple[Violation, ...]:
    """Flatten marshmallow's tree of messages into sorted (JSON pointer, message) pairs."""
    return tuple(sorted(_flatten(error.messages, "")))


def _flatten(messages: Any, pointer: str) -> list[Violation]:
    if isinstance(messages, Mapping):
        return [found for key, below in messages.items() for found in _flatten(below, pointer + _step(key))]
    if isinstance(messages, list):
        return [found for below in messages for found in _flatten(below, pointer)]
    return [Violation(pointer, str(messages).rstrip("."))]


def _step(key: object) -> str:
    """One step of a pointer; marshmallow's `_schema` means the object itself."""
    if key == "_schema":
        return ""
    return "/" + str(key).replace("~", "~0").replace("/", "~1")
