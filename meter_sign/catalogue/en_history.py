"""English texts of what is found about a transaction beside the others of its meter."""

from __future__ import annotations

from meter_sign.codes import Code

#: What happened, and what to do about it.
TEXTS: dict[Code, tuple[str, str]] = {
    Code.TIME_TARIFF_FORBIDDEN: (
        "The registry does not allow time tariffs for this meter, so none of its time may be billed.",
        "Register the key with time_tariff allowed, if the meter's type examination lets its time be billed.",
    ),
    Code.ENERGY_OVERLAPS: (
        "Another transaction of this meter covers the same kilowatt-hours: they would be billed twice.",
        "Find out which of the two transactions is the true one, and which records belong to it.",
    ),
    Code.ENERGY_BETWEEN_SESSIONS: (
        "Between two sessions the meter counted energy that none of them bills.",
        "Nothing, if it is the station's own use; otherwise look for a session that is missing.",
    ),
    Code.REGISTER_DECREASES: (
        "The meter's total is lower than at the end of an earlier session, and a meter only counts up.",
        "Check whether the meter was exchanged or reset; a new meter has a new key to register.",
    ),
    Code.TRANSACTIONS_INTERLEAVE: (
        "Records of another transaction of this meter lie between those of this one.",
        "Check which begin belongs to which end: a session may have been skipped.",
    ),
    Code.KEY_CHANGED: (
        "The meter's sessions before this one were signed with another key.",
        "Nothing, if the meter or its signing component was exchanged; otherwise check the registry.",
    ),
}
