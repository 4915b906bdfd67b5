"""`meter-sign verify`: a verdict for every file, for people or as JSON Lines.

With `--require-billable` a readable file is 2 unless it holds a transaction and every one is billable.

Source: contracts.md 1.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from meter_sign.catalogue import Language
from meter_sign.cli.judging import EXIT_BY_VERDICT, Answer, JudgedFile, add_files, judge_files, judging_parser
from meter_sign.cli.verdict_json import to_json_line
from meter_sign.cli.verdict_text import to_text
from meter_sign.judgement import Judgement, Verdict

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from meter_sign.cli import Parser

NOT_BILLABLE = 2


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
    return judge_files(options, partial(_answer, options=options), strict=options.strict)


def _parser() -> Parser:
    parser = judging_parser("verify", "Judge signed meter values, plain or in containers.")
    add_files(parser)
    parser.add_argument(
        "--strict", action="store_true", help="a deviation from the format's specification is a problem"
    )
    parser.add_argument("--require-billable", action="store_true", help="exit 2 unless every transaction is billable")
    return parser


def _answer(file: JudgedFile, *, options: Namespace) -> Answer:
    if options.json:
        text = to_json_line(file.name, file.judgement)
    else:
        text = to_text(file.name, file.judgement, Language(options.language))
    return Answer(text, _exit_status(file.judgement, require_billable=options.require_billable))


def _exit_status(judgement: Judgement, *, require_billable: bool) -> int:
    if require_billable and judgement.verdict is not Verdict.UNREADABLE and not judgement.billable:
        return NOT_BILLABLE
    return EXIT_BY_VERDICT[judgement.verdict]
