"""Which values form a transaction.

1. Values with one transaction id, the container's or the format's own, form one, bad ones included; so do values that
   their container puts together in one object, whatever ids it and they give.
2. Without an id: a complete record is its own; a begin and the next end of one meter, with what lies between them, are
   one; a begin or an end that finds no partner stays alone and is incomplete. Where the format signs neither, two
   records of one meter in turn are begin and end.
3. A bad value without an id is its own: that it is not authentic must be seen.
4. Fiscal records form none: they are readings of no transaction. A load profile is a whole transaction by itself.
5. A container that brings records again by its rules (OCPP) may hold copies; of equal signed bytes one counts.
6. Then all transactions of one meter are laid side by side (`meter_history`): what two would bill, the later one does
   not.

Source: contracts.md 1, "transactions".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from meter_sign.codes import Code, Severity
from meter_sign.eichrecht import assemble_transaction
from meter_sign.eichrecht.case import BEGINS
from meter_sign.judgement.model import TransactionJudgement, ValueJudgement
from meter_sign.judgement.transparenzsoftware import opinion
from meter_sign.meter_history import find_history, trace_of
from meter_sign.model import END_PHASES, Context, Finding, KeySource, PaginationKind, Phase, VerifiedRecord
from meter_sign.timestamps import BillableTime

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from meter_sign.meter_history import Trace
    from meter_sign.registry import KeyRegistry


#: What a container calls a record of which the format signs no phase.
_BY_CONTEXT: dict[str, Phase] = {Context.BEGIN: Phase.BEGIN, Context.END: Phase.END}


@dataclass(slots=True)
class _Group:
    transaction_id: str | None
    values: list[ValueJudgement] = field(default_factory=list)


def form_transactions(
    values: Iterable[ValueJudgement], registry: KeyRegistry | None = None, *, party_policy: str | None = None
) -> tuple[TransactionJudgement, ...]:
    """Group a file's values and judge each group.

    Args:
        values: in document order.
        registry: says for which meters time may be billed at all; without one the clock alone decides.
        party_policy: why the operator lets records count that no meter signed, if he does.

    Returns:
        The transactions, in the order of their first values.
    """
    by_key: dict[str | int, _Group] = {}
    open_begins: dict[str | None, _Group] = {}
    groups: list[_Group] = []
    for value in values:
        if value.record is not None and _is_fiscal(value.record):
            continue
        transaction_id = _transaction_id(value)
        key = transaction_id if value.payload.bundle is None else value.payload.bundle
        if key is None:
            group = _partner(value, open_begins) or _Group(None)
        else:
            group = by_key.setdefault(key, _Group(transaction_id))
        if not group.values:
            groups.append(group)
        group.values.append(value)
        if key is None:
            _remember(value, group, open_begins)
    return _side_by_side([_within_policy(_judge(group, party_policy), registry) for group in groups])


def _within_policy(judged: TransactionJudgement, registry: KeyRegistry | None) -> TransactionJudgement:
    """No time is billed of a meter that is registered without a word on its type examination."""
    transaction = judged.transaction
    registered = [one for one in transaction.records if one.key_source is KeySource.REGISTRY]
    allowed = registry is None or all(
        registry.allows_time_tariff(one.content.meter.meter_id, one.key_fingerprint) for one in registered
    )
    if allowed or transaction.billable_time is BillableTime.NONE:
        return judged
    finding = Finding(
        code=Code.TIME_TARIFF_FORBIDDEN,
        severity=Severity.INFO,
        message=f"the clock would allow {transaction.billable_time}, the registry does not",
        path=f"value {judged.indexes[0]}",
        source="formats.md 9: time stamps of clocks that are not certified",
    )
    findings = (*transaction.findings, finding)
    return replace(judged, transaction=replace(transaction, billable_time=BillableTime.NONE, findings=findings))


def _side_by_side(judged: Sequence[TransactionJudgement]) -> tuple[TransactionJudgement, ...]:
    """Add what is found between the transactions; one alone has nothing beside it."""
    if len(judged) < 2:
        return tuple(judged)
    traces = {index: trace for index, one in enumerate(judged) if (trace := _trace(one)) is not None}
    found = dict(zip(traces, find_history(tuple(traces.values())), strict=True))
    return tuple(_with_findings(one, found.get(index, ())) for index, one in enumerate(judged))


def _trace(judged: TransactionJudgement) -> Trace | None:
    id_ = judged.transaction.transaction_id
    name = f"value {judged.indexes[0]}" if id_ is None else f"transaction {id_}"
    return trace_of(judged.transaction, name=name, bills=judged.billable)


def _with_findings(judged: TransactionJudgement, found: Sequence[Finding]) -> TransactionJudgement:
    if not found:
        return judged
    path = f"value {judged.indexes[0]}"
    placed = tuple(replace(finding, path=path) for finding in found)
    transaction = replace(judged.transaction, findings=judged.transaction.findings + placed)
    return replace(judged, transaction=transaction)


def holds_whole_transaction(record: VerifiedRecord) -> bool:
    """Whether a record alone holds a begin and an end, or a load profile."""
    phases = _phases(record)
    return bool(record.content.intervals) or (bool(phases & BEGINS) and bool(phases & END_PHASES))


def _partner(value: ValueJudgement, open_begins: dict[str | None, _Group]) -> _Group | None:
    record = value.record
    if record is None or _phases(record) & BEGINS:
        return None
    return open_begins.get(record.content.meter.meter_id)


def _remember(value: ValueJudgement, group: _Group, open_begins: dict[str | None, _Group]) -> None:
    record = value.record
    if record is None:
        return
    meter_id = record.content.meter.meter_id
    phases = _phases(record)
    if phases & END_PHASES or (Phase.BY_ORDER in phases and meter_id in open_begins):
        open_begins.pop(meter_id, None)
    elif phases & BEGINS or Phase.BY_ORDER in phases:
        open_begins[meter_id] = group


def _judge(group: _Group, party_policy: str | None) -> TransactionJudgement:
    values = _without_copies(group.values)
    records = [value.record for value in values if value.record is not None]
    bad_values = len(values) - len(records)
    transaction = assemble_transaction(
        records, transaction_id=group.transaction_id, bad_values=bad_values, party_policy=party_policy
    )
    return TransactionJudgement(
        transaction=transaction,
        authentic=bad_values == 0,
        transparenzsoftware=opinion(values),
        indexes=tuple(value.payload.index for value in group.values),
    )


def _without_copies(values: Iterable[ValueJudgement]) -> list[ValueJudgement]:
    """The values of a transaction, of equal records only the first where the container may bring them again."""
    counted: list[ValueJudgement] = []
    known: set[str] = set()
    for value in values:
        if value.record is not None and value.payload.may_repeat:
            if value.record.signed_sha256 in known:
                continue
            known.add(value.record.signed_sha256)
        counted.append(value)
    return counted


def _transaction_id(value: ValueJudgement) -> str | None:
    own = value.record.content.transaction_id if value.record else None
    return value.payload.transaction_id or own


def _is_fiscal(record: VerifiedRecord) -> bool:
    pagination = record.content.pagination
    if pagination is not None:
        return pagination.kind is PaginationKind.FISCAL
    return not _phases(record)


def _phases(record: VerifiedRecord) -> set[Phase]:
    """The phases that a record holds; where its format signs none, the container's word groups it, and no more."""
    phases = {one.phase for whole in record.content.readings for one in whole.bounds if one.phase is not None}
    context = (record.payload.context or "").strip()
    if phases == {Phase.BY_ORDER} and context in _BY_CONTEXT:
        return {_BY_CONTEXT[context]}
    if not phases and record.content.intervals:
        return {Phase.BEGIN, Phase.END}
    return phases
