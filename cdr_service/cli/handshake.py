"""`cdr-service handshake NAME --data DIR`: register at an invited counterparty.

The partner calls us back during the handshake, so the gateway must be running on the same data directory.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdr_service.cli import DONE
from cdr_service.cli.embedded import add_data_argument, with_gateway
from cdr_service.services.handshake import register_at_partner

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cdr_service.app import Gateway


def add_arguments(parser: ArgumentParser) -> None:
    """The counterparty's name and the data directory."""
    parser.add_argument("name")
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    add_data_argument(parser)


def run(parsed: Namespace) -> int:
    """Register and print the new state."""

    def work(gateway: Gateway) -> int:
        partner = register_at_partner(gateway.ports, parsed.name)
        answer = {"name": partner.name, "state": partner.state}
        print(json.dumps(answer) if parsed.json else f"{partner.name} {partner.state}")
        return DONE

    return with_gateway(parsed, work)
