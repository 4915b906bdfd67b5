"""What the operator registers before anybody charges: meter keys, tariffs, locations."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from cdr_service.domain.errors import RequestError
from cdr_service.http.answers import json_answer
from cdr_service.http.api.arguments import ApiBlueprint, body_object
from cdr_service.http.api.schemas.requests import MeterKeySchema
from cdr_service.http.gateway import gateway
from cdr_service.ocpi.types import format_date_time
from cdr_service.persistence.records import KeyHolder, KeyProvenance, TimeTariff
from cdr_service.services.publish_location import publish_location
from cdr_service.services.publish_tariff import publish_tariff
from cdr_service.services.register_meter_key import MeterKeyRegistration, register_meter_key, registered_keys
from meter_sign import read_certificate

if TYPE_CHECKING:
    from flask import Response

    from cdr_service.persistence.records import StoredMeterKey

blueprint = ApiBlueprint("assets", __name__, url_prefix="/api/v1", description=__doc__ or "")

#: Characters of a meter's serial or a key's name.
NAME_CHARACTERS = 255
OCPI_BODY = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
}


@blueprint.put("/meters/<serial>/keys/<name>")
@blueprint.arguments(MeterKeySchema)
def put_meter_key(body: dict[str, Any], serial: str, name: str) -> Response:
    """Register a meter's public key, or that of a market party which signs the meter's values.

    The answer's fingerprint is for comparison with the nameplate.
    """
    if max(len(serial), len(name)) > NAME_CHARACTERS:
        raise RequestError("FIELD_INVALID", f"at most {NAME_CHARACTERS} characters", where="serial or name")
    if not (serial.isprintable() and name.isprintable()):
        raise RequestError("FIELD_INVALID", "only printable characters", where="serial or name")
    stored = register_meter_key(
        gateway(),
        MeterKeyRegistration(
            serial=serial,
            name=name,
            public_key=body["public_key"],
            curve=body.get("curve"),
            source=KeyProvenance(body["source"]),
            time_tariff=TimeTariff(body["time_tariff"]),
            valid_from=body.get("valid_from"),
            valid_until=body.get("valid_until"),
            evse_uid=body.get("evse_uid"),
            signer_kind=KeyHolder(body["signer_kind"]),
        ),
    )
    return json_answer(
        {
            "serial": stored.serial,
            "name": name,
            "fingerprint": stored.fingerprint,
            "signer_kind": stored.signer_kind,
            "certificate_details": _certificate_json(stored.certificate_der),
        }
    )


@blueprint.get("/meters/<serial>/keys")
def get_meter_keys(serial: str) -> Response:
    """The keys of a meter that count, each with the time in which it does, and every registration ever made."""
    registered = registered_keys(gateway(), serial)
    history = [
        {**_key_json(one.key), "revision": one.revision, "registered_at": format_date_time(one.registered_at)}
        for one in registered.history
    ]
    keys = [_key_json(key) for key in registered.counting]
    return json_answer({"serial": registered.serial, "keys": keys, "history": history})


def _key_json(key: StoredMeterKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "fingerprint": key.fingerprint,
        "public_key": b64encode(key.spki_der).decode("ascii"),
        "valid_from": None if key.valid_from is None else format_date_time(key.valid_from),
        "valid_until": None if key.valid_until is None else format_date_time(key.valid_until),
        "evse_uid": key.evse_uid,
        "source": key.source,
        "time_tariff": key.time_tariff,
        "signer_kind": key.signer_kind,
        "certificate": None if key.certificate_der is None else b64encode(key.certificate_der).decode("ascii"),
        "certificate_details": _certificate_json(key.certificate_der),
    }


def _certificate_json(encoded: bytes | None) -> dict[str, str] | None:
    """What messages call a certificate by, and its validity, run out or not; the serial number is in hex."""
    if encoded is None:
        return None
    certificate = read_certificate(encoded)
    return {
        "subject": certificate.subject_text,
        "issuer": certificate.issuer_text,
        "serial": f"{certificate.serial:X}",
        "valid_from": format_date_time(certificate.valid_from),
        "valid_until": format_date_time(certificate.valid_until),
    }


@blueprint.put("/tariffs/<tariff_id>")
@blueprint.doc(**OCPI_BODY)
def put_tariff(tariff_id: str) -> Response:
    """Publish an OCPI Tariff: kept as an immutable version, and pushed to every registered partner."""
    published = publish_tariff(gateway(), tariff_id, body_object())
    pushes = [{"counterparty": name, "state": push.state, "answer": push.answer} for name, push in published.pushes]
    return json_answer({"tariff_id": tariff_id, "tariff_sha256": published.tariff.sha256, "pushes": pushes})


@blueprint.put("/locations/<location_id>")
@blueprint.doc(**OCPI_BODY)
def put_location(location_id: str) -> Response:
    """Keep an OCPI Location; CDRs say of the place what stands here at the start."""
    publish_location(gateway(), location_id, body_object())
    return json_answer({"location_id": location_id})
