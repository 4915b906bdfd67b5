"""Which tariff is billed: the one that was frozen, whatever happened to it since."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.support.gateway import (
    FIXTURES,
    TARIFF,
    TOKEN,
    Json,
    Place,
    RunningGateway,
    running_gateway,
    tariff_components,
)
from tools.counterparty import BLOCKED_UID, UNKNOWN_UID

if TYPE_CHECKING:
    from collections.abc import Iterator

#: 0.50 + 23.25 x 0.49 + 1.5 x 1.20 + 0.5 x 4.80, by hand.
OLD_COST = Decimal("16.0925")
#: 0.75 + 23.25 x 0.59 + 1.5 x 1.80 + 0.5 x 6.00 = 0.75 + 13.7175 + 2.70 + 3.00, by hand.
NEW_COST = Decimal("20.1675")
NEW = tariff_components(FLAT="0.75", ENERGY="0.59", TIME="1.80", PARKING_TIME="6.00")
CHANGED = "TARIFF_CHANGED_BEFORE_START"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A connected gateway that the tests of this module share."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        running.connect()
        yield running


@pytest.fixture
def place(gateway: RunningGateway) -> Place:
    """A connector with the demo's tariff."""
    return gateway.new_place()


def change_tariff(gateway: RunningGateway, place: Place) -> str:
    """Publish a new version of the place's tariff; gives its digest."""
    digest: str = gateway.put_tariff(place, NEW, last_updated="2026-01-15T08:30:00Z")["tariff_sha256"]
    return digest


def energy_price(cdr: Json) -> Decimal:
    """The price of a kWh in the CDR's own tariff."""
    ((tariff),) = cdr["tariffs"]
    (price,) = [one["price"] for one in tariff["elements"][0]["price_components"] if one["type"] == "ENERGY"]
    return Decimal(price)


def test_a_tariff_changed_before_the_start_is_not_billed(gateway: RunningGateway, place: Place) -> None:
    """The authorized tariff is in the CDR and billed; that it changed is shown at the start and at the close."""
    allowed = gateway.authorize(place)
    assert allowed["tariff_sha256"] != change_tariff(gateway, place)
    session = gateway.start(place, authorization=allowed)
    assert [CHANGED] == [finding["code"] for finding in session.findings]
    session.bring(*gateway.new_meter().usual_records())
    cdr = session.billed()
    assert (Decimal("0.49"), OLD_COST) == (energy_price(cdr), cdr["total_cost"]["excl_vat"])
    assert [CHANGED] == [finding["code"] for finding in gateway.cdr(cdr["id"])["findings"]]
    (line,) = gateway.cdr_posts(session)
    assert [] == line["recomputation"]["differences"]


def test_a_tariff_changed_after_the_start_is_not_billed(gateway: RunningGateway, place: Place) -> None:
    """A change while the car charges touches nothing, and there is nothing to show."""
    session = gateway.start(place)
    change_tariff(gateway, place)
    session.bring(*gateway.new_meter().usual_records())
    cdr = session.billed()
    assert (Decimal("0.49"), OLD_COST) == (energy_price(cdr), cdr["total_cost"]["excl_vat"])
    assert [] == gateway.cdr(cdr["id"])["findings"]


def test_the_next_authorization_gets_the_new_tariff(gateway: RunningGateway, place: Place) -> None:
    """What is authorized after the change is billed by the new version."""
    changed = change_tariff(gateway, place)
    allowed = gateway.authorize(place)
    assert changed == allowed["tariff_sha256"]
    session = gateway.start(place, authorization=allowed)
    session.bring(*gateway.new_meter().usual_records())
    assert NEW_COST == session.billed()["total_cost"]["excl_vat"]


@pytest.mark.parametrize("auth_method", ["WHITELIST", "COMMAND"])
def test_a_start_without_authorization_freezes_at_the_start(
    gateway: RunningGateway, place: Place, auth_method: str
) -> None:
    """Changed before the start, the new version is frozen; changed again after it, it stays frozen."""
    change_tariff(gateway, place)
    session = gateway.start_offline(place, auth_method)
    assert () == session.findings
    gateway.put_tariff(place, tariff_components(ENERGY="9.99"))
    session.bring(*gateway.new_meter().usual_records())
    cdr = session.billed()
    assert (auth_method, NEW_COST) == (cdr["auth_method"], cdr["total_cost"]["excl_vat"])
    assert "authorization_reference" not in cdr
    assert "accepted" == gateway.cdr(cdr["id"])["state"]


def test_a_real_time_authorization_cannot_be_skipped(gateway: RunningGateway, place: Place) -> None:
    """A start without authorization that calls itself AUTH_REQUEST is refused."""
    body = {"session_id": "S-SKIP", "start_date_time": "2026-01-15T09:00:00Z", "token": TOKEN, **place.as_json()}
    reply = gateway.call("POST", "/api/v1/sessions", {**body, "auth_method": "AUTH_REQUEST"})
    assert (400, ["AUTH_METHOD_INVALID"]) == (reply.status, reply.codes)


@pytest.mark.parametrize(("uid", "answer"), [(BLOCKED_UID, "BLOCKED"), (UNKNOWN_UID, "NOT_ALLOWED")])
def test_a_driver_who_may_not_charge_gets_no_session(
    gateway: RunningGateway, place: Place, uid: str, answer: str
) -> None:
    """The eMSP's no is an answer, not an error; under it no session can start."""
    token = {**TOKEN, "uid": uid}
    body = {"token": token, **place.as_json(), "auth_method": "AUTH_REQUEST"}
    allowed = gateway.ask("POST", "/authorizations", body)
    assert answer == allowed["allowed"]
    start = {"session_id": f"S-{uid}", "start_date_time": "2026-01-15T09:00:00Z"}
    reply = gateway.call("POST", "/api/v1/sessions", {**start, "authorization_id": allowed["authorization_id"]})
    assert (409, ["NOT_ALLOWED"]) == (reply.status, reply.codes)


def test_an_emsp_that_cannot_be_asked_authorizes_nobody(gateway: RunningGateway, place: Place) -> None:
    """No answer to a real-time authorization is no permission: 502, and nothing is written."""
    before = gateway.rows('SELECT count(*) FROM "authorization"')
    gateway.emsp.misbehave("tokens:http_500:1")
    body = {"token": TOKEN, **place.as_json(), "auth_method": "AUTH_REQUEST"}
    assert 502 == gateway.call("POST", "/api/v1/authorizations", body).status
    assert before == gateway.rows('SELECT count(*) FROM "authorization"')


@pytest.mark.parametrize(
    ("field", "code"),
    [("location_id", "LOCATION_UNKNOWN"), ("evse_uid", "EVSE_UNKNOWN"), ("connector_id", "CONNECTOR_UNKNOWN")],
)
def test_an_unknown_place_authorizes_nobody(gateway: RunningGateway, place: Place, field: str, code: str) -> None:
    """404 with the code of what is not there."""
    body = {"token": TOKEN, **place.as_json(), "auth_method": "AUTH_REQUEST", field: "NOWHERE"}
    reply = gateway.call("POST", "/api/v1/authorizations", body)
    assert (404, [code]) == (reply.status, reply.codes)


def test_a_tariff_that_is_over_is_not_frozen(gateway: RunningGateway, place: Place) -> None:
    """A tariff whose end_date_time has passed authorizes nobody."""
    gateway.put_tariff(place, end_date_time="2026-01-15T07:00:00Z")
    body = {"token": TOKEN, **place.as_json(), "auth_method": "WHITELIST"}
    reply = gateway.call("POST", "/api/v1/authorizations", body)
    assert (404, ["TARIFF_UNKNOWN"]) == (reply.status, reply.codes)


def test_a_tariff_with_restrictions_is_refused_with_its_place(gateway: RunningGateway) -> None:
    """What this release cannot price is not taken at all: 422 with the pointer, nothing kept, nothing pushed."""
    raw = (FIXTURES / "tariffs/restricted.json").read_bytes()
    reply = gateway.call("PUT", "/api/v1/tariffs/EWK-NIGHT-2026", raw)
    (error,) = reply.body["errors"]
    assert (422, "TARIFF_FEATURE_UNSUPPORTED", "/elements/0/restrictions") == (
        reply.status, error["code"], error["where"],
    )  # fmt: skip
    assert [] == gateway.rows("SELECT tariff_id FROM tariff WHERE tariff_id = 'EWK-NIGHT-2026'")
    assert "EWK-NIGHT-2026" not in [tariff["id"] for tariff in gateway.emsp.tariffs]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"elements": []}, "/elements"),
        ({"currency": "EURO"}, "/currency"),
        ({"last_updated": "yesterday"}, "/last_updated"),
        ({"country_code": "XX"}, "/country_code"),
        ({"elements": [{"price_components": [{"type": "ENERGY", "price": "0.1", "step_size": 1}]}]},
         "/elements/0/price_components/0/price"),
        ({"elements": [{"price_components": [{"type": "POWER", "price": 1, "step_size": 1}]}]},
         "/elements/0/price_components/0/type"),
        ({"id": "ANOTHER"}, "/id"),
        ({"party_id": "XYZ"}, "/party_id"),
    ],
    ids=str,
)  # fmt: skip
def test_a_bad_tariff_is_refused_with_its_place(gateway: RunningGateway, change: Json, where: str) -> None:
    """Whatever breaks OCPI or belongs to somebody else is refused with its pointer, and nothing reaches the eMSP."""
    before = len(gateway.emsp.requests("tariffs"))
    reply = gateway.call("PUT", "/api/v1/tariffs/BAD", {**TARIFF, "id": "BAD", **change})
    assert reply.status in {400, 422}
    assert [where] == [error["where"] for error in reply.body["errors"]]
    assert before == len(gateway.emsp.requests("tariffs"))


def test_a_tariff_reaches_the_emsp_as_it_was_put(gateway: RunningGateway) -> None:
    """The pushed object equals the operator's, with every digit of its prices."""
    place = gateway.new_place(tariff_components(ENERGY="0.4900", TIME="1.2"))
    (pushed,) = [tariff for tariff in gateway.emsp.tariffs if tariff["id"] == place.tariff_id]
    prices = [component["price"] for component in pushed["elements"][0]["price_components"]]
    assert ["0.4900", "1.2"] == [str(price) for price in prices]


@pytest.mark.parametrize(("order", "state"), [("reject", "rejected"), ("http_500", "failed"), ("html", "failed")])
def test_a_tariff_that_could_not_be_pushed_is_told(gateway: RunningGateway, order: str, state: str) -> None:
    """The operator sees what the eMSP said; the tariff is kept all the same."""
    gateway.emsp.misbehave(f"tariffs.PUT:{order}:1")
    answer = gateway.ask("PUT", "/tariffs/EWK-AC-2026", TARIFF)
    assert [state] == [push["state"] for push in answer["pushes"]]
    assert answer["tariff_sha256"] == gateway.ask("PUT", "/tariffs/EWK-AC-2026", TARIFF)["tariff_sha256"]
