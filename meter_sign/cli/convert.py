"""`meter-sign convert`: the same records in another container, for drivers or for a partner.

    --to transparency-xml   S.A.F.E. transparency XML of all readable values
    --to ocpi               one OCPI 2.2.1 SignedData object a line, for every transaction that is verified

The records are never changed. What had to be changed around them is told on standard error, as is every value that is
not verified: in transparency XML such a value goes out all the same, because the file proves itself; in OCPI it never
does, because there it would be taken for evidence.

Exit status: as `verify` says of the file, so a file that is not verified never ends with 0. 2 also when nothing could
be written, or a verified transaction could not.

Source: contracts.md 1; `transparency_xml.py`, `ocpi_signed_data.py`.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.catalogue import Language
from meter_sign.cli import USAGE_OR_IO, UsageError
from meter_sign.cli.convert_remarks import Remarks
from meter_sign.cli.files_beside import signatures_beside
from meter_sign.cli.judging import EXIT_BY_VERDICT, judge_input, judging_parser, key_policy, reference_time
from meter_sign.cli.printing import print_remark
from meter_sign.cli.reading import UnreadableFileError
from meter_sign.errors import EvidenceMismatchError, LimitExceededError, MalformedPayloadError
from meter_sign.judgement import KeyPolicy, Verdict, judge
from meter_sign.judgement.transparenzsoftware import UNKNOWN_THERE
from meter_sign.ocpi_signed_data import PLAIN_DATA_CHARACTERS, SignedDataObject, signed_data_of
from meter_sign.transparency_xml import transparency_values, write_transparency_xml

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from meter_sign.cli import Parser
    from meter_sign.judgement import Judgement, ValueJudgement

NOTHING_TO_WRITE = 2
#: Room for the digest that stands in the place of a text that is too long.
_FEWEST_CHARACTERS = 100


class _Request(NamedTuple):
    """What is asked for, beside the file."""

    judgement: Judgement
    remarks: Remarks
    at: datetime
    plain_data_characters: int


class _Converted(NamedTuple):
    """What goes out; `complete` unless something that was verified could not."""

    content: bytes | None
    complete: bool = True


def run(words: Sequence[str]) -> int:
    """Convert one file.

    Args:
        words: the command line after `convert`.

    Returns:
        The exit status.

    Raises:
        UsageError: options that cannot be read, or an output that would overwrite the input.
        OSError: a file that cannot be read or written.
    """
    options = _parser().parse_args(words)
    if options.output is not None and _same_file(options.file, options.output):
        raise UsageError("meter-sign convert: the output would overwrite the input, which is the evidence")
    keys, at = key_policy(options), reference_time(options.at)
    try:
        judgement = judge_input(options.file, keys, at, beside=signatures_beside(options))
    except UnreadableFileError as error:
        print_remark(str(error))
        return USAGE_OR_IO
    remarks = Remarks(Language(options.language))
    if judgement.error is not None:
        remarks.unreadable(judgement.error.code)
        return EXIT_BY_VERDICT[Verdict.UNREADABLE]
    converted = _TARGETS[options.to](_Request(judgement, remarks, at, options.plain_data_characters))
    return _write(converted, judgement, options)


def _parser() -> Parser:
    description = "Write the signed values of a file in another container, byte for byte as they were received."
    parser = judging_parser("convert", description)
    add = parser.add_argument
    add("file", metavar="FILE", help="what to convert; - is standard input")
    add("--to", required=True, choices=list(_TARGETS), help="the container")
    add("-o", "--output", metavar="OUT", help="where to write (default: standard output)")
    add("--plain-data-characters", type=_characters, default=PLAIN_DATA_CHARACTERS, metavar="N",
        help="what the partner allows for OCPI plain_data (default: 5000; many still have 512)")  # fmt: skip
    return parser


def _characters(stated: str) -> int:
    if stated.isascii() and stated.isdigit() and _FEWEST_CHARACTERS <= int(stated[:9]) <= PLAIN_DATA_CHARACTERS:
        return int(stated)
    raise ArgumentTypeError(f"from {_FEWEST_CHARACTERS} to {PLAIN_DATA_CHARACTERS}")


def _same_file(one: str, other: str) -> bool:
    first, second = Path(one), Path(other)
    return first.exists() and second.exists() and first.samefile(second)


def _write(converted: _Converted, judgement: Judgement, options: Namespace) -> int:
    if converted.content is None:
        return NOTHING_TO_WRITE
    if options.output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(converted.content)
        sys.stdout.buffer.flush()
    else:
        Path(options.output).write_bytes(converted.content)
    return EXIT_BY_VERDICT[judgement.verdict] if converted.complete else NOTHING_TO_WRITE


def _to_transparency_xml(request: _Request) -> _Converted:
    judgement, remarks = request.judgement, request.remarks
    written = transparency_values(judgement)
    remarks.of_values(judgement, written)
    if not written:
        remarks.nothing()
        return _Converted(None)
    try:
        document = write_transparency_xml(written)
    except MalformedPayloadError as error:
        remarks.refused_file(error.code, error.detail)
        return _Converted(None)
    # As the driver will see it: only the keys that are in the file.
    remarks.of_the_official_tool(judge(document, KeyPolicy(), at=request.at))
    return _Converted(document, complete=all(_has_place(value) for value in judgement.values))


def _has_place(value: ValueJudgement) -> bool:
    """Whether a verified value can go into the container at all."""
    return value.record is None or value.payload.format not in UNKNOWN_THERE


def _to_ocpi(request: _Request) -> _Converted:
    judgement, remarks = request.judgement, request.remarks
    lines: list[str] = []
    complete = True
    for judged in judgement.transactions:
        if not judged.authentic:
            remarks.not_evidence(judged)
            continue
        try:
            found = signed_data_of(judged.transaction, plain_data_characters=request.plain_data_characters)
        except (EvidenceMismatchError, LimitExceededError) as error:
            remarks.refused(judged, error.code, error.detail)
            complete = False
            continue
        lines.append(json.dumps(signed_data_json(found)))
        remarks.of_signed_data(judged, found, len(lines))
    if not lines:
        remarks.nothing()
        return _Converted(None, complete)
    return _Converted("\n".join([*lines, ""]).encode(), complete)


def signed_data_json(found: SignedDataObject) -> dict[str, object]:
    """The object with the names of OCPI.

    Args:
        found: of one transaction.
    """
    optional = {"encoding_method_version": found.encoding_method_version, "public_key": found.public_key}
    return {
        "encoding_method": found.encoding_method,
        **{name: stated for name, stated in optional.items() if stated is not None},
        "signed_values": [
            {"nature": one.nature, "plain_data": one.plain_data, "signed_data": one.signed_data}
            for one in found.signed_values
        ],
    }


_TARGETS: Mapping[str, Callable[[_Request], _Converted]] = {
    "transparency-xml": _to_transparency_xml,
    "ocpi": _to_ocpi,
}
