"""JSON of OCPI and OCPP around signed records, as partners and charge points send it.

    cdr(signed_value(SESSION, "End"))
    stop(sample(SESSION, "Transaction.End"))

What is `str` is sent as it is; `encoded` makes the base64 that both protocols prescribe.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.records import KEY

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey as Signer

Json = dict[str, Any]


def encoded(text: str | bytes) -> str:
    """Base64."""
    return b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def spki_base64(key: Signer = KEY) -> str:
    """The public key as OCPI writes it."""
    return encoded(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def signed_section(record: str) -> str:
    """The payload section of an OCMF record: what most partners show in plain_data."""
    return record.split("|")[1]


def signed_value(record: str, nature: str = "End", plain: str | None = None, signed: str | None = None) -> Json:
    """One SignedValue with the usual filling, unless told otherwise."""
    return {
        "nature": nature,
        "plain_data": signed_section(record) if plain is None else plain,
        "signed_data": encoded(record) if signed is None else signed,
    }


def signed_data(*values: Any, key: str | None = None, **members: Any) -> Json:
    """A SignedData object with its key; a member given as None is null."""
    usual = {"encoding_method": "OCMF", "encoding_method_version": 1, "public_key": key or spki_base64()}
    return {**usual, "signed_values": list(values), **members}


def cdr(*values: Any, id_: str = "cdr-1", **members: Any) -> Json:
    """The members of a CDR that matter here, in OCPI's order, with some that do not."""
    usual = {
        "country_code": "DE",
        "party_id": "EWK",
        "id": id_,
        "start_date_time": "2024-03-01T08:00:00Z",
        "session_id": f"session of {id_}",
        "cdr_location": {"id": "loc-1", "coordinates": {"latitude": "52.5", "longitude": "13.4"}},
        "currency": "EUR",
        "charging_periods": [{"dimensions": [{"type": "ENERGY", "volume": 10.5}]}],
        "signed_data": signed_data(*values),
        "total_energy": 10.5,
    }
    return usual | members


def envelope(data: Any) -> Json:
    """An OCPI response."""
    return {"data": data, "status_code": 1000, "timestamp": "2024-03-02T00:00:00Z"}


def meter_value(*samples: Json) -> Json:
    """A MeterValue, the same in all versions of OCPP."""
    return {"timestamp": "2024-03-01T09:00:00Z", "sampledValue": list(samples)}


def raw_sample(value: str = "110500") -> Json:
    """A sampled value of OCPP 1.6 that nobody signed."""
    return {"value": value, "format": "Raw", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}


def sample(value: Any, context: str | None = "Transaction.End") -> Json:
    """A signed sampled value of OCPP 1.6."""
    shown = {"value": value, "format": "SignedData", "measurand": "Energy.Active.Import.Register"}
    return shown if context is None else shown | {"context": context}


def signed_meter_value(data: str, key: str = "", **members: Any) -> Json:
    """A SignedMeterValueType as OCPP 2.x has it."""
    return {"signedMeterData": data, "signingMethod": "", "encodingMethod": "OCMF", "publicKey": key, **members}


def sample_2(data: str, context: str | None = "Transaction.End", key: str = "") -> Json:
    """A signed sampled value of OCPP 2.x."""
    shown: Json = {"value": 110.5, "signedMeterValue": signed_meter_value(data, key)}
    return shown if context is None else shown | {"context": context}


def begin(*samples: Json, transaction: Any = 17) -> list[Any]:
    """MeterValues.req of OCPP 1.6 as a frame."""
    return [
        2,
        "b",
        "MeterValues",
        {"connectorId": 1, "transactionId": transaction, "meterValue": [meter_value(*samples)]},
    ]


def stop(*samples: Json, transaction: Any = 17) -> list[Any]:
    """StopTransaction.req of OCPP 1.6 as a frame."""
    payload = {"transactionId": transaction, "meterStop": 110500, "transactionData": [meter_value(*samples)]}
    return [2, "s", "StopTransaction", payload]


def event(kind: str, *samples: Json, transaction: str = "tx-17") -> list[Any]:
    """TransactionEventRequest of OCPP 2.x as a frame."""
    payload = {
        "eventType": kind,
        "triggerReason": "SignedDataReceived",
        "seqNo": 0,
        "transactionInfo": {"transactionId": transaction, "chargingState": "Charging"},
        "meterValue": [meter_value(*samples)],
    }
    return [2, "e", "TransactionEvent", payload]


def text(document: Any) -> bytes:
    """The JSON text."""
    return json.dumps(document, ensure_ascii=False).encode()


def log(*documents: Any) -> bytes:
    """One JSON text a line."""
    return b"\n".join(text(document) for document in documents) + b"\n"
