"""Signed meter values: bytes in, verified records and evidence periods out.

    >>> from datetime import UTC, datetime
    >>> from pathlib import Path
    >>> from meter_sign import KeyPolicy, judge
    >>> file = Path("fixtures/demo/session.xml").read_bytes()
    >>> judgement = judge(file, KeyPolicy(), at=datetime(2026, 2, 1, tzinfo=UTC))
    >>> (session,) = judgement.transactions
    >>> print(judgement.verdict, session.billable, session.transaction.energy_kwh)
    valid True 23.250

This is the front door: what no other package needs is not exported. Each name is loaded when it is first asked for, so
that `meter-sign --help` does not wait for cryptography.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meter_sign.catalogue import Explanation, explain
    from meter_sign.codes import Code, Severity
    from meter_sign.crypto.certificates import holds_certificate, read_certificate
    from meter_sign.crypto.keys import PublicKey, decode_public_key
    from meter_sign.crypto.rsa_keys import RsaPublicKey, decode_any_public_key
    from meter_sign.eichrecht import assemble_transaction
    from meter_sign.errors import MeterSignError
    from meter_sign.formats import encoding_method, published_key
    from meter_sign.judgement import Judgement, KeyPolicy, NamedKey, ValueJudgement, claimed_meter_ids, judge
    from meter_sign.limits import DEFAULT_LIMITS
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
        Place,
        SignerKind,
        StateChange,
        Transaction,
        VerifiedRecord,
        normal_meter_id,
    )
    from meter_sign.ocpi_signed_data import proofs_of
    from meter_sign.periods import PeriodsOutcome, evidence_periods
    from meter_sign.registry import KeyRegistry, MeterKey
    from meter_sign.second_opinion import OpinionVerdict, judge_again
    from meter_sign.strict_json import loads as strict_json_loads
    from meter_sign.timestamps import SignedTime

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
    "MeterKey",
    "MeterSignError",
    "NamedKey",
    "OpinionVerdict",
    "Page",
    "PaginationKind",
    "PeriodsOutcome",
    "Place",
    "PublicKey",
    "RegisterSpan",
    "RsaPublicKey",
    "Severity",
    "SignedTime",
    "SignerKind",
    "StateChange",
    "Trace",
    "Transaction",
    "ValueJudgement",
    "VerifiedRecord",
    "assemble_transaction",
    "check_history",
    "claimed_meter_ids",
    "decode_any_public_key",
    "decode_public_key",
    "encoding_method",
    "evidence_periods",
    "explain",
    "holds_certificate",
    "judge",
    "judge_again",
    "meter_of",
    "normal_meter_id",
    "pages_of",
    "proofs_of",
    "published_key",
    "read_certificate",
    "strict_json_loads",
    "trace_of",
]

#: Module to the names that stand here for it; a test holds this and the imports above together.
_NAMES_BY_MODULE = {
    "meter_sign.catalogue": ("Explanation", "explain"),
    "meter_sign.codes": ("Code", "Severity"),
    "meter_sign.crypto.certificates": ("holds_certificate", "read_certificate"),
    "meter_sign.crypto.keys": ("PublicKey", "decode_public_key"),
    "meter_sign.crypto.rsa_keys": ("RsaPublicKey", "decode_any_public_key"),
    "meter_sign.eichrecht": ("assemble_transaction",),
    "meter_sign.errors": ("MeterSignError",),
    "meter_sign.formats": ("encoding_method", "published_key"),
    "meter_sign.judgement": ("Judgement", "KeyPolicy", "NamedKey", "ValueJudgement", "claimed_meter_ids", "judge"),
    "meter_sign.limits": ("DEFAULT_LIMITS",),
    "meter_sign.meter_history": (
        "Counter", "Page", "RegisterSpan", "Trace", "check_history", "meter_of", "pages_of", "trace_of",
    ),
    "meter_sign.model": (
        "Activity", "EvidencePeriod", "Finding", "PaginationKind", "Place", "SignerKind", "StateChange",
        "Transaction", "VerifiedRecord", "normal_meter_id",
    ),
    "meter_sign.ocpi_signed_data": ("proofs_of",),
    "meter_sign.periods": ("PeriodsOutcome", "evidence_periods"),
    "meter_sign.registry": ("KeyRegistry", "MeterKey"),
    "meter_sign.second_opinion": ("OpinionVerdict", "judge_again"),
    "meter_sign.timestamps": ("SignedTime",),
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
