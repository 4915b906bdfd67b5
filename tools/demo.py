"""`make demo`: one signed charging session becomes an accepted CDR, and a tampered one does not.

Two processes on loopback: the gateway on its embedded database, and the simulated eMSP. Everything goes over HTTP. Each
step prints what happened and is checked against the story in `fixtures/demo`, whose figures were reckoned by hand; the
first step that is not as told ends the demo with a status other than 0.

Leaves behind in $DEMO_OUT (default build/demo): `received.jsonl`, the receiver's book, and `verdicts.json`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from argparse import ArgumentParser
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.demo_processes import DATA, DemoError, Operator, demo_processes, wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

FIXTURES = Path(__file__).parent.parent / "fixtures"
EMSP = {"name": "simulated-emsp", "role": "EMSP", "country_code": "NL", "party_id": "EMS"}
#: What a demo leaves behind; `MARKER` tells that the directory is a demo's.
MARKER = "emsp.log"
OWN_FILES = (MARKER, "gateway.log", "received.jsonl", "verdicts.json")
#: The statuses that every honest signed value must have.
VERIFIED = "verified"

Json = dict[str, Any]


def main() -> int:
    """Run the story and return the exit status."""
    parser = ArgumentParser(description="The demo of eichwerk.")
    parser.add_argument("--keep", action="store_true", help="leave the gateway running at the end")
    keep = parser.parse_args().keep
    out = Path(os.environ.get("DEMO_OUT", "build/demo"))
    try:
        make_room(out)
        with demo_processes(out) as (operator, emsp):
            tell(operator, emsp, out)
            print("\nEverything happened as told.")
            if keep:
                keep_running(operator)
    except DemoError as error:
        print(f"\nNOT AS TOLD: {error}", file=sys.stderr)
        return 1
    return 0


def make_room(out: Path) -> None:
    """Take away what an earlier demo left, and nothing else.

    Raises:
        DemoError: the directory holds something, and no demo made it.
    """
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()) and not (out / MARKER).exists():
        raise DemoError(f"{out} is not empty and was not made by the demo: choose another DEMO_OUT")
    for name in OWN_FILES:
        (out / name).unlink(missing_ok=True)
    shutil.rmtree(out / DATA, ignore_errors=True)


def tell(operator: Operator, emsp: Json, out: Path) -> None:
    """The story, step by step."""
    story, tampered = read("demo/story.json"), read("demo/story_tampered.json")
    step(1, "The operator invites the eMSP; credentials handshake over HTTP (OCPI 2.2.1)")
    handshake(operator, emsp)
    step(2, "The operator registers the meter's key and publishes location and tariff; the tariff is pushed (PUT)")
    prepare(operator, story)
    step(3, "A session with four signed OCMF records: authorize, start, events, close")
    closed, verdicts = run_session(operator, story)
    expect("state of the session", "ready", closed["state"])
    step(4, "The CDR was reconciled and queued; the worker pushes it")
    cdr = follow_cdr(operator, closed["cdr_id"], story["expected"])
    step(5, "What the eMSP says")
    show_receipt(out, cdr)
    step(6, "A tampered session: one digit changed after signing")
    refused, tampered_verdicts = run_session(operator, tampered)
    check_no_cdr(out, refused)
    write_verdicts(out, [(story, closed, verdicts), (tampered, refused, tampered_verdicts)])


def handshake(operator: Operator, emsp: Json) -> None:
    """Invite and register."""
    invitation = {**EMSP, "versions_url": emsp["versions_url"], "token": emsp["token"]}
    invited = operator.post("/counterparties", invitation)
    say(f"invited: {invited['name']} is {invited['state']}")
    registered = operator.post(f"/counterparties/{EMSP['name']}/handshake", {})
    expect("state of the counterparty", "registered", registered["state"])
    say(f"handshake: {registered['name']} is {registered['state']}")


def prepare(operator: Operator, story: Json) -> None:
    """Meter key, tariff, location."""
    meter = story["meter"]
    key = {
        "public_key": text(meter["public_key_file"]),
        "source": "nameplate",
        "evse_uid": story["evse_uid"],
        "time_tariff": meter["time_tariff"],
    }
    registered = operator.put(f"/meters/{meter['serial']}/keys/{meter['key_name']}", key)
    say(f"meter {meter['serial']}: {registered['fingerprint']}")
    tariff = operator.put_file(f"/tariffs/{read(story['tariff_file'])['id']}", FIXTURES / story["tariff_file"])
    for push in tariff["pushes"]:
        expect("push of the tariff", "accepted", push["state"])
        named = f"tariff {tariff['tariff_id']} (sha256 {tariff['tariff_sha256'][:12]})"
        say(f"{named}: {push['counterparty']} {push['state']}")
    expect("number of tariff pushes", 1, len(tariff["pushes"]))
    operator.put_file(f"/locations/{story['location_id']}", FIXTURES / story["location_file"])


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
    answer = operator.post(f"/sessions/{session_id}/events", {**body, "payload": text(event["payload_file"])})
    for value in answer["values"]:
        say(f"{event['at']}  signature: {value['status']} {' '.join(value['problems'])}".rstrip())
    return [{"payload": event["payload_file"], **value} for value in answer["values"]]


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


def show_receipt(out: Path, found: Json) -> None:
    """The eMSP's answer, its Location, and its own recomputation."""
    delivery = found["deliveries"][0]
    attempt = delivery["attempts"][-1]
    say(f"HTTP {attempt['http_status']}, OCPI status_code {attempt['status_code']}")
    say(f"Location: {delivery['location']}")
    posts = cdr_posts(out)
    expect("CDRs that reached the eMSP", 1, len(posts))
    expect("recomputation by the eMSP", [], posts[0]["recomputation"]["differences"])
    say("the eMSP recomputed every total from the periods and the tariff: equal")


def check_no_cdr(out: Path, refused: Json) -> None:
    """No CDR, and the reasons."""
    expect("CDR of the tampered session", None, refused["cdr_id"])
    expect("state of the tampered session", "not_billable", refused["state"])
    for finding in refused["findings"]:
        say(f"{finding['severity']}: {finding['code']}: {finding['message']}")
    expect("CDRs that reached the eMSP after all", 1, len(cdr_posts(out)))
    say("no CDR left the gateway")


def cdr_posts(out: Path) -> list[Json]:
    """The lines of the receiver's book about CDRs."""
    lines = (out / "received.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    return [entry for entry in entries if entry["module"] == "cdrs" and entry["method"] == "POST"]


def write_verdicts(out: Path, sessions: list[tuple[Json, Json, list[Json]]]) -> None:
    """What was said of every signed value, so that anyone can recount."""
    verdicts = [
        {
            "session_id": story["session_id"],
            "state": closed["state"],
            "cdr_id": closed["cdr_id"],
            "values": values,
            "findings": closed["findings"],
        }
        for story, closed, values in sessions
    ]
    (out / "verdicts.json").write_text(json.dumps(verdicts, indent=2) + "\n", encoding="utf-8")


def keep_running(operator: Operator) -> None:
    """Leave the gateway running until Ctrl-C."""
    print(
        f"\nThe gateway keeps running at {operator.base_url} (API key {operator.api_key}); Ctrl-C ends it.", flush=True
    )
    try:
        operator.wait()
    except KeyboardInterrupt:
        print()


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


if __name__ == "__main__":
    sys.exit(main())
