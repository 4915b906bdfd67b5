"""The whole gateway for tests: real HTTP (waitress), a real SQLite file, the real simulated eMSP, a clock set by hand.

    with running_gateway(folder) as gateway:
        gateway.connect()                                  # invite and register the eMSP
        meter, place = gateway.new_meter(), gateway.new_place()
        session = gateway.start(place)
        session.bring(*meter.usual_records())
        closed = session.close()
        gateway.deliver()

Every meter, place and session is new, so that tests can share one gateway. What is sent to the eMSP stays in
`build/sent/<module>/*.json` (contracts.md, section 4).
"""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from socket import create_server as create_tcp_server
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from waitress import wasyncore
from waitress.server import create_server

from cdr_service.app import Gateway, create_gateway
from cdr_service.dispatch import LoopDispatch
from cdr_service.domain.money import RoundingPolicy
from cdr_service.domain.party import PartyId
from cdr_service.ocpi.transport import OutboundPolicy, Transport, Urllib3Transport
from cdr_service.services.api_keys import add_api_key
from cdr_service.settings import Secret, Settings
from tests.support.meter import END, PARKED, START, Meter, unregistered_meter
from tools.counterparty import Counterparty, running_counterparty
from tools.counterparty.wire import write_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdr_service.ocpi.transport import OutboundAnswer, OutboundRequest
    from tools.fixtures.meter_keys import TestKey

Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
SENT = ROOT / "build" / "sent"
CPO = PartyId("DE", "EWK")
EMSP_NAME = "simulated-emsp"
#: The gateway's clock before anybody moves it: an hour before the usual session.
NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
#: The demo's tariff: 0.50 once, 0.49 a kWh, 1.20 an hour, 4.80 an hour of parking; 19 % VAT.
TARIFF: Json = json.loads((FIXTURES / "tariffs/ac.json").read_text(), parse_float=Decimal)
LOCATION: Json = json.loads((FIXTURES / "locations/berlin.json").read_text(), parse_float=Decimal)
TOKEN: Json = json.loads((FIXTURES / "tokens/ems_rfid.json").read_text())

_NUMBERS = count(1)


def tariff_components(**prices: str) -> list[Json]:
    """Price components with 19 % VAT and step 1: `tariff_components(ENERGY="0.49")`."""
    return [
        {"type": kind, "price": Decimal(price), "vat": Decimal(19), "step_size": 1} for kind, price in prices.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer of the gateway as it arrived; header names in lower case."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Json:
        """The JSON object, numbers with a point as Decimal."""
        content: Json = json.loads(self.raw, parse_float=Decimal)
        return content

    @property
    def codes(self) -> list[str]:
        """The codes of an error answer."""
        return [entry["code"] for entry in self.body["errors"]]


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """The present instant."""
        return self.now

    def forward(self, **duration: float) -> None:
        """Let time pass: `forward(seconds=30)`."""
        self.now += timedelta(**duration)


class KeepingTransport:
    """The real transport; each JSON object that leaves stays in `build/sent`."""

    def __init__(self, emsp: Counterparty) -> None:
        self._real: Transport = Urllib3Transport(OutboundPolicy(allow_private=True))
        self._emsp = emsp
        #: Module and body of everything that left.
        self.sent: list[tuple[str, bytes]] = []

    def send(self, request: OutboundRequest) -> OutboundAnswer:
        """Keep the body and send the request."""
        place = self._emsp.state.paths.resolve(urlsplit(request.url).path)
        if request.body and place:
            self.sent.append((place[0], request.body))
            folder = SENT / place[0]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{sha256(request.body).hexdigest()[:24]}.json").write_bytes(request.body)
        return self._real.send(request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A connector and the tariff it names."""

    location_id: str
    evse_uid: str
    connector_id: str
    tariff_id: str

    def as_json(self) -> Json:
        """Where, as the operator's API wants it."""
        return {"location_id": self.location_id, "evse_uid": self.evse_uid, "connector_id": self.connector_id}


class RunningGateway:
    """A gateway that serves; the operator's side of it, and what its database holds."""

    def __init__(
        self, *, wired: Gateway, clock: HandClock, emsp: Counterparty, transport: KeepingTransport, base_url: str
    ) -> None:
        self.wired, self.clock, self.emsp, self.transport, self.base_url = wired, clock, emsp, transport, base_url
        self.api_key = add_api_key(wired.ports, "operator")

    def call(self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None) -> Reply:
        """One request; the operator's key goes along unless `headers` are given."""
        raw = body if isinstance(body, bytes) else None if body is None else write_json(body).encode()
        usual = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        parts = urlsplit(self.base_url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.request(method, path, raw, usual if headers is None else headers)
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(status=answer.status, headers=fields, raw=answer.read())
        finally:
            connection.close()

    def ask(self, method: str, path: str, body: object = None) -> Json:
        """A request of the operator that must succeed."""
        reply = self.call(method, f"/api/v1{path}", body)
        assert reply.status < 300, reply.raw.decode()
        return reply.body

    def invite(self, **fields: str | None) -> Reply:
        """Invite the eMSP with its TOKEN_A; `fields` change the invitation, None leaves one out."""
        usual = {
            "name": EMSP_NAME, "versions_url": self.emsp.versions_url, "token": self.emsp.token_a,
            "role": "EMSP", "country_code": "NL", "party_id": "EMS",
        }  # fmt: skip
        given = {name: value for name, value in (usual | fields).items() if value is not None}
        return self.call("POST", "/api/v1/counterparties", given)

    def handshake(self) -> Reply:
        """Register at the eMSP."""
        return self.call("POST", f"/api/v1/counterparties/{EMSP_NAME}/handshake")

    def connect(self) -> None:
        """Invite the eMSP and register at it."""
        assert self.invite().status == 201
        assert self.handshake().body["state"] == "registered"

    def token_b(self) -> str:
        """The token that we made for the eMSP in the last handshake; its book does not show it."""
        bodies = [body for module, body in self.transport.sent if module == "credentials"]
        token: str = json.loads(bodies[-1])["token"]
        return token

    def new_meter(self, **registration: object) -> Meter:
        """A meter with a new key; registered for every EVSE and for time tariffs unless told otherwise."""
        meter = unregistered_meter()
        self.register_key(meter.serial, "nameplate", meter.key, **registration)
        return meter

    def register_key(self, serial: str, name: str, key: TestKey, **registration: object) -> Json:
        """Register a meter's public key."""
        usual = {"public_key": key.spki.hex(), "source": "nameplate", "time_tariff": "allowed"}
        return self.ask("PUT", f"/meters/{serial}/keys/{name}", usual | registration)

    def new_place(self, components: list[Json] | None = None) -> Place:
        """A location of one connector with a tariff of its own: the demo's, or these components."""
        number = next(_NUMBERS)
        place = Place(location_id=f"L-{number}", evse_uid=f"E-{number}", connector_id="1", tariff_id=f"TARIFF-{number}")
        self.put_tariff(place, components)
        location = json.loads(write_json(LOCATION), parse_float=Decimal) | {"id": place.location_id}
        location["evses"][0]["uid"] = place.evse_uid
        location["evses"][0]["connectors"][0]["tariff_ids"] = [place.tariff_id]
        self.ask("PUT", f"/locations/{place.location_id}", location)
        return place

    def put_tariff(self, place: Place, components: list[Json] | None = None, **fields: object) -> Json:
        """Publish a version of the place's tariff."""
        elements = TARIFF["elements"] if components is None else [{"price_components": components}]
        body = {**TARIFF, "id": place.tariff_id, "elements": elements, **fields}
        return self.ask("PUT", f"/tariffs/{place.tariff_id}", body)

    def authorize(self, place: Place, auth_method: str = "AUTH_REQUEST") -> Json:
        """Ask for permission with the usual token."""
        return self.ask("POST", "/authorizations", {"token": TOKEN, **place.as_json(), "auth_method": auth_method})

    def start(self, place: Place, *, authorization: Json | None = None, at: str = START) -> Session:
        """Start a session under an authorization; without one, authorize first."""
        allowed = self.authorize(place) if authorization is None else authorization
        return self.open({"authorization_id": allowed["authorization_id"]}, at=at)

    def start_offline(self, place: Place, auth_method: str = "WHITELIST", *, at: str = START) -> Session:
        """Start a session without an authorization."""
        return self.open({"token": TOKEN, **place.as_json(), "auth_method": auth_method}, at=at)

    def open(self, under: Json, *, at: str = START) -> Session:
        """Start a session."""
        session_id = f"S-{next(_NUMBERS)}"
        answer = self.ask("POST", "/sessions", {"session_id": session_id, "start_date_time": at, **under})
        return Session(gateway=self, session_id=session_id, findings=tuple(answer["findings"]))

    def usual_session(self, **registration: object) -> Session:
        """A session with the usual records of a new meter, ready to be closed."""
        meter = self.new_meter(**registration)
        session = self.start(self.new_place())
        session.bring(*meter.usual_records())
        return session

    def deliver(self) -> bool:
        """Make one attempt to deliver, if one is due."""
        dispatch = self.wired.dispatch
        assert isinstance(dispatch, LoopDispatch)
        return dispatch.work_once()

    def deliver_all(self) -> None:
        """Make attempts until nothing is due."""
        while self.deliver():
            pass

    def cdr(self, cdr_id: str) -> Json:
        """A CDR with everything that is known of it."""
        return self.ask("GET", f"/cdrs/DE/EWK/{cdr_id}")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Whatever the database holds."""
        with self.wired.ports.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def cdr_posts(self, session: Session | None = None) -> list[Json]:
        """What the eMSP's book has of CDRs, of one session if given; a request that was cut off has no body there."""
        lines = self.emsp.requests("cdrs", "POST")
        return [
            line for line in lines if session is None or (line["body"] or {}).get("session_id") == session.session_id
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session at the gateway."""

    gateway: RunningGateway
    session_id: str
    #: What was noticed at the start.
    findings: tuple[Json, ...]

    def event(self, **fields: object) -> Reply:
        """Report anything."""
        return self.gateway.call("POST", f"/api/v1/sessions/{self.session_id}/events", fields)

    def is_billed(self) -> bool:
        """Whether the database holds a CDR of this session, with or without a delivery."""
        joined = "FROM cdr JOIN charging_session AS session ON session.key = cdr.session_key"
        rows = self.gateway.rows(f"SELECT session.session_id {joined}")
        return (self.session_id,) in rows

    def value(self, at: str, text: str, **fields: object) -> Json:
        """Report a signed value; gives the first look at it."""
        reply = self.event(type="signed_value", at=at, payload=text, **fields)
        assert reply.status == 201, reply.raw.decode()
        return reply.body

    def bring(self, *records: tuple[str, str]) -> None:
        """Report signed values (time, text), and that parking began when the usual session parks."""
        for at, text in records:
            self.value(at, text)
        self.state(PARKED, "parking")

    def state(self, at: str, state: str) -> None:
        """Report a state."""
        assert self.event(type="state", at=at, state=state).status == 201

    def try_close(self, at: str = END) -> Reply:
        """Close, whatever comes; not before the end."""
        self.gateway.clock.now = max(self.gateway.clock.now, *map(datetime.fromisoformat, (END, at)))
        return self.gateway.call("POST", f"/api/v1/sessions/{self.session_id}/close", {"end_date_time": at})

    def close(self, at: str = END) -> Json:
        """Close; gives `cdr_id`, `state` and `findings`."""
        reply = self.try_close(at)
        assert reply.status == 200, reply.raw.decode()
        return reply.body

    def billed(self, at: str = END) -> Json:
        """Close, deliver, and give the CDR as the eMSP has it in its book."""
        closed = self.close(at)
        assert closed["state"] == "ready", closed
        self.gateway.deliver_all()
        (line,) = self.gateway.cdr_posts(self)
        body: Json = line["body"]
        return body


def codes(closed: Json, severity: str = "error") -> list[str]:
    """The codes of the findings of one severity, sorted."""
    return sorted(finding["code"] for finding in closed["findings"] if finding["severity"] == severity)


def settings_of(folder: Path, base_url: str, *, timeout_seconds: int = 10, party_policy: str | None = None) -> Settings:
    """Settings for a gateway on loopback with its database in this folder."""
    return Settings(
        database_url=f"sqlite:///{folder / 'eichwerk.sqlite'}",
        secret_key=Secret(bytes(range(32))),
        party=CPO,
        business_name="eichwerk test",
        public_url=base_url,
        allow_private_partners=True,
        rounding=RoundingPolicy(),
        partner_timeout_seconds=timeout_seconds,
        accept_party_signatures=party_policy,
    )


@contextmanager
def running_gateway(
    folder: Path,
    *,
    emsp: Counterparty | None = None,
    odd: bool = False,
    timeout_seconds: int = 10,
    party_policy: str | None = None,
) -> Iterator[RunningGateway]:
    """A gateway on a database in `folder`, and an eMSP of its own unless one is given."""
    clock = HandClock()
    with ExitStack() as stack:
        partner = emsp or stack.enter_context(running_counterparty(out=folder / "emsp", odd=odd))
        listening = stack.enter_context(create_tcp_server(("127.0.0.1", 0)))
        base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        transport = KeepingTransport(partner)
        settings = settings_of(folder, base_url, timeout_seconds=timeout_seconds, party_policy=party_policy)
        wired = create_gateway(settings, clock=clock, transport=transport)
        stack.callback(wired.ports.engine.dispose)
        stack.enter_context(_serving(wired, listening))
        yield RunningGateway(wired=wired, clock=clock, emsp=partner, transport=transport, base_url=base_url)


@contextmanager
def _serving(wired: Gateway, listening: object) -> Iterator[None]:
    """Serve as `cdr-service run` does, in a thread that ends at once when it is told to."""
    channels: dict[int, Any] = {}
    server = create_server(wired.app, map=channels, sockets=[listening], threads=8, ident=None)
    stop = Event()

    def loop() -> None:
        while not stop.is_set():
            wasyncore.loop(timeout=0.02, map=channels, count=1)

    thread = Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        server.task_dispatcher.shutdown()
        wasyncore.close_all(channels)
