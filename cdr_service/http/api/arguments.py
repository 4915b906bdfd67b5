"""Request bodies of the operator's API: exact JSON, refused when ambiguous."""

from __future__ import annotations

from typing import Any

from flask import Request, request
from flask_smorest import Blueprint
from marshmallow import missing
from webargs.flaskparser import FlaskParser

from cdr_service.domain.errors import RequestError
from meter_sign import strict_json_loads


class ExactJsonParser(FlaskParser):
    """Reads bodies with the product's own JSON reader: Decimal numbers, no duplicate keys, no NaN."""

    def _raw_load_json(self, req: Request) -> Any:
        raw = req.get_data(cache=True)
        return missing if not raw else strict_json_loads(raw)


class ApiBlueprint(Blueprint):
    """A flask-smorest blueprint with exact bodies."""

    ARGUMENTS_PARSER = ExactJsonParser()


def body_object() -> dict[str, Any]:
    """The JSON object in the request's body, exact.

    Raises:
        MeterSignError: no JSON, or ambiguous JSON.
        RequestError: JSON, but no object.
    """
    value = strict_json_loads(request.get_data(cache=True))
    if not isinstance(value, dict):
        raise RequestError("FIELD_INVALID", "the body is no JSON object", where="")
    return value
