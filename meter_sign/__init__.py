"""Signed meter values: bytes in, verified records and evidence periods out.

    judgement = judge(raw, KeyPolicy(), at=now)               # every value, every transaction, one verdict
    transaction = assemble_transaction(records, transaction_id=None)
    outcome = evidence_periods(transaction, starts_at=..., ends_at=..., states=(), received_at={})

This is the front door: what is not exported here is nobody else's business.
"""

from __future__ import annotations

from meter_sign.catalogue import Explanation, explain
from meter_sign.codes import Code, Severity
from meter_sign.crypto.keys import PublicKey, decode_public_key
from meter_sign.eichrecht import assemble_transaction
from meter_sign.errors import MeterSignError
from meter_sign.formats import encoding_method, published_key
from meter_sign.judgement import Judgement, KeyPolicy, NamedKey, ValueJudgement, claimed_meter_ids, judge
from meter_sign.limits import DEFAULT_LIMITS, Limits
from meter_sign.meter_history import Counter, Page, RegisterSpan, Trace, check_history, meter_of, pages_of, trace_of
from meter_sign.model import (
    Activity,
    EvidencePeriod,
    Finding,
    PaginationKind,
    PayloadFormat,
    Place,
    StateChange,
    Transaction,
    VerifiedRecord,
)
from meter_sign.periods import PeriodsOutcome, evidence_periods
from meter_sign.registry import KeyRegistry, MeterKey, normal_meter_id
from meter_sign.second_opinion import OpinionVerdict, SecondOpinion, judge_again
from meter_sign.strict_json import loads as strict_json_loads

__all__ = [
    "DEFAULT_LIMITS",
    "Activity",
    "Code",
    "Counter",
    "EvidencePeriod",
    "Explanation",
    "Finding",
    "Judgement",
    "KeyPolicy",
    "KeyRegistry",
    "Limits",
    "MeterKey",
    "MeterSignError",
    "NamedKey",
    "OpinionVerdict",
    "Page",
    "PaginationKind",
    "PayloadFormat",
    "PeriodsOutcome",
    "Place",
    "PublicKey",
    "RegisterSpan",
    "SecondOpinion",
    "Severity",
    "StateChange",
    "Trace",
    "Transaction",
    "ValueJudgement",
    "VerifiedRecord",
    "assemble_transaction",
    "check_history",
    "claimed_meter_ids",
    "decode_public_key",
    "encoding_method",
    "evidence_periods",
    "explain",
    "judge",
    "judge_again",
    "meter_of",
    "normal_meter_id",
    "pages_of",
    "published_key",
    "strict_json_loads",
    "trace_of",
]
