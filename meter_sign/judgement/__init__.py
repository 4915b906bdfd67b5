"""The judgement of a file: bytes and a key policy in, a verdict for every value, transaction and the whole out.

    bytes -> SignedPayload -> ParsedRecord -> VerifiedRecord -> Transaction, and what went wrong on the way

Nothing here decides anything new: the stages decide, and this module turns their errors into the contract's statuses
by one table. It never raises for input. `strict` makes a deviation from the format's specification a problem: a value
that would be `verified` becomes `structure_invalid`, its record is withheld, and worse answers stay as they are.

Source: contracts.md 1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from meter_sign import errors, formats
from meter_sign.codes import Code
from meter_sign.container import detect
from meter_sign.eichrecht import assemble_transaction
from meter_sign.judgement.keys import Outcome, check_signature
from meter_sign.judgement.model import (
    UNDECIDED,
    Judgement,
    KeyPolicy,
    NamedKey,
    Status,
    ToolOpinion,
    TransactionJudgement,
    ValueJudgement,
    Verdict,
)
from meter_sign.judgement.plain_data import shares_plain_data, with_plain_data, with_shared_plain_data
from meter_sign.judgement.start_missing import without_lone_ends
from meter_sign.judgement.transactions import form_transactions, holds_whole_transaction
from meter_sign.limits import DEFAULT_LIMITS, Limits
from meter_sign.model import NOTHING_BESIDE, Beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from meter_sign.model import ParsedRecord, SignedPayload, VerifiedRecord

__all__ = [
    "Judgement",
    "KeyPolicy",
    "NamedKey",
    "Status",
    "ToolOpinion",
    "TransactionJudgement",
    "ValueJudgement",
    "Verdict",
    "claimed_meter_ids",
    "judge",
]

#: Error classes to statuses; a class not named here is a programming mistake, not an answer.
STATUS_BY_ERROR: dict[type[errors.MeterSignError], Status] = {
    errors.MalformedPayloadError: Status.STRUCTURE_INVALID,
    errors.LimitExceededError: Status.STRUCTURE_INVALID,
    errors.UnsupportedPayloadError: Status.UNSUPPORTED,
    errors.UnsignedPayloadError: Status.UNSIGNED,
    errors.InvalidSignatureError: Status.SIGNATURE_INVALID,
    errors.WeakAlgorithmError: Status.WEAK_ALGORITHM,
    errors.KeyMaterialError: Status.UNTRUSTED_KEY,
    errors.ContentError: Status.CONTENT_INVALID,
}


def judge(
    raw: bytes,
    keys: KeyPolicy,
    *,
    at: datetime,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    beside: Beside = NOTHING_BESIDE,
) -> Judgement:
    """Judge a file: every value, every transaction, and the whole.

    Args:
        raw: the file as received.
        keys: which keys count.
        at: the reference time, with a time zone; it counts where a meter does not know the time itself.
        strict: whether a deviation from a format's specification is a problem.
        limits: caps on what is read.
        beside: signatures that lie in files beside this one (EDIFACT, S/MIME).

    Returns:
        The judgement; `unreadable` with its reason when nothing could be read. Input never raises.

    Source: contracts.md 1.
    """
    try:
        payloads = detect(raw, limits, beside)
    except errors.MalformedPayloadError as error:
        return Judgement(verdict=Verdict.UNREADABLE, error=error)
    shared = shares_plain_data(payloads)
    each = (_judge_value(one, keys, at=at, limits=limits, own_text=one.index not in shared) for one in payloads)
    judged = list(_without_excess(each, limits))
    complete = without_lone_ends(with_shared_plain_data(judged, limits))
    values = tuple(map(_strictly, complete)) if strict else complete
    transactions = form_transactions(values, keys.registry, party_policy=keys.accept_party)
    return Judgement(verdict=_verdict(values), values=values, transactions=transactions)


def claimed_meter_ids(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> frozenset[str]:
    """The meters that the values of a file claim to be of: unauthenticated, for looking up which keys to judge with.

    Args:
        raw: the file as received.
        limits: caps on what is read.

    Returns:
        The ids as stated, and the metering locations, since a key may be registered for either; empty when nothing can
        be read or nothing is stated.
    """
    try:
        payloads = detect(raw, limits)
    except errors.MalformedPayloadError:
        return frozenset()
    return frozenset(meter_id for payload in payloads for meter_id in _claimed(payload, limits))


def _claimed(payload: SignedPayload, limits: Limits) -> Iterator[str]:
    try:
        parsed = formats.parse(payload, limits)
    except errors.MeterSignError:
        return
    location = None if parsed.content is None else parsed.content.meter.location
    yield from (stated for stated in (parsed.claimed_meter_id, location) if stated is not None)


def _verdict(values: Sequence[ValueJudgement]) -> Verdict:
    statuses = {value.status for value in values} - {Status.VERIFIED}
    if not values:
        return Verdict.UNREADABLE
    if not statuses:
        return Verdict.VALID
    return Verdict.UNVERIFIED if statuses <= UNDECIDED else Verdict.INVALID


def _judge_value(
    payload: SignedPayload, keys: KeyPolicy, *, at: datetime, limits: Limits, own_text: bool
) -> ValueJudgement:
    try:
        parsed = formats.parse(payload, limits)
    except errors.MeterSignError as error:
        return _refused(payload, error)
    outcome = _checked(parsed, keys, at)
    return _from_outcome(parsed, with_plain_data(outcome, limits) if own_text else outcome)


def _checked(parsed: ParsedRecord, keys: KeyPolicy, at: datetime) -> Outcome:
    if parsed.named is None:
        return check_signature(parsed, keys, at=at)
    # Few records name their keys, and every command would wait for what looks these up.
    from meter_sign.judgement.named_keys import check_named_signatures  # noqa: PLC0415 - see above

    return check_named_signatures(parsed, parsed.named, keys, at=at)


def _without_excess(values: Iterable[ValueJudgement], limits: Limits) -> Iterator[ValueJudgement]:
    """Let go of what refused values say as soon as all say more than one file may.

    Nothing is decided by it, it is only shown to people: 20 MB of files within JSON took 600 MB to keep it all.
    """
    said = 0
    for value in values:
        parsed = value.parsed
        if value.record is None and parsed is not None and parsed.content is not None:
            said += len(parsed.content.values)
            if said > limits.quantities:
                yield replace(value, parsed=replace(parsed, content=None))
                continue
        yield value


def _refused(payload: SignedPayload, error: errors.MeterSignError) -> ValueJudgement:
    return ValueJudgement(
        payload=payload,
        status=STATUS_BY_ERROR[type(error)],
        problems=(error.code, *error.further),
        deviations=payload.deviations,
        detail=_in_words(error),
    )


def _from_outcome(parsed: ParsedRecord, outcome: Outcome) -> ValueJudgement:
    base = ValueJudgement(
        payload=parsed.payload,
        status=Status.VERIFIED,
        warnings=outcome.warnings,
        deviations=parsed.payload.deviations + parsed.deviations,
        key_source=outcome.key.source if outcome.key else None,
        key_fingerprint=outcome.key.key.fingerprint if outcome.key else None,
        meter_id=parsed.claimed_meter_id,
        signatures=outcome.signatures,
        parsed=parsed,
    )
    if outcome.record is not None:
        return _verified(base, outcome.record)
    # Fail closed: an outcome without a record has an error; if it had none, that would be no reason to believe it.
    error = outcome.error or errors.InvalidSignatureError(Code.SIGNATURE_MISMATCH, "nothing was verified")
    status = STATUS_BY_ERROR[type(error)]
    return replace(base, status=status, problems=(error.code, *error.further), detail=_in_words(error))


def _verified(base: ValueJudgement, record: VerifiedRecord) -> ValueJudgement:
    energy = None
    if holds_whole_transaction(record):
        energy = assemble_transaction((record,), transaction_id=None).energy_kwh
    return replace(
        base,
        record=record,
        warnings=base.warnings + record.warnings,
        deviations=record.deviations,
        signer_kind=record.signer_kind,
        meter_id=record.content.meter.meter_id,
        energy_kwh=energy,
    )


def _strictly(value: ValueJudgement) -> ValueJudgement:
    if not value.deviations:
        return value
    problems = tuple(dict.fromkeys(value.problems + value.deviations))
    if value.status is not Status.VERIFIED:
        return replace(value, problems=problems)
    detail = "strict: the record deviates from its format's specification"
    return replace(
        value, status=Status.STRUCTURE_INVALID, problems=problems, detail=detail, record=None, energy_kwh=None
    )


def _in_words(error: errors.MeterSignError) -> str:
    return f"{error.detail} (at {error.where})" if error.where else error.detail
