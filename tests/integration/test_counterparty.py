"""The simulated eMSP prices exactly, and takes a CDR only when everything in it holds."""

from __future__ import annotations

import ast
import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import counterparty
from tests.support.counterparty import TARIFF, call, register, valid_cdr
from tools.counterparty import KNOWN_UID, UNKNOWN_UID, DuplicatePolicy, running_counterparty
from tools.counterparty.recompute import recompute, rounded, show, whole_seconds
from tools.counterparty.validation import judge_cdr
from tools.counterparty.wire import parse_json, write_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.counterparty import Counterparty

emsp, odd_emsp = counterparty.emsp, counterparty.odd_emsp

ROOT = Path(__file__).parents[2]
Json = dict[str, Any]


def exact(value: Json) -> Json:
    """The value as the eMSP reads it from the wire: decimals, not binary fractions."""
    read: Json = parse_json(write_json(value).encode())
    return read


def component(kind: str, price: float, step_size: int = 1, vat: float | None = None) -> Json:
    return {"type": kind, "price": price, "step_size": step_size} | ({} if vat is None else {"vat": vat})


def session(components: list[Json], *periods: dict[str, float]) -> Json:
    """The parts of a CDR that are priced; a period is given as its dimensions."""
    return exact(
        {
            "tariffs": [{"id": "T", "elements": [{"price_components": [one]} for one in components]}],
            "charging_periods": [
                {
                    "start_date_time": f"2026-01-15T{index:02}:00:00Z",
                    "tariff_id": "t",
                    "dimensions": [{"type": kind, "volume": volume} for kind, volume in period.items()],
                }
                for index, period in enumerate(periods)
            ],
        }
    )


ENERGY, FEE = component("ENERGY", 0.25, 1, 10), component("FLAT", 0.5, 1, 20)
#: Worked by hand after tariffs.md 1b. Name: (components, periods, without VAT, with VAT).
PRICED: dict[str, tuple[list[Json], list[dict[str, float]], str, str]] = {
    "E1 20 kWh at 0.25": ([ENERGY], [{"ENERGY": 20}], "5", "5.5"),
    "E2 a start fee of 0.50 counts once": ([FEE, ENERGY], [{"ENERGY": 12}, {"ENERGY": 8}], "5.5", "6.1"),
    "40 min parking at 2/h, blocks of 900 s, are 45": (
        [component("PARKING_TIME", 2, 900)],
        [{"PARKING_TIME": 0.6667}],
        "1.5",
        "1.5",
    ),
    "E4 20 kWh, fee, 40 -> 45 min parking": (
        [FEE, ENERGY, component("PARKING_TIME", 2, 900, 20)],
        [{"ENERGY": 20}, {"PARKING_TIME": 0.6667}],
        "7",
        "7.9",
    ),
    "E7 150 min at 3, 42 -> 45 min parking at 5": (
        [component("TIME", 3, 60, 10), component("PARKING_TIME", 5, 300, 20)],
        [{"TIME": 2.5}, {"PARKING_TIME": 0.7}],
        "11.25",
        "12.75",
    ),
    "E8 2.5 h at 1.90, 5.2 % VAT": ([component("TIME", 1.9, 1, 5.2)], [{"TIME": 2.5}], "4.75", "4.997"),
    "E9 20.45 -> 20.5 kWh and a fee": (
        [FEE, component("ENERGY", 0.25, 100, 10)],
        [{"ENERGY": 20.45}],
        "5.625",
        "6.2375",
    ),
    "E11 free of charge": ([component("FLAT", 0, 0)], [{"ENERGY": 20}], "0", "0"),
    "E17 115.2 -> 125 Wh": ([component("ENERGY", 0.25, 25)], [{"ENERGY": 0.1152}], "0.03125", "0.03125"),
    "E18 115.2 -> 500 Wh": ([component("ENERGY", 0.25, 500)], [{"ENERGY": 0.1152}], "0.125", "0.125"),
    "C1 21 min charging stay 21, 7 -> 10 min parking": (
        [component("TIME", 1.2, 300), component("PARKING_TIME", 2.4, 300)],
        [{"TIME": 0.35}, {"PARKING_TIME": 0.1167}],
        "0.82",
        "0.82",
    ),
    "C5 1.973 h -> 2 h at 2": ([component("TIME", 2, 300, 10)], [{"TIME": 1.973}], "4", "4.4"),
    "step_size counts once a session: 4.3 + 1.1 -> 5.5 kWh": (
        [component("ENERGY", 0.2, 500)],
        [{"ENERGY": 4.3}, {"ENERGY": 1.1}],
        "1.1",
        "1.1",
    ),
    "free parking leaves the charging time to be rounded: 21 -> 25 min": (
        [component("TIME", 1.2, 300)],
        [{"TIME": 0.35}, {"PARKING_TIME": 0.1167}],
        "0.5",
        "0.5",
    ),
    "0.1667 h are 10 min, not one block of 5 min more": ([component("TIME", 6, 300)], [{"TIME": 0.1667}], "1", "1"),
    "only the first component of a dimension prices": (
        [ENERGY, component("ENERGY", 9)],
        [{"ENERGY": 20}],
        "5",
        "5.5",
    ),
}


@pytest.mark.parametrize("name", PRICED)
def test_the_emsp_prices_the_worked_examples(name: str) -> None:
    """Totals with and without VAT are exactly the hand-computed ones."""
    components, periods, excl, incl = PRICED[name]
    without, with_vat = recompute(session(components, *periods)).totals["total_cost"]
    assert (excl, incl) == (show(without), show(with_vat))


@given(seconds=st.integers(min_value=0, max_value=10_000_000))
def test_four_decimals_of_an_hour_recover_every_second(seconds: int) -> None:
    """Hours rounded to 4 decimals are snapped back to the second they were made of."""
    hours = parse_json(show(rounded(Fraction(seconds, 3600), 4)).encode())
    assert seconds == whole_seconds(hours)


@pytest.mark.parametrize(
    ("claimed", "differs"), [("16.875", []), ("16.88", [True]), ("16.8751", [True]), ("16", [False])]
)
def test_a_total_is_compared_to_the_fourth_decimal(claimed: str, differs: list[bool]) -> None:
    """A claim off by 0.0001 is a difference, and whether it still agrees to the cent is told apart."""
    cdr = exact(valid_cdr())
    cdr["total_cost"]["excl_vat"] = parse_json(claimed.encode())
    assert differs == [one.to_the_cent for one in recompute(cdr).differences]


def test_a_credit_cdr_negates_total_cost_only() -> None:
    """A credit CDR whose total_cost is negative and whose part costs are not is priced as equal."""
    cdr = exact(valid_cdr()) | {"credit": True, "credit_reference_id": "CDR-1", "id": "CDR-1-C"}
    cdr["total_cost"] = {name: -amount for name, amount in cdr["total_cost"].items()}
    assert () == judge_cdr(cdr).faults


def change(*path: str | int, to: Any) -> Callable[[Json], None]:
    """A change of one value; `to` is None to leave the field out."""

    def apply(cdr: Json) -> None:
        place: Any = cdr
        for step in path[:-1]:
            place = place[step]
        if to is None:
            del place[path[-1]]
        else:
            place[path[-1]] = to

    return apply


VALUE, PERIOD = ("signed_data", "signed_values", 0), ("charging_periods", 1)
FAULTY: dict[str, list[Callable[[Json], None]]] = {
    "FIELD_MISSING": [
        change(name, to=None)
        for name in ("id", "cdr_token", "cdr_location", "total_energy", "total_time", "last_updated")
    ],
    "FIELD_TOO_LONG": [change("id", to="x" * 37), change(*VALUE, "plain_data", to="x" * 5001)],
    "FIELD_INVALID": [
        change("auth_method", to="CASH"),
        change("currency", to="EURO"),
        change("start_date_time", to="2026-01-15T10:00:00+01:00"),
        change("total_energy", to="20.45"),
        change("cdr_location", "coordinates", "latitude", to=50.9795),
    ],
    "COUNTRY_NOT_ASSIGNED": [
        *(change("country_code", to=code) for code in ("EU", "UK", "XX", "XK", "DEU", 7)),
        change("cdr_location", "country", to="DE"),
    ],
    "NUMBER_TOO_PRECISE": [change("total_energy", to=20.45001)],
    "TOO_FEW": [change("charging_periods", to=[]), change(*PERIOD, "dimensions", to=[])],
    "END_BEFORE_START": [change("end_date_time", to="2026-01-15T08:59:59Z")],
    "PERIODS_UNORDERED": [change(*PERIOD, "start_date_time", to="2026-01-15T09:00:00Z")],
    "PERIOD_OUTSIDE_SESSION": [change("start_date_time", to="2026-01-15T09:00:01Z")],
    "PERIOD_TIME_EXCEEDS_LENGTH": [change("charging_periods", 0, "dimensions", 1, "volume", to=2.5003)],
    "DIMENSION_SESSION_ONLY": [change(*PERIOD, "dimensions", 0, "type", to="ENERGY_IMPORT")],
    "DIMENSION_REPEATED": [change(*PERIOD, "dimensions", 0, "type", to="PARKING_TIME")],
    "VOLUME_NEGATIVE": [change(*PERIOD, "dimensions", 0, "volume", to=-1)],
    "ENERGY_SUM": [change(*PERIOD, "dimensions", 0, "volume", to=0.0001)],
    "TIME_SUM": [change("total_time", to=3.2001), change("end_date_time", to="2026-01-15T12:13:00Z")],
    "PARKING_SUM": [change("total_parking_time", to=None), change("total_parking_time", to=0.7001)],
    "CURRENCY_MISMATCH": [change("currency", to="CHF")],
    "UNPRICEABLE": [
        change(*PERIOD, "tariff_id", to="T2"),
        change(*PERIOD, "tariff_id", to=None),
        change("tariffs", to=None),
        change("tariffs", 0, "max_price", to={"excl_vat": 10}),
        change("tariffs", 0, "elements", 0, "restrictions", to={"min_kwh": 1}),
    ],
    "TOTAL_DIFFERS": [
        change("total_cost", "incl_vat", to=18.99),
        change("total_parking_cost", "excl_vat", to=3.5),
        change("total_reservation_cost", to={"excl_vat": 1}),
    ],
    "CREDIT_REFERENCE_MISSING": [change("credit", to=True)],
    "SIGNED_DATA_MISSING": [change("signed_data", to=None)],
    "SIGNED_DATA_UNREADABLE": [change(*VALUE, "signed_data", to="T0NNRnx7"), change(*VALUE, "signed_data", to="e30=")],
    "PLAIN_DATA_DIFFERS": [change(*VALUE, "plain_data", to="{}")],
    "KEY_UNUSABLE": [change("signed_data", "public_key", to=None), change("signed_data", "public_key", to="AAAA")],
    "SIGNATURE_MISMATCH": [change("signed_data", "public_key", to=valid_cdr()["signed_data"]["public_key"])],
    "SIGNED_ENERGY_DIFFERS": [change("total_energy", to=20.55)],
}


@pytest.mark.parametrize(
    ("code", "place"), [(code, place) for code, changes in FAULTY.items() for place in range(len(changes))]
)
def test_a_faulty_cdr_is_refused_with_its_code(code: str, place: int) -> None:
    """One wrong value in a CDR that is otherwise right is named by its code."""
    cdr = valid_cdr() | {"tariffs": json.loads(json.dumps([TARIFF]))}
    FAULTY[code][place](cdr)
    assert code in [str(fault.code) for fault in judge_cdr(exact(cdr)).faults]


def test_a_cdr_that_holds_is_stored_and_can_be_read_again(odd_emsp: Counterparty) -> None:
    """On odd paths: authorize, PUT the tariff, POST the CDR; 201, a Location that answers, and `equal` in the book."""
    token, urls = register(odd_emsp)
    allowed = call("POST", f"{urls['tokens']}/{KNOWN_UID}/authorize?type=RFID", token, {"location_id": "L1"})
    tariff = call("PUT", f"{urls['tariffs']}DE/ABC/T1", token, TARIFF)
    cdr = valid_cdr(allowed.body["data"]["authorization_reference"])
    reply = call("POST", urls["cdrs"], token, cdr)
    assert ("ALLOWED", 201, 201, 1000) == (
        allowed.body["data"]["allowed"],
        tariff.status,
        reply.status,
        reply.body["status_code"],
    )
    assert exact(cdr) == exact(call("GET", reply.headers["location"], token).body["data"])
    assert "equal" == odd_emsp.requests("cdrs")[0]["recomputation"]["verdict"]
    assert "CDR-1" not in reply.headers["location"]
    for guess in ("/ocpi/versions", "/ocpi/2.2.1/cdrs", "/ocpi/emsp/2.2.1/cdrs"):
        assert call("GET", odd_emsp.base_url + guess, token).status == 404


def test_a_refused_cdr_is_http_200_and_2001_and_not_stored(emsp: Counterparty) -> None:
    """A wrong total is refused in OCPI's way, says which total, and leaves nothing behind."""
    token, urls = register(emsp)
    reply = call("POST", urls["cdrs"], token, valid_cdr() | {"total_cost": {"excl_vat": 12.28}})
    assert (200, 2001, []) == (reply.status, reply.body["status_code"], emsp.cdrs)
    assert "TOTAL_DIFFERS at /total_cost/excl_vat: 12.28 claimed, 16.875 computed" in reply.body["status_message"]
    assert "mismatch" == emsp.received[-1]["recomputation"]["verdict"]


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"cdr_token": {**valid_cdr()["cdr_token"], "uid": UNKNOWN_UID}}, 200, "TOKEN_UNKNOWN"),
        ({"cdr_token": {**valid_cdr()["cdr_token"], "contract_id": "DE-EMP-C0"}}, 200, "TOKEN_UNKNOWN"),
        ({"authorization_reference": "never-given"}, 200, "AUTHORIZATION_UNKNOWN"),
        ({"auth_method": "AUTH_REQUEST"}, 200, "AUTHORIZATION_UNKNOWN"),
        ({"party_id": "XYZ"}, 404, "unknown party"),
    ],
)
def test_a_cdr_of_foreign_things_is_refused(emsp: Counterparty, changed: Json, status: int, said: str) -> None:
    """Cards, contracts, authorizations and parties the eMSP does not know are refused."""
    token, urls = register(emsp)
    reply = call("POST", urls["cdrs"], token, valid_cdr() | changed)
    assert (status, True, []) == (reply.status, said in reply.body["status_message"], emsp.cdrs)


@pytest.mark.parametrize(
    ("policy", "other_body", "status", "code", "stored"),
    [
        (DuplicatePolicy.ACCEPT_EQUAL, False, 200, 1000, 1),
        (DuplicatePolicy.ACCEPT_EQUAL, True, 200, 2001, 1),
        (DuplicatePolicy.REJECT, False, 200, 2001, 1),
        (DuplicatePolicy.STORE_AGAIN, False, 201, 1000, 2),
    ],
)
def test_a_cdr_sent_twice_follows_the_policy(
    tmp_path: Path,
    policy: DuplicatePolicy,
    *,
    other_body: bool,
    status: int,
    code: int,
    stored: int,
) -> None:
    """The second POST of an id is answered as configured, and `cdrs` shows what was billed."""
    with running_counterparty(out=tmp_path, duplicates=policy) as emsp:
        token, urls = register(emsp)
        first = valid_cdr()
        call("POST", urls["cdrs"], token, first)
        reply = call("POST", urls["cdrs"], token, {**first, "id": "cdr-1"} if other_body else first)
        assert (status, code, stored) == (reply.status, reply.body["status_code"], len(emsp.cdrs))


def test_the_emsp_is_written_apart_from_the_product() -> None:
    """No file of the simulator imports `cdr_service` or `meter_sign`."""
    trees = [ast.parse(path.read_text()) for path in (ROOT / "tools" / "counterparty").glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imported = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert "tools.counterparty.wire" in imported
    assert set() == {name for name in imported if name.split(".")[0] in {"cdr_service", "meter_sign"}}
