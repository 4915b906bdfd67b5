"""The CDR that reaches the eMSP: complete, in whole periods, proven byte for byte, and priced as reckoned by hand."""

from __future__ import annotations

from base64 import b64decode, b64encode
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.gateway import TOKEN, Json, RunningGateway, Session, codes, running_gateway, tariff_components
from tests.support.meter import END, MIDDLE, PARKED, START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.meter import Meter

#: Every field that OCPI 2.2.1 (release-2.2.1-bugfixes) requires: mod_cdrs, CDR object and its classes (cardinality 1
#: or +), and mod_tariffs for the tariff inside. Paths; `*` stands for every member of a list.
REQUIRED = (
    "country_code", "party_id", "id", "start_date_time", "end_date_time", "auth_method", "currency", "total_energy",
    "total_time", "last_updated",
    "cdr_token/country_code", "cdr_token/party_id", "cdr_token/uid", "cdr_token/type", "cdr_token/contract_id",
    "cdr_location/id", "cdr_location/address", "cdr_location/city", "cdr_location/country",
    "cdr_location/coordinates/latitude", "cdr_location/coordinates/longitude", "cdr_location/evse_uid",
    "cdr_location/evse_id", "cdr_location/connector_id", "cdr_location/connector_standard",
    "cdr_location/connector_format", "cdr_location/connector_power_type",
    "charging_periods/*/start_date_time", "charging_periods/*/dimensions/*/type",
    "charging_periods/*/dimensions/*/volume",
    "total_cost/excl_vat",
    "signed_data/encoding_method", "signed_data/signed_values/*/nature", "signed_data/signed_values/*/plain_data",
    "signed_data/signed_values/*/signed_data",
    "tariffs/*/country_code", "tariffs/*/party_id", "tariffs/*/id", "tariffs/*/currency", "tariffs/*/last_updated",
    "tariffs/*/elements/*/price_components/*/type", "tariffs/*/elements/*/price_components/*/price",
    "tariffs/*/elements/*/price_components/*/step_size",
)  # fmt: skip


def found_at(value: Any, path: str) -> list[Any]:
    """Everything at a path of `REQUIRED`; an empty list where a list on the way is empty."""
    head, _, rest = path.partition("/")
    if head == "*":
        return [one for member in value for one in (found_at(member, rest) if rest else [member])]
    return found_at(value[head], rest) if rest else [value[head]]


def periods_of(cdr: Json) -> list[Json]:
    """Charging periods as flat objects: start and the volume of each dimension."""
    return [
        {"at": one["start_date_time"][11:16], **{part["type"]: part["volume"] for part in one["dimensions"]}}
        for one in cdr["charging_periods"]
    ]


def volume(cdr: Json, kind: str) -> Decimal:
    """The sum of one dimension over all periods."""
    return sum((period.get(kind, Decimal(0)) for period in periods_of(cdr)), Decimal(0))


def price(excl_vat: str, incl_vat: str) -> dict[str, Decimal]:
    """A Price."""
    return {"excl_vat": Decimal(excl_vat), "incl_vat": Decimal(incl_vat)}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A connected gateway that the tests of this module share."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        running.connect()
        yield running


@pytest.fixture(scope="module")
def meter(gateway: RunningGateway) -> Meter:
    """The meter of the usual session."""
    return gateway.new_meter()


@pytest.fixture(scope="module")
def session(gateway: RunningGateway, meter: Meter) -> Session:
    """The usual session, billed and delivered."""
    usual = gateway.start(gateway.new_place())
    usual.bring(*meter.usual_records())
    usual.billed()
    return usual


@pytest.fixture(scope="module")
def line(gateway: RunningGateway, session: Session) -> Json:
    """What the eMSP's book has of its CDR."""
    (found,) = gateway.cdr_posts(session)
    return found


@pytest.fixture(scope="module")
def cdr(line: Json) -> Json:
    """The CDR as the eMSP got it."""
    body: Json = line["body"]
    return body


@pytest.mark.parametrize("path", REQUIRED)
def test_every_required_field_is_there(cdr: Json, path: str) -> None:
    """No required field of OCPI 2.2.1 is absent, empty or null, and no list that must have members is empty."""
    found = found_at(cdr, path)
    assert found != []
    assert all(value not in (None, "", [], {}) for value in found)


def test_the_periods_are_as_signed(cdr: Json) -> None:
    """Three periods between signed readings, each with its energy and with either charging or parking time."""
    assert [
        {"at": "09:00", "ENERGY": Decimal("9.750"), "TIME": Decimal("0.75")},
        {"at": "09:45", "ENERGY": Decimal("13.500"), "TIME": Decimal("0.75")},
        {"at": "10:30", "ENERGY": Decimal(0), "PARKING_TIME": Decimal("0.5")},
    ] == periods_of(cdr)


def test_the_sums_of_the_periods_are_the_totals(cdr: Json) -> None:
    """total_energy is all ENERGY; total_time is TIME and PARKING_TIME together; total_parking_time is PARKING_TIME."""
    assert volume(cdr, "ENERGY") == cdr["total_energy"] == Decimal("23.25")
    assert volume(cdr, "PARKING_TIME") == cdr["total_parking_time"] == Decimal("0.5")
    assert volume(cdr, "TIME") + volume(cdr, "PARKING_TIME") == cdr["total_time"] == Decimal(2)


def test_the_costs_are_as_reckoned_by_hand(cdr: Json) -> None:
    """0.50 + 23.25 x 0.49 + 1.5 x 1.20 + 0.5 x 4.80 = 0.50 + 11.3925 + 1.80 + 2.40 = 16.0925; all with 19 % VAT."""
    assert price("0.50", "0.595") == cdr["total_fixed_cost"]
    assert price("11.3925", "13.5571") == cdr["total_energy_cost"]
    assert price("1.80", "2.142") == cdr["total_time_cost"]
    assert price("2.40", "2.856") == cdr["total_parking_cost"]
    assert price("16.0925", "19.1501") == cdr["total_cost"]


def test_the_emsp_recomputes_every_total(line: Json) -> None:
    """The eMSP's own arithmetic, written apart from ours, finds no difference, not even below the cent."""
    assert ("equal", []) == (line["recomputation"]["verdict"], line["recomputation"]["differences"])
    assert [] == line["recomputation"]["faults"]


def test_signed_data_holds_the_very_bytes_that_came_in(cdr: Json, meter: Meter) -> None:
    """Each signed value decodes to the record as it was reported, in the order Start, Intermediates, End."""
    values = cdr["signed_data"]["signed_values"]
    assert ["Start", "Intermediate", "Intermediate", "End"] == [value["nature"] for value in values]
    assert [text.encode() for _, text in meter.usual_records()] == [b64decode(one["signed_data"]) for one in values]
    assert [text.split("|")[1] for _, text in meter.usual_records()] == [one["plain_data"] for one in values]


def test_signed_data_names_the_registered_key(cdr: Json, meter: Meter) -> None:
    """The driver's eMSP can check the records: encoding method and key stand beside them."""
    assert "OCMF" == cdr["signed_data"]["encoding_method"]
    assert meter.key.spki == b64decode(cdr["signed_data"]["public_key"])
    assert meter.serial == cdr["meter_id"]


def test_the_cdr_says_who_where_and_by_what_permission(cdr: Json, session: Session) -> None:
    """Token, place, session and the reference that the eMSP gave at authorization are the session's own."""
    token = {name: TOKEN[name] for name in ("country_code", "party_id", "uid", "type", "contract_id")}
    assert token == cdr["cdr_token"]
    assert (session.session_id, "AUTH_REQUEST") == (cdr["session_id"], cdr["auth_method"])
    assert cdr["authorization_reference"] in session.gateway.emsp.state.authorizations
    assert ("DE", "EWK", START, END) == (
        cdr["country_code"], cdr["party_id"], cdr["start_date_time"], cdr["end_date_time"],
    )  # fmt: skip


def test_the_operator_sees_the_whole_story(gateway: RunningGateway, cdr: Json) -> None:
    """GET of the CDR: state, body as sent, reconciliation, verdicts, the delivery with its Location."""
    shown = gateway.cdr(cdr["id"])
    assert ("accepted", cdr) == (shown["state"], shown["cdr"])
    assert "ok" == shown["reconciliation"]["verdict"]
    assert {"verified"} == {verdict["status"] for verdict in shown["verdicts"]}
    assert 4 == len({verdict["payload_id"] for verdict in shown["verdicts"]})
    (delivery,) = shown["deliveries"]
    assert ("accepted", 1) == (delivery["state"], len(delivery["attempts"]))
    assert (201, 1000) == (delivery["attempts"][0]["http_status"], delivery["attempts"][0]["status_code"])
    assert delivery["location"] == f"{gateway.emsp.state.url('cdr')}/{cdr['id']}"


def test_parking_after_the_signed_end_is_a_period_without_energy(gateway: RunningGateway) -> None:
    """The car stays half an hour after the signed end: one more period, no energy, parking to the session's end.

    Nobody signed this time, so only a tariff that does not price time bills such a session: 0.50 + 11.3925 = 11.8925.
    """
    stays = gateway.start(gateway.new_place(tariff_components(FLAT="0.50", ENERGY="0.49")))
    stays.bring(*gateway.new_meter().usual_records())
    cdr = stays.billed("2026-01-15T11:30:00Z")
    assert {"at": "11:00", "ENERGY": Decimal(0), "PARKING_TIME": Decimal("0.5")} == periods_of(cdr)[-1]
    assert (Decimal("2.5"), Decimal(1)) == (cdr["total_time"], cdr["total_parking_time"])
    assert Decimal("11.8925") == cdr["total_cost"]["excl_vat"]


def test_a_state_change_between_readings_cuts_the_time_and_not_the_energy(gateway: RunningGateway) -> None:
    """Parking from 10:00 on, without a signed reading there: the energy stays whole where it was charged.

    By hand: 1 h x 1.20, 1 h x 4.80; 0.50 + 11.3925 + 1.20 + 4.80 = 17.8925.
    """
    cut = gateway.usual_session()
    cut.state("2026-01-15T10:00:00Z", "SuspendedEV")
    closed = cut.close()
    assert ["ENERGY_NOT_MEASURED_AT_STATE_CHANGE"] == codes(closed, "warning")
    gateway.deliver_all()
    (line,) = gateway.cdr_posts(cut)
    assert [
        {"at": "09:00", "ENERGY": Decimal("9.75"), "TIME": Decimal("0.75")},
        {"at": "09:45", "ENERGY": Decimal("13.5"), "TIME": Decimal("0.25")},
        {"at": "10:00", "ENERGY": Decimal(0), "PARKING_TIME": Decimal("0.5")},
        {"at": "10:30", "ENERGY": Decimal(0), "PARKING_TIME": Decimal("0.5")},
    ] == periods_of(line["body"])
    assert Decimal("17.8925") == line["body"]["total_cost"]["excl_vat"]


def test_two_records_are_enough(gateway: RunningGateway) -> None:
    """Begin and end alone: one period, all of it charging. By hand: 0.50 + 11.3925 + 2 x 1.20 = 14.2925."""
    meter = gateway.new_meter()
    short = gateway.start(gateway.new_place())
    short.value(START, meter.sign("B", "1000.500", START, 1))
    short.value(END, meter.sign("E", "1023.750", END, 2))
    cdr = short.billed()
    assert [{"at": "09:00", "ENERGY": Decimal("23.25"), "TIME": Decimal(2)}] == periods_of(cdr)
    assert Decimal("14.2925") == cdr["total_cost"]["excl_vat"]


def test_one_record_may_hold_the_whole_session(gateway: RunningGateway) -> None:
    """Begin, intermediate and end in one record go out once, as End."""
    meter = gateway.new_meter()
    rows: list[tuple[str | None, str, str]] = [
        ("B", "1000.500", START), ("C", "1010.250", MIDDLE), ("E", "1023.750", END),
    ]  # fmt: skip
    whole = gateway.start(gateway.new_place())
    text = meter.sign_many(rows, 1)
    whole.value(END, text)
    cdr = whole.billed()
    (value,) = cdr["signed_data"]["signed_values"]
    assert ("End", text.encode()) == (value["nature"], b64decode(value["signed_data"]))
    assert [Decimal("9.75"), Decimal("13.5")] == [period["ENERGY"] for period in periods_of(cdr)]


def test_a_step_is_billed_once_a_session(gateway: RunningGateway) -> None:
    """23.25 kWh in steps of 1 kWh are billed as 24: 24 x 0.49 = 11.76, and the measured energy stays as it was."""
    components = tariff_components(ENERGY="0.49")
    components[0]["step_size"] = 1000
    meter = gateway.new_meter()
    stepped = gateway.start(gateway.new_place(components))
    stepped.bring(*meter.usual_records())
    cdr = stepped.billed()
    assert Decimal("23.25") == cdr["total_energy"]
    assert price("11.76", "13.9944") == cdr["total_cost"]


@pytest.mark.parametrize("encoding", ["plain", "hex", "base64"])
def test_an_encoding_on_the_way_changes_nothing(gateway: RunningGateway, encoding: str) -> None:
    """Payloads may come as text, hex or base64; what is verified and sent on are the bytes behind it."""
    meter = gateway.new_meter()
    encoded = gateway.start(gateway.new_place())
    for at, text in meter.usual_records():
        spellings = {"plain": text, "hex": text.encode().hex(), "base64": b64encode(text.encode()).decode()}
        encoded.value(at, spellings[encoding], encoding=encoding)
    values = encoded.billed()["signed_data"]["signed_values"]
    assert [text.encode() for _, text in meter.usual_records()] == [b64decode(one["signed_data"]) for one in values]


def test_a_partner_with_odd_paths_gets_everything(tmp_path: Path) -> None:
    """Every URL comes from the partner's version details: nothing is built from a pattern."""
    with running_gateway(tmp_path, odd=True) as gateway:
        gateway.connect()
        usual = gateway.usual_session()
        cdr = usual.billed()
        assert "accepted" == gateway.cdr(cdr["id"])["state"]
        assert [usual.session_id] == [stored["session_id"] for stored in gateway.emsp.cdrs]
        assert [tariff["id"] for tariff in gateway.emsp.tariffs] == [tariff["id"] for tariff in cdr["tariffs"]]
        assert [] == gateway.emsp.requests("none")


def test_the_end_may_be_reported_in_the_meters_own_order(gateway: RunningGateway) -> None:
    """Events that come in any order give the same CDR: the meter's own count decides."""
    meter = gateway.new_meter()
    shuffled = gateway.start(gateway.new_place())
    first, second, third, last = meter.usual_records()
    shuffled.bring(last, second, first, third)
    cdr = shuffled.billed()
    assert ["09:00", "09:45", "10:30"] == [period["at"] for period in periods_of(cdr)]
    assert Decimal("16.0925") == cdr["total_cost"]["excl_vat"]


def test_more_than_four_decimals_are_rounded_and_told(gateway: RunningGateway) -> None:
    """A meter that signs micro-watt-hours: OCPI carries 4 decimals, the finding says that they were rounded."""
    meter = gateway.new_meter()
    fine = gateway.start(gateway.new_place())
    fine.value(START, meter.sign("B", "1000.50004", START, 1))
    fine.value(PARKED, meter.sign("C", "1010.25009", PARKED, 2))
    fine.value(END, meter.sign("E", "1023.75000", END, 3))
    closed = fine.close()
    assert "ready" == closed["state"]
    assert "ENERGY_ROUNDED_FOR_OCPI" in codes(closed, "info") + codes(closed, "warning")
    gateway.deliver_all()
    (line,) = gateway.cdr_posts(fine)
    assert volume(line["body"], "ENERGY") == line["body"]["total_energy"]
    assert [] == line["recomputation"]["differences"]
