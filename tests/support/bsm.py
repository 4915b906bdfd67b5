"""A BSM-WS36A of the tests: writes snapshots and containers from the published layout, and knows nothing of our reader.

    container(begin(), end())                        -> the JSON of a session of 10.50 kWh
    text(container(begin(), end(RCR=9)))             -> the same as bytes, with another signed session register

A point given as None is one that the meter does not have: it is left out of the JSON, and signed as SunSpec says. Keys
are made from public numbers: nothing real is ever signed with them.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from struct import pack
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Json = dict[str, Any]
Signer = ec.EllipticCurvePrivateKey

KEY = ec.derive_private_key(0xB5A0, ec.SECP256R1())
OTHER_KEY = ec.derive_private_key(0xB5A1, ec.SECP256R1())
METER = "001EWK0024000017"
CARD, EVSE, CONTROLLER = "04A2B3C4D5E680", "DE*EWK*E0024*1", "v2.1.0"
PROCESS_ID = "5d1f0e9c-3b5e-4c7e-9a54-0c2f7d5b8a11"
CONTEXTS = "https://charging.example/contexts/"
#: Types of snapshots.
CURRENT, TURN_ON, TURN_OFF, START, END = range(5)

#: Name; how it is packed; scale; unit, with its name; what is signed where there is no value; OBIS.
LAYOUT: tuple[tuple[str, str, int, int, str | None, int, str | None], ...] = (
    ("Typ", "L", 0, 255, None, 0xFFFF, None),
    ("RCR", "L", 1, 30, "WATT_HOUR", 0, "1-0:1.8.0*198"),
    ("TotWhImp", "L", 1, 30, "WATT_HOUR", 0, "1-0:1.8.0*255"),
    ("W", "l", 1, 27, "WATT", -32768, "1-0:1.7.0*255"),
    ("MA1", "s", 0, 0, None, 0, "1-0:0.0.0*255"),
    ("RCnt", "L", 0, 255, None, 0xFFFFFFFF, None),
    ("OS", "L", 0, 7, "SECOND", 0xFFFFFFFF, None),
    ("Epoch", "L", 0, 7, "SECOND", 0xFFFFFFFF, None),
    ("TZO", "l", 0, 6, "MINUTE", -32768, None),
    ("EpochSetCnt", "L", 0, 255, None, 0xFFFFFFFF, None),
    ("EpochSetOS", "L", 0, 7, "SECOND", 0xFFFFFFFF, None),
    ("DI", "L", 0, 255, None, 0xFFFF, None),
    ("DO", "L", 0, 255, None, 0xFFFF, None),
    ("Meta1", "s", 0, 0, None, 0, None),
    ("Meta2", "s", 0, 0, None, 0, None),
    ("Meta3", "s", 0, 0, None, 0, None),
    ("Evt", "L", 0, 255, None, 0xFFFFFFFF, None),
)
_TYPES = {"L": "UnsignedInteger32", "l": "Integer32", "s": "String"}
#: A turn-on snapshot: 100.00 kWh in all, 2024-03-01T09:00:00+01:00.
BEGIN_POINTS: Json = {
    "Typ": TURN_ON, "RCR": 0, "TotWhImp": 10_000, "W": 0, "MA1": METER, "RCnt": 140, "OS": 500_000,
    "Epoch": 1_709_280_000, "TZO": 60, "EpochSetCnt": 21, "EpochSetOS": 490_000, "DI": 1, "DO": 0,
    "Meta1": f"contract-id: rfid:{CARD}", "Meta2": f"evse-id: {EVSE}", "Meta3": f"csc-sw-version: {CONTROLLER}",
    "Evt": 0,
}  # fmt: skip
#: A turn-off snapshot one hour later: 10.50 kWh, of which the total register shows one last digit more.
END_POINTS: Json = BEGIN_POINTS | {
    "Typ": TURN_OFF, "RCR": 1_050, "TotWhImp": 11_051, "RCnt": 141, "OS": 503_600, "Epoch": 1_709_283_600,
}  # fmt: skip


def signed(points: Json, *, scale: int = 1, encoding: str = "utf-8") -> bytes:
    """What the meter signs of these points."""
    parts: list[bytes] = []
    for name, kind, usual, unit, _, missing, _ in LAYOUT:
        value = points[name]
        if kind == "s":
            octets = (value or "").encode(encoding)
            parts.append(pack(">L", len(octets)) + octets)
        else:
            parts.append(pack(f">{kind}bB", missing if value is None else value, scale if usual else 0, unit))
    return b"".join(parts)


def sign(octets: bytes, key: Signer = KEY) -> bytes:
    """ECDSA with SHA-256, in DER."""
    return key.sign(octets, ec.ECDSA(SHA256(), deterministic_signing=True))


def spki_hex(key: Signer = KEY) -> str:
    """The public key as the JSON writes it."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo).hex()


def point(name: str, value: Any, *, scale: int = 1, encoding: str | None = None) -> Json:
    """One point as the JSON writes it."""
    (row,) = (row for row in LAYOUT if row[0] == name)
    _, kind, usual, unit, unit_name, _, obis = row
    said: Json = {"valueType": _TYPES[kind], "value": value}
    if kind == "s":
        said["valueEncoding"] = encoding
    else:
        said |= {"scale": scale if usual else 0, "unitEncoded": unit, "unit": unit_name}
    return {"measurand": present({"id": obis, "name": name}), "measuredValue": present(said)}


def present(members: Json) -> Json:
    """Members without those that are None."""
    return {name: member for name, member in members.items() if member is not None}


def time_of(points: Json) -> str | None:
    """Epoch and TZO in words; None where they are none."""
    if points["Epoch"] is None or points["TZO"] is None or abs(points["TZO"]) >= 24 * 60:
        return None
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=points["Epoch"])
    return at.astimezone(timezone(timedelta(minutes=points["TZO"]))).isoformat()


def snapshot(points: Json, *, key: Signer = KEY, scale: int = 1, encoding: str | None = None) -> Json:
    """One signed value, its envelope as its points say."""
    octets = signed(points, scale=scale, encoding=encoding or "utf-8")
    shown = {name: point(name, value, scale=scale, encoding=encoding) for name, value in points.items()}
    return present(
        {
            "@context": f"{CONTEXTS}bsm-ws36a-json-v1",
            "@id": f"{points['MA1']}-{points['RCnt']}",
            "time": time_of(points),
            "meterInfo": {
                "firmwareVersion": "1.9:0000:0000, 0000000",
                "publicKey": spki_hex(key),
                "meterId": points["MA1"],
                "manufacturer": "Nobody",
                "type": "BSM-WS36A-TEST",
            },
            "contract": {"id": CARD, "type": "rfid"} if points["Meta1"] == BEGIN_POINTS["Meta1"] else None,
            "measurementId": points["RCnt"],
            "value": point("RCR", points["RCR"], scale=scale) | {"displayedFormat": {"prefix": "kilo", "precision": 2}},
            "additionalValues": [shown[row[0]] for row in LAYOUT],
            "signature": sign(octets, key).hex(),
        }
    )


def begin(*, key: Signer = KEY, scale: int = 1, **points: Any) -> Json:
    """The usual turn-on snapshot with these points otherwise."""
    return snapshot(BEGIN_POINTS | points, key=key, scale=scale)


def end(*, key: Signer = KEY, scale: int = 1, **points: Any) -> Json:
    """The usual turn-off snapshot with these points otherwise."""
    return snapshot(END_POINTS | points, key=key, scale=scale)


def container(*values: Any, **members: Any) -> Json:
    """A charging process; a member given as None is left out."""
    usual: Json = {
        "@context": f"{CONTEXTS}charging-station-json-v1",
        "@id": PROCESS_ID,
        "chargePointInfo": {
            "placeInfo": {"geoLocation": {"lat": 52.5, "lon": 13.4}, "address": {"town": "Berlin", "zipCode": "10115"}},
            "evseId": EVSE,
        },
        "chargingStationInfo": {"manufacturer": "Nobody", "controllerSoftwareVersion": CONTROLLER},
        "signedMeterValues": list(values),
    }
    return present(usual | members)


def text(document: Any) -> bytes:
    """JSON as charging stations' back ends send it."""
    return json.dumps(document, indent=2).encode()
