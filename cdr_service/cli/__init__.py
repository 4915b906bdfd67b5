"""`cdr-service`: one file a command; imports are lazy, so that `--help` is quick."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Command to its module, which has `add_arguments(parser)` and `run(arguments) -> int`.
COMMANDS = {
    "run": ("cdr_service.cli.run", "the whole gateway in one process on an embedded database"),
    "migrate": ("cdr_service.cli.migrate", "bring the database to the present schema"),
    "api-key": ("cdr_service.cli.api_key", "make a key for the operator's API"),
    "invite": ("cdr_service.cli.invite", "create a counterparty from an invitation file"),
    "handshake": ("cdr_service.cli.handshake", "register at an invited counterparty"),
}
#: Exit statuses (contracts.md, section 3).
DONE, USAGE, REFUSED, UNREACHABLE = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 usage, 2 refused, 3 unreachable."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser()
    if not words or words[0] not in COMMANDS:
        parser.print_help(sys.stdout if words[:1] in (["-h"], ["--help"]) else sys.stderr)
        return DONE if words[:1] in (["-h"], ["--help"]) else USAGE
    module = import_module(COMMANDS[words[0]][0])
    command = ArgumentParser(prog=f"cdr-service {words[0]}", description=COMMANDS[words[0]][1], exit_on_error=False)
    module.add_arguments(command)
    try:
        parsed = command.parse_args(words[1:])
    except SystemExit as stop:
        return DONE if stop.code == 0 else USAGE
    except Exception as error:  # noqa: BLE001  # argparse raises several classes with exit_on_error=False
        print(f"cdr-service {words[0]}: {error}", file=sys.stderr)
        return USAGE
    status: int = module.run(parsed)
    return status


def _parser() -> ArgumentParser:
    lines = "\n".join(f"  {name:<10} {about}" for name, (_, about) in COMMANDS.items())
    return ArgumentParser(prog="cdr-service", usage=f"cdr-service COMMAND ...\n\ncommands:\n{lines}", add_help=False)
