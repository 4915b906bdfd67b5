"""`cdr-service migrate --data DIR`: bring the database to the present schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdr_service.cli import DONE
from cdr_service.cli.embedded import add_data_argument, with_gateway

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """The data directory."""
    add_data_argument(parser)


def run(parsed: Namespace) -> int:
    """Wiring a gateway migrates; there is nothing else to do."""
    return with_gateway(parsed, lambda _: DONE)
