"""Rules on whose charging process it is; see `checks.py`."""

from __future__ import annotations

from itertools import dropwhile
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.eichrecht.case import LEVELS_ASSIGNED, LEVELS_NONE
from meter_sign.eichrecht.findings import error, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter_sign.eichrecht.case import Case, Placed
    from meter_sign.model import Finding, Identification


def same_identification(case: Case) -> Iterator[Finding]:
    """All records name the same user; those that were signed before a user was assigned may name none."""
    users = [record.content.identification for record in case.records]
    after_first_name = dropwhile(lambda who: who is None or not (who.data or who.assigned), users)
    if len({who.data or None if who else None for who in after_first_name}) > 1:
        yield error(Code.IDENTIFICATION_DIFFERS, "the records name different users", source="OCMF 1.4.1, table 4, ID")


def identified_once(case: Case) -> Iterator[Finding]:
    """The user was set once for all readings, where the meter signs when: else they may be of two sessions.

    Some meters set the user again for each reading. So this is an error only where records are missing in between: then
    another session may lie there, and its energy would be billed to this user.
    """
    for before, after in (step for series in case.series for step in series.steps):
        one, two = before.reading.identified_at, after.reading.identified_at
        if one is None or two is None or one == two:
            continue
        missing = number_of(after) - number_of(before) - 1
        message = f"the user was set again between two readings, {missing} record(s) between them are not here"
        tell = error if missing > 0 else warning
        yield tell(Code.IDENTIFICATION_RENEWED, message, after.path, "formats.md 3.2, contract-id time")


def number_of(placed: Placed) -> int:
    """A reading's number in the meter's count: its own, else its record's; 0 where nothing is counted."""
    pagination = placed.record.content.pagination
    stated = placed.reading.pagination
    return stated if stated is not None else pagination.number if pagination else 0


def identification_holds(case: Case) -> Iterator[Finding]:
    """No record reports that the user's identification failed; that nobody was assigned is only told."""
    for record in case.records:
        who = record.content.identification
        if who is None and not record.content.counts_records:
            # A format that knows no users (EDIFACT).
            continue
        level = who.level if who else None
        if level not in LEVELS_ASSIGNED | LEVELS_NONE:
            message = f"the identification level is {level!r}"
            yield error(
                Code.IDENTIFICATION_LEVEL_ERROR, message, f"value {record.payload.index}", "OCMF 1.4.1, table 11"
            )
        elif _nobody_assigned(who):
            message = "the record assigns no user"
            yield warning(
                Code.IDENTIFICATION_NOT_ASSIGNED, message, f"value {record.payload.index}", "OCMF 1.4.1, table 4, IS"
            )


def _nobody_assigned(who: Identification | None) -> bool:
    """IS is false, or nothing says otherwise; before 0.5 a level stands in the place of IS."""
    if who is None or who.assigned is False or who.level == "NONE":
        return True
    return who.assigned is None and who.level not in LEVELS_ASSIGNED
