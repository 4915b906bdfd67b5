"""`make demo`: signed charging sessions become accepted CDRs; a tampered one does not, and a market party's is held.

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
from pathlib import Path

from tools.demo_processes import DATA, DemoError, Operator, demo_processes
from tools.demo_story import FIXTURES, Json, cdr_posts, expect, follow_cdr, read, run_session, say, step, text

EMSP = {"name": "simulated-emsp", "role": "EMSP", "country_code": "NL", "party_id": "EMS"}
#: What a demo leaves behind; `MARKER` tells that the directory is a demo's.
MARKER = "emsp.log"
OWN_FILES = (MARKER, "gateway.log", "received.jsonl", "verdicts.json")
#: A story, the answer to its close, and the verdict of each of its signed values.
Told = tuple[Json, Json, list[Json]]


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
    show_receipt(out, cdr, number=1)
    step(6, "A tampered session: one digit changed after signing")
    refused, tampered_verdicts = run_session(operator, tampered)
    check_no_cdr(out, refused)
    told = [(story, closed, verdicts), (tampered, refused, tampered_verdicts)]
    write_verdicts(out, [*told, tell_of_meter(operator, out), tell_of_party(operator, out)])


def tell_of_meter(operator: Operator, out: Path) -> Told:
    """A load profile in MSCONS, signed by the meter: one charging period for each interval."""
    story = read("demo/story_mscons.json")
    step(7, "A session proven by a signed MSCONS (EDIFACT): the meter's certificate is registered")
    prepare(operator, story)
    closed, verdicts = run_session(operator, story)
    expect("state of the session", "ready", closed["state"])
    show_receipt(out, follow_cdr(operator, closed["cdr_id"], story["expected"]), number=2)
    return story, closed, verdicts


def tell_of_party(operator: Operator, out: Path) -> Told:
    """The same meter's next session in S/MIME, signed by a market party: authentic, and no meter's word."""
    story = read("demo/story_party.json")
    step(8, "The next session comes signed by a market party (S/MIME): it proves an origin, not a measurement")
    register_key(operator, story)
    closed, verdicts = run_session(operator, story)
    expect("state of the CDR", "held", closed["state"])
    errors = [finding for finding in closed["findings"] if finding["severity"] == "error"]
    expect("reasons", [story["expected"]["finding"]], [finding["code"] for finding in errors])
    say(f"held: {errors[0]['code']}: {errors[0]['message']}")
    expect("deliveries of the held CDR", [], operator.get(f"/cdrs/DE/EWK/{closed['cdr_id']}")["deliveries"])
    expect("CDRs that reached the eMSP", 2, len(cdr_posts(out)))
    say("no CDR left the gateway; a person decides")
    return story, closed, verdicts


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
    register_key(operator, story)
    tariff = operator.put_file(f"/tariffs/{read(story['tariff_file'])['id']}", FIXTURES / story["tariff_file"])
    for push in tariff["pushes"]:
        expect("push of the tariff", "accepted", push["state"])
        named = f"tariff {tariff['tariff_id']} (sha256 {tariff['tariff_sha256'][:12]})"
        say(f"{named}: {push['counterparty']} {push['state']}")
    expect("number of tariff pushes", 1, len(tariff["pushes"]))
    operator.put_file(f"/locations/{story['location_id']}", FIXTURES / story["location_file"])


def register_key(operator: Operator, story: Json) -> None:
    """The key of the meter, or of a party that signs its values."""
    meter = story["meter"]
    key = {
        "public_key": text(meter["public_key_file"]),
        "source": "nameplate",
        "evse_uid": story["evse_uid"],
        "time_tariff": meter["time_tariff"],
        "signer_kind": meter.get("signer_kind", "meter"),
    }
    registered = operator.put(f"/meters/{meter['serial']}/keys/{meter['key_name']}", key)
    holder = "" if registered["signer_kind"] == "meter" else ", the key of a market party"
    say(f"meter {meter['serial']}: {registered['fingerprint']}{holder}")


def show_receipt(out: Path, found: Json, *, number: int) -> None:
    """The eMSP's answer to the CDR of this number, its Location, and its own recomputation."""
    delivery = found["deliveries"][0]
    attempt = delivery["attempts"][-1]
    say(f"HTTP {attempt['http_status']}, OCPI status_code {attempt['status_code']}")
    say(f"Location: {delivery['location']}")
    posts = cdr_posts(out)
    expect("CDRs that reached the eMSP", number, len(posts))
    expect("recomputation by the eMSP", [], posts[-1]["recomputation"]["differences"])
    say("the eMSP checked the signatures itself and recomputed every total from the periods and the tariff: equal")


def check_no_cdr(out: Path, refused: Json) -> None:
    """No CDR, and the reasons."""
    expect("CDR of the tampered session", None, refused["cdr_id"])
    expect("state of the tampered session", "not_billable", refused["state"])
    for finding in refused["findings"]:
        say(f"{finding['severity']}: {finding['code']}: {finding['message']}")
    expect("CDRs that reached the eMSP after all", 1, len(cdr_posts(out)))
    say("no CDR left the gateway")


def write_verdicts(out: Path, sessions: list[Told]) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
