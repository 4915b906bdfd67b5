"""What the commands that judge files have in common: keys, reference time, exit status, and the loop over the files.

Exit status: 0 valid, 1 usage or input and output, 2 invalid, 3 nothing readable, 4 not verified; of several files the
first of 1, 2, 3, 4, 0 that occurred.

Source: contracts.md 1.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.catalogue import Language
from meter_sign.cli import USAGE_OR_IO, Parser, UsageError
from meter_sign.cli.files_beside import add_files_beside, certificates_of, signatures_beside
from meter_sign.cli.key_file import read_key_argument, read_registry
from meter_sign.cli.printing import print_remark
from meter_sign.cli.progress import Progress
from meter_sign.cli.reading import UnreadableFileError, read_input
from meter_sign.errors import LimitExceededError
from meter_sign.judgement import Judgement, KeyPolicy, Verdict, judge
from meter_sign.limits import DEFAULT_LIMITS
from meter_sign.model import NOTHING_BESIDE

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from meter_sign.model import Beside

EXIT_BY_VERDICT = {Verdict.VALID: 0, Verdict.INVALID: 2, Verdict.UNREADABLE: 3, Verdict.UNVERIFIED: 4}
#: Of several files, the first of these that occurred.
PRECEDENCE = (USAGE_OR_IO, 2, 3, 4, 0)


class Answer(NamedTuple):
    """What a command says to one file."""

    text: str
    exit_status: int


class JudgedFile(NamedTuple):
    """One file with its judgement."""

    #: As it was named on the command line.
    name: str
    judgement: Judgement
    #: Which keys counted.
    keys: KeyPolicy


def judging_parser(command: str, description: str) -> Parser:
    """A parser with the options of every command that judges files.

    Args:
        command: its name.
        description: what it does.
    """
    parser = Parser(prog=f"meter-sign {command}", description=description, allow_abbrev=False)
    add = parser.add_argument
    add("--key", action="append", default=[], metavar="[NAME=]FILE_OR_TEXT",
        help="a trusted meter key; with NAME only for records that state this meter id, or for EDIFACT messages that "
             "call it so; repeatable")  # fmt: skip
    add("--keys", metavar="REGISTRY", help="the key registry, a TOML file (see meter_sign/cli/key_file.py)")
    add("--at", metavar="TIME", help="reference time of the judgement, RFC 3339 (default: now)")
    add("--require-key-source", choices=["registry"], help="a key that came with the file does not count")
    add("--language", choices=[one.value for one in Language], default=Language.ENGLISH.value,
        help="of the output for people (default: en)")  # fmt: skip
    add_files_beside(parser)
    return parser


def add_files(parser: Parser) -> None:
    """Add the files, and JSON Lines as a form of the output.

    Args:
        parser: of a command that answers for every file.
    """
    parser.add_argument("files", nargs="+", metavar="FILE", help="what to judge; - is standard input")
    parser.add_argument("--json", action="store_true", help="JSON Lines: one object a file")


def key_policy(options: Namespace) -> KeyPolicy:
    """Which keys count.

    Args:
        options: of a `judging_parser`.

    Raises:
        UsageError: a key, a registry or a certificate that cannot be read as one.
        OSError: a file that cannot be read.
    """
    return KeyPolicy(
        arguments=tuple(read_key_argument(argument) for argument in options.key),
        registry=read_registry(options.keys) if options.keys else None,
        require_registry=options.require_key_source is not None,
        certificates=certificates_of("--certificate", options.certificate),
        trust_anchors=certificates_of("--trust-anchor", options.trust_anchor),
        allow_secp256k1=options.allow_secp256k1,
    )


def judge_files(options: Namespace, answer: Callable[[JudgedFile], Answer], *, strict: bool = False) -> int:
    """Judge every file, print the command's answer to each.

    Args:
        options: of a `judging_parser` with files.
        answer: what the command says to a judged file.
        strict: whether a deviation is a problem.

    Returns:
        The exit status of the whole.

    Raises:
        UsageError: options that cannot be read.
        OSError: a key file that cannot be read, or output that cannot be written.
    """
    keys, at, beside = key_policy(options), reference_time(options.at), signatures_beside(options)
    statuses: set[int] = set()
    with Progress(options.files) as progress:
        for name in progress:
            try:
                judgement = judge_input(name, keys, at, strict=strict, beside=beside)
            except UnreadableFileError as error:
                print_remark(str(error))
                statuses.add(USAGE_OR_IO)
                continue
            said = answer(JudgedFile(name, judgement, keys))
            progress.print(said.text)
            statuses.add(said.exit_status)
    return next(status for status in PRECEDENCE if status in statuses)


def judge_input(
    name: str, keys: KeyPolicy, at: datetime, *, strict: bool = False, beside: Beside = NOTHING_BESIDE
) -> Judgement:
    """Judge one file or standard input.

    Args:
        name: of the file; `-` is standard input.
        keys: which keys count.
        at: the reference time.
        strict: whether a deviation is a problem.
        beside: signatures that lie in other files.

    Raises:
        UnreadableFileError: there is nothing to judge.
    """
    try:
        raw = read_input(name, DEFAULT_LIMITS.container_bytes)
    except LimitExceededError as error:
        return Judgement(verdict=Verdict.UNREADABLE, error=error)
    return judge(raw, keys, at=at, strict=strict, beside=beside)


def reference_time(stated: str | None) -> datetime:
    """The time of the judgement.

    Args:
        stated: what `--at` says; None: now.

    Raises:
        UsageError: no time, or one without offset.
    """
    if stated is None:
        return datetime.now(UTC)  # noqa: TID251 - the one place of these commands that reads the time
    try:
        at = datetime.fromisoformat(stated)
    except ValueError as error:
        raise UsageError(f"--at: {stated[:80]!r} is no time") from error
    if at.tzinfo is None:
        raise UsageError(f"--at: {stated!r} has no offset; write 2026-01-15T09:00:00Z")
    return at
