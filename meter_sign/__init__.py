"""Signed meter values: bytes in, verified records and evidence periods out.

    judgement = judge(raw, KeyPolicy(), at=now)               # every value, every transaction, one verdict
    transaction = assemble_transaction(records, transaction_id=None)
    outcome = evidence_periods(transaction, starts_at=..., ends_at=..., states=(), received_at={})

This is the front door: what is not exported here is nobody else's business. Each name is loaded when it is first asked
for, so that `meter-sign --help` does not wait for cryptography.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meter_sign.catalogue import Explanation, explain
    from meter_sign.codes import Code, Severity
    from meter_sign.crypto.keys import PublicKey, decode_public_key
    from meter_sign.eichrecht import assemble_transaction
    from meter_sign.errors import MeterSignError
    from meter_sign.formats import encoding_method, published_key
    from meter_sign.judgement import Judgement, KeyPolicy, NamedKey, ValueJudgement, claimed_meter_ids, judge
    from meter_sign.limits import DEFAULT_LIMITS, Limits
    from meter_sign.meter_history import (
        Counter,
        Page,
        RegisterSpan,
        Trace,
        check_history,
        meter_of,
        pages_of,
        trace_of,
    )
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
    from meter_sign.ocpi_signed_data import SignedDataObject, plain_data, signed_data_of
    from meter_sign.periods import PeriodsOutcome, evidence_periods
    from meter_sign.registry import KeyRegistry, MeterKey, normal_meter_id
    from meter_sign.second_opinion import OpinionVerdict, SecondOpinion, judge_again
    from meter_sign.strict_json import loads as strict_json_loads
    from meter_sign.transparency_xml import TransparencyValue, transparency_values, write_transparency_xml

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
    "SignedDataObject",
    "StateChange",
    "Trace",
    "Transaction",
    "TransparencyValue",
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
    "plain_data",
    "published_key",
    "signed_data_of",
    "strict_json_loads",
    "trace_of",
    "transparency_values",
    "write_transparency_xml",
]

#: Module to the names that stand here for it; a test holds this and the imports above together.
_NAMES_BY_MODULE = {
    "meter_sign.catalogue": ("Explanation", "explain"),
    "meter_sign.codes": ("Code", "Severity"),
    "meter_sign.crypto.keys": ("PublicKey", "decode_public_key"),
    "meter_sign.eichrecht": ("assemble_transaction",),
    "meter_sign.errors": ("MeterSignError",),
    "meter_sign.formats": ("encoding_method", "published_key"),
    "meter_sign.judgement": ("Judgement", "KeyPolicy", "NamedKey", "ValueJudgement", "claimed_meter_ids", "judge"),
    "meter_sign.limits": ("DEFAULT_LIMITS", "Limits"),
    "meter_sign.meter_history": (
        "Counter", "Page", "RegisterSpan", "Trace", "check_history", "meter_of", "pages_of", "trace_of",
    ),
    "meter_sign.model": (
        "Activity", "EvidencePeriod", "Finding", "PaginationKind", "PayloadFormat", "Place", "StateChange",
        "Transaction", "VerifiedRecord",
    ),
    "meter_sign.ocpi_signed_data": ("SignedDataObject", "plain_data", "signed_data_of"),
    "meter_sign.periods": ("PeriodsOutcome", "evidence_periods"),
    "meter_sign.registry": ("KeyRegistry", "MeterKey", "normal_meter_id"),
    "meter_sign.second_opinion": ("OpinionVerdict", "SecondOpinion", "judge_again"),
    "meter_sign.transparency_xml": ("TransparencyValue", "transparency_values", "write_transparency_xml"),
}  # fmt: skip
_HOME = {name: (module, name) for module, names in _NAMES_BY_MODULE.items() for name in names}
_HOME["strict_json_loads"] = ("meter_sign.strict_json", "loads")

if not TYPE_CHECKING:
    # Hidden from type checkers, for which the imports above are the whole truth: a misspelt name stays an error.

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, attribute = _HOME[name]
        value = getattr(import_module(module), attribute)
        globals()[name] = value
        return value
