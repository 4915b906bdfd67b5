"""`cdr-service api-key add ROLE --data DIR`: make a key for the operator's API and print it once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdr_service.cli import DONE
from cdr_service.cli.embedded import add_data_argument, with_gateway
from cdr_service.services.api_keys import ROLES, add_api_key

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cdr_service.app import Gateway


def add_arguments(parser: ArgumentParser) -> None:
    """What to do, the role, and the data directory."""
    parser.add_argument("action", choices=["add"])
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    add_data_argument(parser)


def run(parsed: Namespace) -> int:
    """Print the key; it is kept as a hash only."""

    def work(gateway: Gateway) -> int:
        key = add_api_key(gateway.ports, parsed.role)
        print(json.dumps({"role": parsed.role, "api_key": key}) if parsed.json else key)
        return DONE

    return with_gateway(parsed, work)
