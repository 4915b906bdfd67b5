"""`python -m tools.counterparty --port 0 --out DIR`: the simulated eMSP as a process of its own.

Prints one JSON line when it is ready: `versions_url`, `base_url`, `control_url`, `received`, and `token` when it was
made here. Ends with status 0 on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from threading import Event

from tools.counterparty.emsp import running_counterparty
from tools.counterparty.misbehaviour import MISBEHAVIOURS, parse_order
from tools.counterparty.state import DuplicatePolicy


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to end."""
    chosen = _parser().parse_args(arguments)
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    with running_counterparty(
        out=chosen.out,
        port=chosen.port,
        token=chosen.token,
        odd=chosen.paths == "odd",
        duplicates=DuplicatePolicy(chosen.duplicates),
        misbehave=chosen.misbehave,
    ) as emsp:
        ready = {
            "versions_url": emsp.versions_url,
            "base_url": emsp.base_url,
            "control_url": emsp.control_url,
            "received": str(emsp.received_path),
        }
        print(json.dumps(ready if chosen.token else {**ready, "token": emsp.token_a}), flush=True)
        ended.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.counterparty", description="A simulated OCPI 2.2.1 eMSP.")
    parser.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--out", type=Path, required=True, help="directory of received.jsonl")
    parser.add_argument("--token", help="TOKEN_A; a random one is made and printed without")
    parser.add_argument("--paths", choices=("plain", "odd"), default="plain", help="odd: URLs that cannot be guessed")
    parser.add_argument("--duplicates", choices=[*DuplicatePolicy], default=DuplicatePolicy.ACCEPT_EQUAL.value)
    parser.add_argument(
        "--misbehave",
        action="append",
        default=[],
        type=_order,
        metavar="MODULE[.METHOD]:NAME[:COUNT[:PARAMETER]]",
        help="repeatable; names: " + ", ".join(MISBEHAVIOURS),
    )
    return parser


def _order(text: str) -> str:
    try:
        return str(parse_order(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
