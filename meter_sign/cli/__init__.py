"""The command line `meter-sign`: each command is a module of its name, loaded only when it is called.

Exit status 1 is usage or input and output, for every command; the rest is the command's own.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from meter_sign.cli.printing import print_remark, system_words

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE_OR_IO = 1

#: Commands to the module that runs them, and what they do.
COMMANDS = {
    "verify": ("meter_sign.cli.verify", "judge signed meter values"),
    "explain": ("meter_sign.cli.explain", "every field in words, every deviation by name"),
    "periods": ("meter_sign.cli.periods", "charging periods that the signed readings prove"),
    "convert": ("meter_sign.cli.convert", "write transparency XML or OCPI signed_data"),
    "simulate": ("meter_sign.cli.simulate", "make signed test data"),
}
_HELP = (["-h"], ["--help"])


class UsageError(Exception):
    """The command was called in a way it cannot answer; the message is for the person who called it."""


class Parser(ArgumentParser):
    """A parser that raises; `argparse` itself would end the process with 2, which means `invalid` here."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of ending the process."""
        raise UsageError(f"{self.format_usage()}{self.prog}: {message}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the words after `meter-sign`; None: those of this process.

    Returns:
        The exit status.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        return _run(words)
    except SystemExit as end:
        # `--help` of a command.
        return 0 if not end.code else USAGE_OR_IO
    except UsageError as error:
        print_remark(str(error))
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        print_remark(f"meter-sign: {named}{system_words(error)}")
    return USAGE_OR_IO


def _run(words: Sequence[str]) -> int:
    if words[:1] == ["--version"]:
        print(f"meter-sign {_version()}")
        return 0
    if words and words[0] not in COMMANDS and words[:1] not in _HELP:
        raise UsageError(f"meter-sign: there is no command {words[0][:40]!r}; there are {', '.join(COMMANDS)}")
    if not words or words[0] not in COMMANDS:
        print(_overview(), file=sys.stdout if words[:1] in _HELP else sys.stderr)
        return 0 if words[:1] in _HELP else USAGE_OR_IO
    module, _ = COMMANDS[words[0]]
    return int(import_module(module).run(words[1:]))


def _version() -> str:
    # Loaded only here: it costs more than all the rest of a command's start.
    from importlib.metadata import version  # noqa: PLC0415 - see above

    return version("eichwerk")


def _overview() -> str:
    lines = [f"  {name:10} {what}" for name, (_, what) in COMMANDS.items()]
    usage = "usage: meter-sign COMMAND [options] FILE..."
    return "\n".join([usage, "", *lines, "", "meter-sign COMMAND --help", "meter-sign --version"])
