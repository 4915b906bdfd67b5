"""An End without its Start: where a container promises both, one lone register reading measures nothing (EDIFACT).

The formats of meters sign which reading is a begin; there a lone end is a transaction that is incomplete. A lone
reading of an MSCONS says nothing of the kind: only the OCPI object around it calls it an End.

Source: edifact.md 5.4, 5.6 (START_MISSING).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.judgement.model import Status
from meter_sign.model import Context, PayloadFormat, Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter_sign.judgement.model import ValueJudgement

_DETAIL = "the End is one register reading, and there is no Start that it could be compared with"


def without_lone_ends(values: Sequence[ValueJudgement]) -> tuple[ValueJudgement, ...]:
    """Take back what was verified as an End and has no Start.

    Args:
        values: of one file, in document order.

    Returns:
        The same values; each lone End is `content_invalid`, START_MISSING, and its record is withheld.
    """
    started = {value.payload.bundle for value in values if _is_called(value, Context.BEGIN)}
    # A file that holds several messages may hold its begin itself.
    messages = Counter((value.payload.bundle, value.payload.raw) for value in values if _is_called(value, Context.END))
    return tuple(
        _start_missing(value)
        if _is_lone_end(value)
        and value.payload.bundle not in started
        and messages[value.payload.bundle, value.payload.raw] == 1
        else value
        for value in values
    )


def _is_called(value: ValueJudgement, context: Context) -> bool:
    payload = value.payload
    is_edifact = payload.format is PayloadFormat.EDIFACT and payload.bundle is not None
    return is_edifact and (payload.context or "").strip() == context


def _is_lone_end(value: ValueJudgement) -> bool:
    if value.record is None or not _is_called(value, Context.END):
        return False
    content = value.record.content
    return not content.intervals and all(one.phase is Phase.BY_ORDER for one in content.readings)


def _start_missing(value: ValueJudgement) -> ValueJudgement:
    problems = (*value.problems, Code.START_MISSING)
    return replace(
        value, status=Status.CONTENT_INVALID, problems=problems, detail=_DETAIL, record=None, energy_kwh=None
    )
