"""The simulated eMSP for tests: fixtures that start it, and what its own tests need on the other side.

Use in a test module: `from tests.support import counterparty`, then `emsp = counterparty.emsp` makes the fixture known.
"""

from __future__ import annotations

import base64
import http.client
import json
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tools.counterparty import KNOWN_UID, Counterparty, make_token, running_counterparty
from tools.counterparty.wire import authorization, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, Any]


@pytest.fixture
def emsp(tmp_path: Path) -> Iterator[Counterparty]:
    """A running eMSP on plain paths."""
    with running_counterparty(out=tmp_path / "emsp") as running:
        yield running


@pytest.fixture
def odd_emsp(tmp_path: Path) -> Iterator[Counterparty]:
    """A running eMSP on paths that cannot be guessed."""
    with running_counterparty(out=tmp_path / "odd-emsp", odd=True) as running:
        yield running


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer as it arrived; header names in lower case."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Json:
        """The envelope."""
        envelope: Json = json.loads(self.raw)
        return envelope


def call(method: str, url: str, token: str | None, body: Any = None, **headers: str) -> Reply:
    """Send one request with `http.client`, as a partner does; `x_request_id=""` leaves that header out."""
    parts = urlsplit(url)
    sent = {"x-request-id": "req-1", "x-correlation-id": "corr-1", "content-type": "application/json"}
    sent |= {"authorization": authorization(token)} if token else {}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    raw = body if isinstance(body, bytes) else None if body is None else write_json(body).encode()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=raw, headers={name: value for name, value in sent.items() if value})
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return Reply(status=response.status, headers=fields, raw=response.read())
    finally:
        connection.close()


@dataclass(slots=True, kw_only=True)
class StubCpo:
    """A partner with nothing but versions and version details, for the call-back of the handshake."""

    url: str
    token_b: str
    versions: tuple[str, ...] = ("2.1.1", "2.2.1")
    endpoints: tuple[str, ...] = ("credentials", "cdrs", "tariffs")

    def credentials(self) -> Json:
        """What it POSTs to us."""
        role = {"role": "CPO", "business_details": {"name": "Stub CPO"}, "party_id": "ABC", "country_code": "DE"}
        return {"token": self.token_b, "url": f"{self.url}/versions", "roles": [role]}

    def answer(self, path: str) -> Any:
        """`data` at a path; None where nothing is."""
        details = [{"identifier": name, "role": "SENDER", "url": f"{self.url}/{name}"} for name in self.endpoints]
        return {
            "/versions": [{"version": version, "url": f"{self.url}/{version}"} for version in self.versions],
            "/2.2.1": {"version": "2.2.1", "endpoints": details},
        }.get(path)


@contextmanager
def running_cpo() -> Iterator[StubCpo]:
    """Serve a `StubCpo` on loopback; it answers 401 to any token but its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.headers["Authorization"] == authorization(cpo.token_b)
            data = cpo.answer(self.path) if allowed else None
            payload = write_json({"data": data, "status_code": 1000 if data else 2000}).encode()
            self.send_response(200 if data else 404 if allowed else 401)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    cpo = StubCpo(url=f"http://127.0.0.1:{server.server_address[1]}", token_b="token-b-of-the-stub")
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield cpo
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def endpoints(emsp: Counterparty, token: str) -> dict[str, str]:
    """URL by module, as a partner learns them: versions, then the details of 2.2.1."""
    versions = call("GET", emsp.versions_url, token).body["data"]
    details = next(one["url"] for one in versions if one["version"] == "2.2.1")
    return {one["identifier"]: one["url"] for one in call("GET", details, token).body["data"]["endpoints"]}


def register(emsp: Counterparty) -> tuple[str, dict[str, str]]:
    """Do the handshake as a stub CPO; returns TOKEN_C and the endpoints."""
    with running_cpo() as cpo:
        urls = endpoints(emsp, emsp.token_a)
        reply = call("POST", urls["credentials"], emsp.token_a, cpo.credentials())
    return reply.body["data"]["token"], urls


#: Without restrictions: 0.25 a kWh (10 % VAT), 3.00 an hour (10 %), 5.00 an hour of parking (20 %), 0.50 once (20 %).
TARIFF: Json = {
    "country_code": "DE",
    "party_id": "ABC",
    "id": "T1",
    "currency": "EUR",
    "elements": [
        {
            "price_components": [
                {"type": "FLAT", "price": 0.5, "vat": 20, "step_size": 1},
                {"type": "ENERGY", "price": 0.25, "vat": 10, "step_size": 100},
                {"type": "TIME", "price": 3, "vat": 10, "step_size": 60},
                {"type": "PARKING_TIME", "price": 5, "vat": 20, "step_size": 300},
            ]
        }
    ],
    "last_updated": "2026-01-01T00:00:00Z",
}


def signed_value(key: ec.EllipticCurvePrivateKey, payload: Json, nature: str = "End") -> Json:
    """An OCMF record of `payload`, signed with P-256, as OCPI carries it."""
    section = json.dumps(payload)
    signature = {"SA": "ECDSA-secp256r1-SHA256", "SD": key.sign(section.encode(), ec.ECDSA(SHA256())).hex()}
    record = f"OCMF|{section}|{json.dumps(signature)}"
    return {"nature": nature, "plain_data": section, "signed_data": base64.b64encode(record.encode()).decode()}


#: 20.45 kWh in 2.5 h, then 42 min of parking, under `TARIFF`; every figure made by hand:
#: 20.45 -> 20.5 kWh x 0.25 = 5.125; 150 min x 3 = 7.50; 42 -> 45 min x 5 = 3.75; 0.50: 16.875, with VAT 18.9875.
_FIGURES: Json = {
    "charging_periods": [
        {
            "start_date_time": "2026-01-15T09:00:00Z",
            "tariff_id": "T1",
            "dimensions": [{"type": "ENERGY", "volume": 20.45}, {"type": "TIME", "volume": 2.5}],
        },
        {
            "start_date_time": "2026-01-15T11:30:00Z",
            "tariff_id": "T1",
            "dimensions": [{"type": "ENERGY", "volume": 0}, {"type": "PARKING_TIME", "volume": 0.7}],
        },
    ],
    "total_cost": {"excl_vat": 16.875, "incl_vat": 18.9875},
    "total_fixed_cost": {"excl_vat": 0.5, "incl_vat": 0.6},
    "total_energy": 20.45,
    "total_energy_cost": {"excl_vat": 5.125, "incl_vat": 5.6375},
    "total_time": 3.2,
    "total_time_cost": {"excl_vat": 7.5, "incl_vat": 8.25},
    "total_parking_time": 0.7,
    "total_parking_cost": {"excl_vat": 3.75, "incl_vat": 4.5},
}
_LOCATION: Json = {
    "id": "L1",
    "address": "Am Eichamt 1",
    "city": "Weimar",
    "country": "DEU",
    "coordinates": {"latitude": "50.979500", "longitude": "11.323500"},
    "evse_uid": "E1",
    "evse_id": "DE*ABC*E1",
    "connector_id": "1",
    "connector_standard": "IEC_62196_T2",
    "connector_format": "SOCKET",
    "connector_power_type": "AC_3_PHASE",
}


def _signed_data() -> Json:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    register_a = {"RI": "01-00:B2.08.00*FF", "RU": "kWh"}
    readings = [{"TX": "B", "RV": 100.05, **register_a}, {"TX": "E", "RV": 120.5}]
    payload = {"FV": "1.0", "PG": "T7", "TT": "a|pipe", "RD": readings}
    return {
        "encoding_method": "OCMF",
        "public_key": base64.b64encode(public).decode(),
        "signed_values": [signed_value(key, payload)],
    }


def valid_cdr(authorization_reference: str | None = None) -> Json:
    """A CDR that holds in every point, signed by a key of its own; each call makes a new one."""
    issued = make_token(KNOWN_UID)
    reference = {"authorization_reference": authorization_reference} if authorization_reference else {}
    return {
        **reference,
        "country_code": "DE",
        "party_id": "ABC",
        "id": "CDR-1",
        "start_date_time": "2026-01-15T09:00:00Z",
        "end_date_time": "2026-01-15T12:12:00Z",
        "session_id": "S-1",
        "cdr_token": {name: issued[name] for name in ("country_code", "party_id", "uid", "type", "contract_id")},
        "auth_method": "AUTH_REQUEST" if authorization_reference else "WHITELIST",
        "cdr_location": deepcopy(_LOCATION),
        "currency": "EUR",
        "tariffs": [deepcopy(TARIFF)],
        "signed_data": _signed_data(),
        **deepcopy(_FIGURES),
        "last_updated": "2026-01-15T12:13:00Z",
    }
