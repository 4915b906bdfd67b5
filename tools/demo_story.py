"""What the demo's steps have in common: a session told by its story, the CDR that comes of it, and how it is shown."""

from __future__ import annotations

import json
from base64 import b64encode
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.demo_processes import DemoError, Operator, wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

FIXTURES = Path(__file__).parent.parent / "fixtures"
#: The statuses that every honest signed value must have.
VERIFIED = "verified"

Json = dict[str, Any]


def run_session(operator: Operator, story: Json) -> tuple[Json, list[Json]]:
    """Authorize, start, report every event, close; gives the close's answer and the verdict of each signed value."""
    place = {name: story[name] for name in ("location_id", "evse_uid", "connector_id")}
    request = {"token": read(story["token_file"]), **place, "auth_method": "AUTH_REQUEST"}
    authorized = operator.post("/authorizations", request)
    expect("authorization", "ALLOWED", authorized["allowed"])
    say(f"authorized by the eMSP: {authorized['allowed']}; tariff frozen: {authorized['tariff_sha256'][:12]}")
    session = {"session_id": story["session_id"], "authorization_id": authorized["authorization_id"]}
    operator.post("/sessions", {**session, "start_date_time": story["start_date_time"]})
    verdicts = [verdict for event in story["events"] for verdict in report(operator, story["session_id"], event)]
    wanted = story["expected"].get("statuses", [VERIFIED] * 4)
    expect("verdicts of the signatures", wanted, [verdict["status"] for verdict in verdicts])
    path = f"/sessions/{story['session_id']}/close"
    return operator.post(path, {"end_date_time": story["end_date_time"]}), verdicts


def report(operator: Operator, session_id: str, event: Mapping[str, str]) -> list[Json]:
    """Send one event; gives the verdict of each signed value in it."""
    body: Json = {"type": event["type"], "at": event["at"]}
    if event["type"] == "state":
        operator.post(f"/sessions/{session_id}/events", {**body, "state": event["state"]})
        say(f"{event['at']}  state: {event['state']}")
        return []
    answer = operator.post(f"/sessions/{session_id}/events", {**body, **payload(event)})
    for value in answer["values"]:
        say(f"{event['at']}  signature: {value['status']} {signer(value)}{' '.join(value['problems'])}".rstrip())
    return [{"payload": event["payload_file"], **value} for value in answer["values"]]


def signer(value: Mapping[str, Any]) -> str:
    """Whose signature held, in words: a party's must never look like a meter's."""
    if value["status"] != VERIFIED:
        return ""
    return {"meter": "(the meter's) ", "party": "(a market party's, no meter's) "}.get(value["signer_kind"], "")


def payload(event: Mapping[str, str]) -> Json:
    """What was signed, as an event carries it: as text, or in base64 where not every byte is a character of UTF-8."""
    encoding = event.get("encoding", "plain")
    if encoding == "plain":
        return {"payload": text(event["payload_file"])}
    content = (FIXTURES / event["payload_file"]).read_bytes()
    return {"payload": b64encode(content).decode(), "encoding": encoding}


def follow_cdr(operator: Operator, cdr_id: str, expected: Json) -> Json:
    """Wait for the eMSP's answer and compare the CDR with the hand-reckoned figures."""
    path = f"/cdrs/DE/EWK/{cdr_id}"
    found = wait_until(lambda: operator.get(path), lambda answer: answer["state"] not in {"ready", "submitting"})
    expect("state of the CDR", "accepted", found["state"])
    cdr = found["cdr"]
    check_periods(cdr, expected["charging_periods"])
    for total in ("total_energy", "total_time", "total_parking_time"):
        expect(total, Decimal(expected[total]), cdr[total])
    for cost in ("total_cost", "total_fixed_cost", "total_energy_cost", "total_time_cost", "total_parking_cost"):
        expect(cost, {part: Decimal(amount) for part, amount in expected[cost].items()}, cdr[cost])
    show_costs(found["reconciliation"], cdr)
    return dict(found)


def check_periods(cdr: Json, expected: list[Json]) -> None:
    """Every charging period: its start, its energy, its time."""
    periods = [
        {"start_date_time": one["start_date_time"], **{part["type"]: part["volume"] for part in one["dimensions"]}}
        for one in cdr["charging_periods"]
    ]
    wanted = [
        {name: value if name == "start_date_time" else Decimal(value) for name, value in one.items()}
        for one in expected
    ]
    expect("charging periods", wanted, periods)


def show_costs(reconciliation: Json, cdr: Json) -> None:
    """The charging periods with their costs, line by line, and the totals."""
    for index, period in enumerate(cdr["charging_periods"]):
        volumes = ", ".join(f"{part['type']} {part['volume']}" for part in period["dimensions"])
        say(f"period {index} from {period['start_date_time']}: {volumes}")
        for line in reconciliation["lines"]:
            if line["period"] == index:
                amount = f"{Decimal(line['excl_vat']):f}".rstrip("0").rstrip(".")
                quantity = f"{line['dimension']:<12} {line['billed_quantity']} {line['unit']}"
                say(f"    {quantity} x {line['unit_price']} = {amount}")
    total = cdr["total_cost"]
    say(f"total {total['excl_vat']} {cdr['currency']} excl. VAT, {total['incl_vat']} incl. VAT")
    say(f"reconciliation: {reconciliation['verdict']}; {reconciliation['policy']}")


def cdr_posts(out: Path) -> list[Json]:
    """The lines of the receiver's book about CDRs."""
    lines = (out / "received.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    return [entry for entry in entries if entry["module"] == "cdrs" and entry["method"] == "POST"]


def read(name: str) -> Json:
    """A fixture as JSON."""
    content: Json = json.loads(text(name))
    return content


def text(name: str) -> str:
    """A fixture as text."""
    return (FIXTURES / name).read_text(encoding="utf-8")


def step(number: int, title: str) -> None:
    """Print a step's title."""
    print(f"\n{number}. {title}", flush=True)


def say(line: str) -> None:
    """Print a line of a step."""
    print(f"   {line}", flush=True)


def expect(what: str, wanted: object, got: object) -> None:
    """Go on only if it is as told.

    Raises:
        DemoError: it is not.
    """
    if wanted != got:
        raise DemoError(f"{what}: expected {wanted!r}, got {got!r}")
