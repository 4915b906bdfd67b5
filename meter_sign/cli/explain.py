"""`meter-sign explain`: every field of every value in words, every deviation by name, and what follows from it all.

    explain_facts.py          what a value says, field by field
    explain_en.py, _de.py     the words

What did not verify is shown too, because the person who asks wants to know what it is; every such line says that it is
claimed and not proven.

Exit status: as `verify`.

JSON Lines: `file`, `verdict`, `language`, `values`, `transactions`. A value has `index`, `status`, `proven`, `facts`
(`name`, `value`, `meaning`, `proven`, `reading`; of a load profile `interval` as well), `problems`, `warnings` and
`deviations` (`code`, `what`, `whose_fault`, `remedy`; of a deviation also `where`) and `detail`; a transaction what
`verify --json` says of it, its findings with the same words, `values` and `register_means`.

Source: contracts.md 1.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from meter_sign.catalogue import Language, explain
from meter_sign.cli.explain_facts import deviating_places, facts_of, register_means
from meter_sign.cli.explain_text import to_text
from meter_sign.cli.judging import EXIT_BY_VERDICT, Answer, JudgedFile, add_files, judge_files, judging_parser
from meter_sign.cli.verdict_json import transaction_json

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from meter_sign.codes import Code
    from meter_sign.judgement import TransactionJudgement, ValueJudgement


def run(words: Sequence[str]) -> int:
    """Judge the files and explain them.

    Args:
        words: the command line after `explain`.

    Returns:
        The exit status.

    Raises:
        UsageError: options that cannot be read.
        OSError: a key file that cannot be read, or output that cannot be written.
    """
    description = "Explain signed meter values: every field in words, every deviation by name."
    parser = judging_parser("explain", description)
    add_files(parser)
    options = parser.parse_args(words)
    return judge_files(options, partial(_answer, options=options))


def _answer(file: JudgedFile, *, options: Namespace) -> Answer:
    language = Language(options.language)
    text = json.dumps(_file_json(file, language)) if options.json else to_text(file, language)
    return Answer(text, EXIT_BY_VERDICT[file.judgement.verdict])


def _file_json(file: JudgedFile, language: Language) -> dict[str, Any]:
    judgement = file.judgement
    shown: dict[str, Any] = {
        "file": file.name,
        "verdict": judgement.verdict,
        "language": language,
        "values": [_value_json(value, file, language) for value in judgement.values],
        "transactions": [_transaction_json(one, language) for one in judgement.transactions],
    }
    if judgement.error is not None:
        shown["error"] = {**_code_json(judgement.error.code, language), "message": judgement.error.detail}
    return shown


def _value_json(value: ValueJudgement, file: JudgedFile, language: Language) -> dict[str, Any]:
    return {
        "index": value.payload.index,
        "status": value.status,
        "proven": value.record is not None,
        "facts": [
            {
                "name": fact.name,
                "value": fact.value,
                "meaning": fact.meaning,
                "proven": fact.proven,
                "reading": fact.reading,
                **({} if fact.interval is None else {"interval": fact.interval}),
            }
            for fact in facts_of(value, file.keys, language)
        ],
        "problems": [_code_json(code, language) for code in value.problems],
        "detail": value.detail,
        "warnings": [_code_json(code, language) for code in value.warnings],
        "deviations": [
            {**_code_json(code, language), "where": deviating_places(value, code)} for code in value.deviations
        ],
    }


def _transaction_json(judged: TransactionJudgement, language: Language) -> dict[str, Any]:
    shown = transaction_json(judged)
    for finding, found in zip(shown["findings"], judged.transaction.findings, strict=True):
        finding.update(_code_json(found.code, language), source=found.source)
    shown["register_means"] = register_means(judged.transaction, language)
    shown["values"] = list(judged.indexes)
    return shown


def _code_json(code: Code, language: Language) -> dict[str, str]:
    explanation = explain(code, language)
    return {
        "code": code,
        "what": explanation.what,
        "whose_fault": explanation.whose_fault,
        "remedy": explanation.remedy,
    }
