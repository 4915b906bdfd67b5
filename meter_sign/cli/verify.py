"""`meter-sign verify`: a verdict for every file, for people or as JSON Lines.

Exit status: 0 valid, 1 usage or input and output, 2 invalid, 3 nothing readable, 4 not verified; of several files the
first of 1, 2, 3, 4, 0 that occurred. With `--require-billable` a readable file is 2 unless it holds a transaction and
every one is billable.

Source: contracts.md 1.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from meter_sign.catalogue import Language
from meter_sign.cli import USAGE_OR_IO, Parser, UsageError
from meter_sign.cli.key_file import read_key_argument, read_registry
from meter_sign.cli.verdict_json import to_json_line
from meter_sign.cli.verdict_text import to_text
from meter_sign.judgement import Judgement, KeyPolicy, Verdict, judge
from meter_sign.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

STANDARD_INPUT = "-"
EXIT_BY_VERDICT = {Verdict.VALID: 0, Verdict.INVALID: 2, Verdict.UNREADABLE: 3, Verdict.UNVERIFIED: 4}
NOT_BILLABLE = 2
#: Of several files, the first of these that occurred.
PRECEDENCE = (USAGE_OR_IO, 2, 3, 4, 0)


def run(words: Sequence[str]) -> int:
    """Judge the files and print what was found.

    Args:
        words: the command line after `verify`.

    Returns:
        The exit status.

    Raises:
        UsageError: options that cannot be read.
        OSError: a key file that cannot be read, or output that cannot be written.
    """
    options = _parser().parse_args(words)
    keys = KeyPolicy(
        arguments=tuple(read_key_argument(argument) for argument in options.key),
        registry=read_registry(options.keys) if options.keys else None,
        require_registry=options.require_key_source is not None,
    )
    at = _reference_time(options.at)
    statuses = {_verify_file(name, keys, at, options) for name in options.files}
    return next(status for status in PRECEDENCE if status in statuses)


def _parser() -> Parser:
    description = "Judge signed meter values: OCMF, plain or in containers."
    parser = Parser(prog="meter-sign verify", description=description, allow_abbrev=False)
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE", help="what to judge; - is standard input")
    add("--json", action="store_true", help="JSON Lines: one object a file")
    add("--key", action="append", default=[], metavar="[NAME=]FILE_OR_TEXT",
        help="a trusted meter key; with NAME only for records that state this meter id; repeatable")  # fmt: skip
    add("--keys", metavar="REGISTRY", help="the key registry, a TOML file (see meter_sign/cli/key_file.py)")
    add("--at", metavar="TIME", help="reference time of the judgement, RFC 3339 (default: now)")
    add("--strict", action="store_true", help="a deviation from the format's specification is a problem")
    add("--require-key-source", choices=["registry"], help="a key that came with the file does not count")
    add("--require-billable", action="store_true", help="exit 2 unless every transaction is billable")
    add("--language", choices=[one.value for one in Language], default=Language.ENGLISH.value,
        help="of the output for people (default: en)")  # fmt: skip
    return parser


def _reference_time(stated: str | None) -> datetime:
    if stated is None:
        return datetime.now(UTC)  # noqa: TID251 - the one place of this command that reads the time
    try:
        at = datetime.fromisoformat(stated)
    except ValueError as error:
        raise UsageError(f"--at: {stated[:80]!r} is no time") from error
    if at.tzinfo is None:
        raise UsageError(f"--at: {stated!r} has no offset; write 2026-01-15T09:00:00Z")
    return at


def _verify_file(name: str, keys: KeyPolicy, at: datetime, options: Namespace) -> int:
    try:
        raw = _read(name)
    except (OSError, ValueError) as error:
        print(ascii(f"{name}: {error}")[1:-1], file=sys.stderr)
        return USAGE_OR_IO
    judgement = judge(raw, keys, at=at, strict=options.strict)
    text = to_json_line(name, judgement) if options.json else to_text(name, judgement, Language(options.language))
    _print(text)
    return _exit_status(judgement, require_billable=options.require_billable)


def _read(name: str) -> bytes:
    # One byte more than the cap, so that the judgement sees that it is too large.
    size = DEFAULT_LIMITS.container_bytes + 1
    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read(size)
    with Path(name).open("rb") as file:
        return file.read(size)


def _exit_status(judgement: Judgement, *, require_billable: bool) -> int:
    if require_billable and judgement.verdict is not Verdict.UNREADABLE and not judgement.billable:
        return NOT_BILLABLE
    return EXIT_BY_VERDICT[judgement.verdict]


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))
