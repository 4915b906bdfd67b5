"""`cdr-service invite FILE --data DIR`: create a counterparty from an invitation file (TOML).

name = "example-emsp"
versions_url = "https://emsp.example/ocpi/versions"
token = "..."              # their TOKEN_A; without it, one is made for them and printed once
role = "EMSP"
country_code = "DE"
party_id = "EMP"
profile = "default"
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from marshmallow import ValidationError

from cdr_service.cli import DONE, USAGE
from cdr_service.cli.embedded import add_data_argument, with_gateway
from cdr_service.http.api.schemas.requests import InvitationSchema
from cdr_service.services.invite import Invitation, invitation_from, invite

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cdr_service.app import Gateway


def add_arguments(parser: ArgumentParser) -> None:
    """The file and the data directory."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    add_data_argument(parser)


def run(parsed: Namespace) -> int:
    """Create the counterparty; print the token to hand over, where one was made."""
    try:
        checked = InvitationSchema().load(tomllib.loads(parsed.file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        print(f"cdr-service invite: {parsed.file}: {error}", file=sys.stderr)
        return USAGE
    return with_gateway(parsed, lambda gateway: _invite(gateway, invitation_from(checked), as_json=parsed.json))


def _invite(gateway: Gateway, invitation: Invitation, *, as_json: bool) -> int:
    invited = invite(gateway.ports, invitation)
    answer = {"name": invited.counterparty.name, "state": invited.counterparty.state}
    if invited.token_for_partner is not None:
        answer["token"] = invited.token_for_partner
    print(json.dumps(answer) if as_json else " ".join(f"{name}={value}" for name, value in answer.items()))
    return DONE
