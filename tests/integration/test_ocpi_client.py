"""The client against a real HTTP partner with odd paths: registration, tariff, authorization, CDR, and misbehaviour."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from cdr_service.domain.errors import LocalOcpiError, RemoteOcpiError
from cdr_service.domain.lifecycle import DeliveryOutcome
from cdr_service.domain.party import BusinessDetails, Credentials, CredentialsRole, PartyId, Role
from cdr_service.domain.session import AllowedType, TokenType
from cdr_service.ocpi.client import OcpiClient, PushReport
from cdr_service.ocpi.envelope import failure, success
from cdr_service.ocpi.errors import NotSentError
from cdr_service.ocpi.headers import Route
from cdr_service.ocpi.json import loads
from cdr_service.ocpi.schemas.tokens import LocationReferences
from cdr_service.ocpi.schemas.versions import InterfaceRole, ModuleId, choose_version
from cdr_service.ocpi.transport import OutboundPolicy, Urllib3Transport
from tests.unit.ocpi.partner import Partner, running

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
TOKEN_A = "invitation-token"
CPO = PartyId("DE", "ABC")
ROUTE = Route(sender=CPO, receiver=PartyId("DE", "EMS"))
CDR_BODY = b'{"id":"cdr-1","total_energy":10.0000}'
ROUTING_HEADERS = {"ocpi-from-country-code", "ocpi-from-party-id", "ocpi-to-country-code", "ocpi-to-party-id"}

EMSP_TOKEN = {
    "country_code": "de", "party_id": "ems", "uid": "A/1 ?", "type": "RFID", "contract_id": "DE-EMS-C1",
    "issuer": "EMS", "valid": True, "whitelist": "NEVER", "last_updated": "2026-01-10 09:00:00+00:00",
    "group_id": None,
}  # fmt: skip


@pytest.fixture
def partner() -> Iterator[Partner]:
    """A partner whose every module lies under another odd path."""
    with running(Partner()) as emsp:
        details = f"{emsp.origin}/v%2F2/details;p=1?tenant=7"
        emsp.on(
            "GET",
            "/all%20versions/?k=v",
            success([{"version": "2.1.1", "url": f"{emsp.origin}/old"}, {"version": "2.2.1", "url": details}], NOW),
        )
        modules = {
            ("credentials", "SENDER"): "/creds/?tenant=7",
            ("cdrs", "RECEIVER"): "/Money/In/",
            ("cdrs", "SENDER"): "/never",
            ("tariffs", "RECEIVER"): "/prices?tenant=7",
            ("TOKENS", "SENDER"): "/a%2Fb/tokens/",
            ("x-custom", "SENDER"): "/custom",
        }
        endpoints = [
            {"identifier": module, "role": role, "url": emsp.origin + path} for (module, role), path in modules.items()
        ]
        emsp.on("GET", "/v%2F2/details;p=1?tenant=7", success({"version": "2.2.1", "endpoints": endpoints}, NOW))
        yield emsp


@pytest.fixture(scope="module")
def transport() -> Urllib3Transport:
    return Urllib3Transport(OutboundPolicy(allow_private=True))


@pytest.fixture
def client(transport: Urllib3Transport) -> OcpiClient:
    numbers = count(1)
    return OcpiClient(
        transport,
        new_id=lambda: f"id-{next(numbers)}",
        hosts=frozenset({"127.0.0.1"}),
        deadline_seconds=5,
    )


def url_of(client: OcpiClient, partner: Partner, module: ModuleId, role: InterfaceRole) -> str:
    versions = client.get_versions(f"{partner.origin}/all%20versions/?k=v", TOKEN_A)
    return client.get_version_details(choose_version(versions).url, TOKEN_A).url_of(module, role)


def post(client: OcpiClient, partner: Partner) -> PushReport:
    return client.post_cdr(
        f"{partner.origin}/cdrs", "our-token", CDR_BODY, request_id="request-1", correlation_id="delivery-1"
    )


def our_credentials() -> Credentials:
    role = CredentialsRole(role=Role.CPO, party=CPO, business_details=BusinessDetails(name="ABC GmbH"))
    return Credentials(token="token-b", url="https://cpo.test/ocpi/versions", roles=(role,))


class TestOddPaths:
    """Every URL is the partner's own; ids are appended and nothing is built from a pattern."""

    def test_registration(self, client: OcpiClient, partner: Partner) -> None:
        """Versions, details and credentials are asked at the published URLs, without routing headers."""
        theirs = {"token": "token-c", "url": "https://emsp.test/v", "roles": None}
        partner.on("POST", "/creds/?tenant=7", success([theirs], NOW))
        url = url_of(client, partner, ModuleId.CREDENTIALS, InterfaceRole.RECEIVER)
        credentials = client.post_credentials(url, TOKEN_A, our_credentials())
        assert ("token-c", ()) == (credentials.token, credentials.roles)
        assert [
            "/all%20versions/?k=v",
            "/v%2F2/details;p=1?tenant=7",
            "/creds/?tenant=7",
        ] == [request.target for request in partner.received]
        header = "Token " + b64encode(TOKEN_A.encode()).decode()
        assert [header] * 3 == [request.headers["authorization"] for request in partner.received]
        assert all(ROUTING_HEADERS.isdisjoint(request.headers) for request in partner.received)
        assert "token-b" == loads(partner.received[2].body)["token"]

    def test_tariff(self, client: OcpiClient, partner: Partner) -> None:
        """A tariff goes to the published URL with its ids before the query, with the frozen bytes."""
        target = "/prices/DE/ABC/day%2Fnight%201?tenant=7"
        partner.on("PUT", target, success(None, NOW), status=201)
        url = url_of(client, partner, ModuleId.TARIFFS, InterfaceRole.RECEIVER)
        report = client.put_tariff(url, "our-token", CPO, "day/night 1", b'{"price":0.10}', route=ROUTE)
        assert (DeliveryOutcome.ACCEPTED, 201, 1000) == (report.outcome, report.http_status, report.status_code)
        assert (target, b'{"price":0.10}') == (partner.received[-1].target, partner.received[-1].body)
        assert partner.received[-1].headers.keys() >= ROUTING_HEADERS

    def test_authorization(self, client: OcpiClient, partner: Partner) -> None:
        """A token is asked for under its encoded uid with exactly one slash, and the answer is read leniently."""
        target = "/a%2Fb/tokens/A%2F1%20%3F/authorize?type=RFID"
        answer = {"allowed": "ALLOWED", "token": EMSP_TOKEN, "authorization_reference": "ref-1", "location": None}
        partner.on("POST", target, success([answer], NOW))
        url = url_of(client, partner, ModuleId.TOKENS, InterfaceRole.SENDER)
        place = LocationReferences(location_id="loc-1", evse_uids=("evse-1",))
        info = client.authorize_token(url, "our-token", "A/1 ?", TokenType.RFID, place, route=ROUTE)
        assert (AllowedType.ALLOWED, "ref-1") == (info.allowed, info.authorization_reference)
        assert info.token is not None
        assert PartyId("DE", "EMS") == info.token.cdr_token.party
        assert {"location_id": "loc-1", "evse_uids": ["evse-1"]} == loads(partner.received[-1].body)

    def test_cdr(self, client: OcpiClient, partner: Partner) -> None:
        """A CDR goes to the published URL as it stands, with the frozen bytes and the ids of the attempt."""
        partner.on("POST", "/Money/In/", success(None, NOW), status=201, Location="https://emsp.test/cdr/77")
        url = url_of(client, partner, ModuleId.CDRS, InterfaceRole.RECEIVER)
        report = client.post_cdr(
            url, "our-token", CDR_BODY, request_id="request-1", correlation_id="delivery-1", route=ROUTE
        )
        sent = partner.received[-1]
        assert (DeliveryOutcome.ACCEPTED, "https://emsp.test/cdr/77", "request-1") == (
            report.outcome, report.location, report.request_id,
        )  # fmt: skip
        assert ("POST", "/Money/In/", CDR_BODY) == (sent.method, sent.target, sent.body)
        assert {
            "x-request-id": "request-1", "x-correlation-id": "delivery-1", "content-type": "application/json",
            "ocpi-from-country-code": "DE", "ocpi-from-party-id": "ABC",
            "ocpi-to-country-code": "DE", "ocpi-to-party-id": "EMS",
        }.items() <= sent.headers.items()  # fmt: skip

    def test_every_request_has_its_own_id(self, client: OcpiClient, partner: Partner) -> None:
        """No two requests share a request id."""
        url_of(client, partner, ModuleId.CDRS, InterfaceRole.RECEIVER)
        assert 2 == len({request.headers["x-request-id"] for request in partner.received})


class TestPushes:
    """Every push ends in a report, whatever happened."""

    @pytest.mark.parametrize(
        ("expected", "status", "body"),
        [
            (DeliveryOutcome.ACCEPTED, 200, success(None, NOW)),
            (DeliveryOutcome.REJECTED, 200, failure(2001, "total_cost is wrong", NOW)),
            (DeliveryOutcome.REJECTED, 400, failure(2000, "no", NOW)),
            (DeliveryOutcome.UNKNOWN, 200, failure(2000, "CDR already exists", NOW)),
            (DeliveryOutcome.UNKNOWN, 200, b"<html>OK</html>"),
            (DeliveryOutcome.UNKNOWN, 200, b'{"status_code":1000,"status_code":1000}'),
            (DeliveryOutcome.UNKNOWN, 422, b'{"detail":[{"loc":["body","signed_data"]}]}'),
            (DeliveryOutcome.UNKNOWN, 500, b""),
            (DeliveryOutcome.UNKNOWN, 200, failure(3000, "later", NOW)),
            (DeliveryOutcome.HOLD, 401, b""),
            (DeliveryOutcome.HOLD, 200, failure(4003, "not connected", NOW)),
            (DeliveryOutcome.NOT_PROCESSED, 429, b""),
        ],
    )
    def test_outcomes(
        self, client: OcpiClient, partner: Partner, expected: DeliveryOutcome, status: int, body: Any
    ) -> None:
        """The pair of HTTP status and OCPI code decides, over real HTTP, after exactly one request."""
        partner.on("POST", "/cdrs", body, status=status)
        assert expected is post(client, partner).outcome
        assert 1 == len(partner.received)

    def test_the_partners_words_are_kept(self, client: OcpiClient, partner: Partner) -> None:
        """A rejection keeps both codes, the message and the answer."""
        partner.on("POST", "/cdrs", failure(2001, "total_cost is wrong", NOW))
        report = post(client, partner)
        assert (200, 2001, "total_cost is wrong") == (report.http_status, report.status_code, report.status_message)
        assert b'"status_code":2001' in report.answer_excerpt
        assert report.location is None

    def test_the_partners_words_are_shown_to_people(self, client: OcpiClient, partner: Partner) -> None:
        """One printable line without our token, and not longer than 500 characters."""
        partner.on("POST", "/cdrs", failure(2001, "no:\x1b[31m\r\nour-token\u202e" + "x" * 900, NOW))
        message = post(client, partner).status_message or ""
        assert "no: [31m  *** x" == message[:15]
        assert (True, True) == (message.isprintable(), len(message) <= 500)

    def test_accepted_without_location(self, client: OcpiClient, partner: Partner) -> None:
        """A missing Location is a remark, not a failure."""
        partner.on("POST", "/cdrs", success(None, NOW))
        report = post(client, partner)
        assert DeliveryOutcome.ACCEPTED is report.outcome
        assert "without the Location" in report.detail

    def test_a_url_as_data_is_the_location(self, client: OcpiClient, partner: Partner) -> None:
        """Receivers that answer the CDR's URL in `data` are understood."""
        partner.on("POST", "/cdrs", success("https://emsp.test/cdr/77", NOW))
        report = post(client, partner)
        assert ("https://emsp.test/cdr/77", "accepted") == (report.location, report.detail)

    def test_a_cdr_as_data_is_no_location(self, client: OcpiClient, partner: Partner) -> None:
        """Receivers that answer the whole CDR give no Location by that."""
        partner.on("POST", "/cdrs", success([{"id": "cdr-1"}], NOW))
        assert post(client, partner).location is None

    def test_a_redirect_to_the_slash_is_followed(self, client: OcpiClient, partner: Partner) -> None:
        """A 307 within the origin carries the CDR on, with its token."""
        partner.on("POST", "/cdrs", b"", status=307, Location=f"{partner.origin}/cdrs/")
        partner.on("POST", "/cdrs/", success(None, NOW), status=201)
        assert DeliveryOutcome.ACCEPTED is post(client, partner).outcome
        assert [CDR_BODY, CDR_BODY] == [request.body for request in partner.received]
        assert 1 == len({request.headers["authorization"] for request in partner.received})

    def test_a_redirect_elsewhere_is_unknown(self, client: OcpiClient, partner: Partner) -> None:
        """A CDR is not carried to another origin; the Location of a redirect is not the CDR's."""
        with running(Partner()) as thief:
            partner.on("POST", "/cdrs", b"", status=307, Location=f"{thief.origin}/cdrs")
            report = post(client, partner)
        assert (DeliveryOutcome.UNKNOWN, None) == (report.outcome, report.location)
        assert [] == thief.received

    def test_nothing_sent(self, client: OcpiClient) -> None:
        """Where nobody listens, the report says that nothing was sent."""
        with running(Partner()) as gone:
            pass
        report = post(client, gone)
        assert (DeliveryOutcome.NOT_SENT, None, b"") == (report.outcome, report.http_status, report.answer_excerpt)
        assert report.detail.startswith("CONNECTION_FAILED")

    def test_a_host_off_the_list_gets_nothing(self, transport: Urllib3Transport, partner: Partner) -> None:
        """An endpoint on a host that the invitation did not name is not called."""
        stranger = OcpiClient(transport, new_id=lambda: "id", hosts=frozenset({"emsp.test"}))
        report = post(stranger, partner)
        assert DeliveryOutcome.NOT_SENT is report.outcome
        assert report.detail.startswith("HOST_REFUSED")
        assert [] == partner.received

    def test_too_large_an_answer(self, client: OcpiClient, partner: Partner) -> None:
        """An answer beyond the cap leaves the outcome unknown, with its HTTP status."""
        partner.on("POST", "/cdrs", b'{"status_code":1000,"data":"' + b"x" * 2_000_000 + b'"}', status=201)
        report = post(client, partner)
        assert (DeliveryOutcome.UNKNOWN, 201) == (report.outcome, report.http_status)

    def test_the_excerpt_is_short_and_without_token(self, client: OcpiClient, partner: Partner) -> None:
        """An answer that echoes our token does not bring it into the book, and only 4 kB are kept."""
        echo = b"<html>our-token " + b64encode(b"our-token") + b"x" * 10_000
        partner.on("POST", "/cdrs", echo, status=500)
        report = post(client, partner)
        assert 4096 == len(report.answer_excerpt)
        assert b"our-token" not in report.answer_excerpt
        assert b64encode(b"our-token") not in report.answer_excerpt

    @pytest.mark.parametrize(("expected", "value"), [(30, "30"), (None, "soon"), (None, "-1"), (None, "9" * 9)])
    def test_retry_after(self, client: OcpiClient, partner: Partner, expected: int | None, value: str) -> None:
        """A wait in seconds is handed on; anything else is not guessed."""
        partner.on("POST", "/cdrs", b"", status=503, Retry_After=value)
        report = post(client, partner)
        assert (DeliveryOutcome.NOT_PROCESSED, expected) == (report.outcome, report.retry_after_seconds)

    def test_an_unlawful_token_is_our_mistake(self, client: OcpiClient, partner: Partner) -> None:
        """A token with a line break never becomes a header."""
        with pytest.raises(LocalOcpiError, match="TOKEN_INVALID"):
            client.post_cdr(partner.origin, "our\r\nX-Evil: 1", CDR_BODY, request_id="r", correlation_id="c")
        assert [] == partner.received


class TestReading:
    """What must be read is read or raises, with the partner's own codes."""

    @pytest.mark.parametrize(
        ("code", "status", "body"),
        [
            ("PARTNER_REFUSED", 200, failure(3000, "no", NOW)),
            ("PARTNER_REFUSED", 401, failure(2000, "who are you", NOW)),
            ("PARTNER_REFUSED", 403, b'{"detail":"Forbidden"}'),
            ("PARTNER_REFUSED", 200, b"<html>"),
            ("PARTNER_REFUSED", 500, success([], NOW)),
            ("ANSWER_INVALID", 200, success([{"version": "2.2.1"}], NOW)),
            ("ANSWER_INVALID", 200, success(["2.2.1"], NOW)),
            ("ANSWER_INVALID", 200, success([{"version": "2.2.1", "url": "javascript:1"}], NOW)),
        ],
    )
    def test_bad_versions(self, client: OcpiClient, partner: Partner, code: str, status: int, body: Any) -> None:
        """A refusal and an answer that is no version list are told apart."""
        partner.on("GET", "/versions", body, status=status)
        with pytest.raises(RemoteOcpiError) as caught:
            client.get_versions(f"{partner.origin}/versions", TOKEN_A)
        assert (code, status, "id-1") == (caught.value.code, caught.value.http_status, caught.value.request_id)

    def test_one_version_without_list(self, client: OcpiClient, partner: Partner) -> None:
        """One version outside a list is a list of one; none is an empty list."""
        partner.on("GET", "/one", success({"version": "2.2.1", "url": "https://emsp.test/d"}, NOW))
        partner.on("GET", "/none", success(None, NOW))
        assert ["2.2.1"] == [one.version for one in client.get_versions(f"{partner.origin}/one", TOKEN_A)]
        assert () == client.get_versions(f"{partner.origin}/none", TOKEN_A)

    @pytest.mark.parametrize(
        ("http_status", "body"),
        [
            (404, b'{"detail":"Not Found"}'),
            (404, failure(2004, "unknown token", NOW)),
            (200, failure(2004, "unknown token", NOW)),
        ],
    )
    def test_an_unknown_token(self, client: OcpiClient, partner: Partner, http_status: int, body: Any) -> None:
        """HTTP 404 and OCPI 2004 both say that the eMSP does not know the token."""
        partner.on("POST", "/tokens/1/authorize?type=APP_USER", body, status=http_status)
        with pytest.raises(RemoteOcpiError, match="TOKEN_UNKNOWN"):
            client.authorize_token(f"{partner.origin}/tokens", "our-token", "1", TokenType.APP_USER, None)
        assert b"" == partner.received[0].body

    @pytest.mark.parametrize(
        "answer",
        [
            success({"allowed": "MAYBE"}, NOW),
            success({}, NOW),
            success(None, NOW),
            success([], NOW),
            success([{"allowed": "ALLOWED"}, {"allowed": "BLOCKED"}], NOW),
            failure(2002, "which location?", NOW),
        ],
    )
    def test_an_unclear_authorization_raises(self, client: OcpiClient, partner: Partner, answer: Any) -> None:
        """Only one clear answer authorizes; everything else is an error."""
        partner.on("POST", "/tokens/1/authorize?type=RFID", answer)
        with pytest.raises(RemoteOcpiError):
            client.authorize_token(f"{partner.origin}/tokens/", "our-token", "1", TokenType.RFID, None)

    def test_registration_refused(self, client: OcpiClient, partner: Partner) -> None:
        """A refusal during registration keeps the partner's reason, and is asked once."""
        partner.on("POST", "/creds", failure(3001, "cannot reach your versions", NOW))
        with pytest.raises(RemoteOcpiError) as caught:
            client.post_credentials(f"{partner.origin}/creds", TOKEN_A, our_credentials())
        assert (3001, 200) == (caught.value.status_code, caught.value.http_status)
        assert "token-b" not in str(caught.value)
        assert 1 == len(partner.received)

    def test_get_credentials(self, client: OcpiClient, partner: Partner) -> None:
        """A partner's credentials are read with lower-case codes."""
        role = {"role": "emsp", "party_id": "ems", "country_code": "de", "business_details": {"name": "EMS"}}
        body = success({"token": "token-c", "url": "https://emsp.test/v", "roles": [role]}, NOW)
        partner.on("GET", "/creds", body)
        credentials = client.get_credentials(f"{partner.origin}/creds", "token-c")
        assert PartyId("DE", "EMS") == credentials.roles[0].party

    def test_unreachable(self, client: OcpiClient) -> None:
        """A partner that is not there raises the error that says nothing was sent."""
        with running(Partner()) as gone:
            pass
        with pytest.raises(NotSentError):
            client.get_versions(f"{gone.origin}/versions", TOKEN_A)
