"""The credentials handshake of the whole gateway, as client and as server, and where tokens must not stand."""

from __future__ import annotations

import logging
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.counterparty import Reply, StubCpo, call, running_cpo
from tests.support.gateway import EMSP_NAME, Json, RunningGateway, running_gateway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Characters of a token that may stand in the database: the prefix that finds its row.
PREFIX_CHARACTERS = 8


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[RunningGateway]:
    """A gateway that knows nobody yet, and an eMSP."""
    with running_gateway(tmp_path) as running:
        yield running


@pytest.fixture
def stub() -> Iterator[StubCpo]:
    """A partner with nothing but versions and details, which a test may change."""
    with running_cpo() as running:
        yield running


def state_of(gateway: RunningGateway) -> str:
    """The state of the one counterparty."""
    ((state,),) = gateway.rows("SELECT state FROM counterparty")
    return str(state)


def invite_without_token(gateway: RunningGateway, **fields: str) -> str:
    """Invite the eMSP to register at us; gives the token to hand over."""
    reply = gateway.invite(token=None, **fields)
    assert reply.status == 201
    token: str = reply.body["token"]
    return token


def their_credentials(gateway: RunningGateway, **fields: object) -> Json:
    """What the eMSP posts to us: the token that opens its versions, their URL, its role."""
    role = {"role": "EMSP", "business_details": {"name": "eMSP"}, "party_id": "EMS", "country_code": "NL"}
    usual = {"token": gateway.emsp.token_a, "url": gateway.emsp.versions_url, "roles": [role]}
    return usual | fields


def register_at(gateway: RunningGateway, with_token: str, **fields: object) -> Reply:
    """The eMSP posts its credentials to the URL that our version details name."""
    versions = call("GET", f"{gateway.base_url}/ocpi/versions", with_token).body["data"]
    (details_url,) = [one["url"] for one in versions if one["version"] == "2.2.1"]
    details = call("GET", details_url, with_token).body["data"]
    (url,) = [one["url"] for one in details["endpoints"] if one["identifier"] == "credentials"]
    return call("POST", url, with_token, their_credentials(gateway, **fields))


def credentials_url(gateway: RunningGateway) -> str:
    """Where our credentials module is."""
    return f"{gateway.base_url}/ocpi/2.2.1/credentials"


# As client.


def test_the_gateway_registers_at_an_emsp(gateway: RunningGateway) -> None:
    """Versions, details, POST of our credentials with TOKEN_A; the eMSP calls back with our TOKEN_B while we wait."""
    assert "invited" == gateway.invite().body["state"]
    reply = gateway.handshake()
    assert (200, {"name": EMSP_NAME, "state": "registered"}) == (reply.status, reply.body)
    modules = [(line["method"], line["module"]) for line in gateway.emsp.received]
    assert [("GET", "versions"), ("GET", "version_details"), ("POST", "credentials")] == modules
    (post,) = gateway.emsp.requests("credentials", "POST")
    assert [200, 200] == [one["status"] for one in post["handshake"]]
    (role,) = post["body"]["roles"]
    assert ("CPO", "DE", "EWK") == (role["role"], role["country_code"], role["party_id"])
    assert f"{gateway.base_url}/ocpi/versions" == post["body"]["url"]


def test_functional_modules_are_called_with_the_new_token(gateway: RunningGateway) -> None:
    """After the handshake TOKEN_C is used, which alone opens them at this eMSP; TOKEN_A is used up."""
    gateway.connect()
    gateway.new_place()
    (put,) = gateway.emsp.requests("tariffs", "PUT")
    assert 201 == put["answer"]["status"]
    assert 401 == call("GET", gateway.emsp.versions_url, gateway.emsp.token_a).status


def test_a_registered_counterparty_cannot_register_again(gateway: RunningGateway) -> None:
    """A second handshake is refused before anything leaves."""
    gateway.connect()
    before = len(gateway.emsp.received)
    reply = gateway.handshake()
    assert (409, ["HANDSHAKE_STATE"]) == (reply.status, reply.codes)
    assert before == len(gateway.emsp.received)


def test_a_refused_registration_leads_back_to_invited(gateway: RunningGateway) -> None:
    """The eMSP says no: the state is invited again, the TOKEN_B that we made is dead, and a second try can succeed."""
    gateway.invite()
    gateway.emsp.misbehave("credentials.POST:reject:1")
    assert 502 == gateway.handshake().status
    assert "invited" == state_of(gateway)
    assert 401 == call("GET", f"{gateway.base_url}/ocpi/versions", gateway.token_b()).status
    assert "registered" == gateway.handshake().body["state"]


@pytest.mark.parametrize("order", ["lose_answer", "reset_before", "garbage_200"])
def test_a_registration_with_an_open_outcome_is_not_repeated(gateway: RunningGateway, order: str) -> None:
    """Perhaps we are registered: the state says posted, our TOKEN_B stays good, and nobody posts again."""
    gateway.invite()
    gateway.emsp.misbehave(f"credentials.POST:{order}:1")
    assert 502 == gateway.handshake().status
    assert "posted" == state_of(gateway)
    assert (409, ["HANDSHAKE_STATE"]) == ((again := gateway.handshake()).status, again.codes)
    assert 1 == len(gateway.emsp.requests("credentials", "POST"))
    assert 200 == call("GET", f"{gateway.base_url}/ocpi/versions", gateway.token_b()).status


@pytest.mark.parametrize("order", ["http_500", "html", "unauthorized", "lose_answer", "garbage_200"])
def test_versions_that_cannot_be_read_leave_the_invitation(gateway: RunningGateway, order: str) -> None:
    """Nothing was posted: the state stays invited, the error is a 502, and the next try succeeds."""
    gateway.invite()
    gateway.emsp.misbehave(f"versions:{order}:1")
    assert 502 == gateway.handshake().status
    assert "invited" == state_of(gateway)
    assert "registered" == gateway.handshake().body["state"]


@pytest.mark.parametrize(
    ("change", "code"),
    [({"versions": ("2.1.1", "3.0")}, "VERSION_UNSUPPORTED"), ({"endpoints": ("credentials",)}, "ENDPOINT_MISSING")],
    ids=["no 2.2.1", "no cdrs"],
)
def test_a_partner_that_cannot_take_cdrs_is_not_registered(
    gateway: RunningGateway, stub: StubCpo, change: dict[str, Any], code: str
) -> None:
    """Without 2.2.1 or the cdrs receiver a registration would be of no use: the operator gets an error, no success."""
    for name, value in change.items():
        setattr(stub, name, value)
    gateway.invite(versions_url=f"{stub.url}/versions", token=stub.token_b)
    reply = gateway.handshake()
    assert (502, [code]) == (reply.status, reply.codes)
    assert "invited" == state_of(gateway)


def test_an_unknown_counterparty_is_not_found(gateway: RunningGateway) -> None:
    """404 before anything leaves."""
    reply = gateway.handshake()
    assert (404, ["COUNTERPARTY_UNKNOWN"]) == (reply.status, reply.codes)


def test_a_name_is_used_once(gateway: RunningGateway) -> None:
    """Whoever has the name keeps it."""
    gateway.invite()
    reply = gateway.invite(country_code="DE", party_id="EMX")
    assert (409, ["COUNTERPARTY_EXISTS"]) == (reply.status, reply.codes)


def test_a_party_speaks_over_one_connection(gateway: RunningGateway) -> None:
    """The invitation binds the party: no second one for it, under whatever name."""
    gateway.invite()
    reply = gateway.invite(name="another")
    assert (409, ["COUNTERPARTY_EXISTS"]) == (reply.status, reply.codes)


def test_a_partner_cannot_take_the_party_of_another(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """NL*OTH registers and says that it speaks for NL*EMS too: that is logged and ignored, NL*EMS stays where it is."""
    token = invite_without_token(gateway, name="thief", party_id="OTH")
    gateway.connect()
    (honest,) = gateway.rows("SELECT counterparty_id FROM counterparty_role WHERE party_id = 'EMS'")
    roles = [
        {"role": "EMSP", "business_details": {"name": "X"}, "party_id": party_id, "country_code": "NL"}
        for party_id in ("OTH", "EMS")
    ]
    reply = register_at(gateway, token, token=gateway.emsp.token_c, roles=roles)
    assert (200, 1000) == (reply.status, reply.body["status_code"])
    assert "foreign_parties_ignored name=thief parties=['NL*EMS']" in caplog.text
    assert [honest] == gateway.rows("SELECT counterparty_id FROM counterparty_role WHERE party_id = 'EMS'")
    usual = gateway.usual_session()
    usual.billed()
    assert [usual.session_id] == [cdr["session_id"] for cdr in gateway.emsp.cdrs]


# As server.


def test_an_emsp_registers_at_the_gateway(gateway: RunningGateway) -> None:
    """It posts its credentials with the token of the invitation, and gets ours with a new one."""
    token = invite_without_token(gateway)
    reply = register_at(gateway, token)
    assert (200, 1000) == (reply.status, reply.body["status_code"])
    ours = reply.body["data"]
    assert ours["token"] not in {token, gateway.emsp.token_a}
    assert [("CPO", "DE", "EWK")] == [(one["role"], one["country_code"], one["party_id"]) for one in ours["roles"]]
    assert "registered" == state_of(gateway)
    assert 200 == call("GET", ours["url"], ours["token"]).status
    shown = call("GET", credentials_url(gateway), ours["token"])
    assert (200, ours["token"]) == (shown.status, shown.body["data"]["token"])


def test_the_token_of_the_invitation_dies_with_the_registration(gateway: RunningGateway) -> None:
    """From then on only the new token counts."""
    token = invite_without_token(gateway)
    register_at(gateway, token)
    assert 401 == call("GET", credentials_url(gateway), token).status
    assert 401 == call("POST", credentials_url(gateway), token, their_credentials(gateway)).status


def test_a_registered_partner_that_posts_again_gets_405(gateway: RunningGateway) -> None:
    """OCPI: POST on credentials is for the first registration only."""
    token = register_at(gateway, invite_without_token(gateway)).body["data"]["token"]
    again = call("POST", credentials_url(gateway), token, their_credentials(gateway))
    assert (405, 2000) == (again.status, again.body["status_code"])


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_what_is_not_offered_yet_gets_405_in_an_envelope(gateway: RunningGateway, method: str) -> None:
    """Rotation and unregistering come later."""
    token = register_at(gateway, invite_without_token(gateway)).body["data"]["token"]
    reply = call(method, credentials_url(gateway), token, their_credentials(gateway))
    assert 405 == reply.status
    assert 2000 <= reply.body["status_code"] < 3000


@pytest.mark.parametrize("path", ["/ocpi/versions", "/ocpi/2.2.1", "/ocpi/2.2.1/credentials"])
@pytest.mark.parametrize("token", [None, "a-token-that-nobody-has", "x" * 64])
def test_an_unknown_token_opens_nothing(gateway: RunningGateway, path: str, token: str | None) -> None:
    """401 in an envelope, with a 2xxx status code and no data."""
    invite_without_token(gateway)
    reply = call("GET", gateway.base_url + path, token)
    assert 401 == reply.status
    assert 2000 <= reply.body["status_code"] < 3000
    assert "data" not in reply.body


def test_a_token_that_was_not_encoded_counts_too(gateway: RunningGateway) -> None:
    """Older peers send the token as it is instead of its Base64."""
    token = invite_without_token(gateway)
    reply = call("GET", f"{gateway.base_url}/ocpi/versions", None, authorization=f"Token {token}")
    assert (200, 1000) == (reply.status, reply.body["status_code"])


def test_message_ids_come_back(gateway: RunningGateway) -> None:
    """X-Request-ID and X-Correlation-ID stand in the answer, also in an error."""
    for token in (invite_without_token(gateway), "a-token-that-nobody-has"):
        reply = call("GET", f"{gateway.base_url}/ocpi/versions", token)
        assert ("req-1", "corr-1") == (reply.headers["x-request-id"], reply.headers["x-correlation-id"])


@pytest.mark.parametrize("order", ["http_500", "html", "unauthorized", "lose_answer", "garbage_200"])
def test_a_partner_whose_versions_cannot_be_read_gets_3001(gateway: RunningGateway, order: str) -> None:
    """We cannot use its API: 3001, it stays invited, and with the same token it can try again."""
    token = invite_without_token(gateway)
    gateway.emsp.misbehave(f"versions:{order}:1")
    assert 3001 == register_at(gateway, token).body["status_code"]
    assert "invited" == state_of(gateway)
    assert 1000 == register_at(gateway, token).body["status_code"]


@pytest.mark.parametrize(
    "url", ["http://localhost:1/versions", "http://192.0.2.1/versions", "file:///etc/passwd", "http://127.0.0.1:1/v"]
)
def test_a_partner_cannot_send_us_elsewhere(gateway: RunningGateway, url: str) -> None:
    """A versions URL on another host than the invitation's is not called: 3001, or refused as no URL at all."""
    token = invite_without_token(gateway)
    reply = register_at(gateway, token, url=url)
    assert reply.body["status_code"] in {3001, 2001}
    assert "invited" == state_of(gateway)


@pytest.mark.parametrize(
    ("change", "status_code"),
    [({"versions": ("2.1.1", "3.0")}, 3002), ({"endpoints": ("credentials",)}, 3003), ({"endpoints": ("cdrs",)}, 3003)],
    ids=["no 2.2.1", "no cdrs", "no credentials"],
)
def test_a_partner_that_lacks_something_learns_what(
    gateway: RunningGateway, stub: StubCpo, change: dict[str, Any], status_code: int
) -> None:
    """3002 without a common version, 3003 without the modules that we need."""
    for name, value in change.items():
        setattr(stub, name, value)
    token = invite_without_token(gateway)
    reply = register_at(gateway, token, url=f"{stub.url}/versions", token=stub.token_b)
    assert status_code == reply.body["status_code"]
    assert "invited" == state_of(gateway)


def test_only_the_invited_party_can_register(gateway: RunningGateway) -> None:
    """The token of NL*EMS does not register NL*XXX."""
    token = invite_without_token(gateway)
    role = {"role": "EMSP", "business_details": {"name": "X"}, "party_id": "XXX", "country_code": "NL"}
    reply = register_at(gateway, token, roles=[role])
    assert 2000 <= reply.body["status_code"] < 3000
    assert "invited" == state_of(gateway)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"{}", b'{"token": "a", "token": "b"}', b'{"token": NaN}', b"\xff\xfe", b"null"],
    ids=repr,
)
def test_bad_credentials_are_refused_in_an_envelope(gateway: RunningGateway, body: bytes) -> None:
    """4xx, an envelope with a 2xxx status code, and the token still counts."""
    token = invite_without_token(gateway)
    reply = call("POST", credentials_url(gateway), token, body)
    assert 400 <= reply.status < 500
    assert 2000 <= reply.body["status_code"] < 3000
    assert 1000 == register_at(gateway, token).body["status_code"]


# Secrets.


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def test_no_secret_stands_in_clear_in_the_database_or_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """After both kinds of handshake and a delivery neither tokens nor API keys are there, plain or in Base64."""
    caplog.set_level(logging.DEBUG)
    with running_gateway(tmp_path) as gateway:
        gateway.connect()
        gateway.usual_session().billed()
        handed_over = gateway.invite(token=None, name="other", country_code="NL", party_id="OTH").body["token"]
        secrets = [gateway.api_key, gateway.emsp.token_a, gateway.emsp.token_c, gateway.token_b(), handed_over]
    files = [file for file in tmp_path.iterdir() if file.is_file()]
    assert ["eichwerk.sqlite"] == [file.name for file in files]
    stored = files[0].read_bytes()
    for secret in secrets:
        assert secret is not None
        assert len(secret) == 64
        for spelling in (secret, _base64(secret), secret[PREFIX_CHARACTERS:]):
            assert spelling.encode() not in stored
            assert spelling not in caplog.text
