"""Signed meter values: bytes in, verified records and evidence periods out."""

from __future__ import annotations

from meter_sign.codes import Code, Severity
from meter_sign.errors import MeterSignError
from meter_sign.limits import DEFAULT_LIMITS, Limits
from meter_sign.model import Activity, EvidencePeriod, Finding, StateChange, Transaction, VerifiedRecord
from meter_sign.strict_json import loads as strict_json_loads

__all__ = [
    "DEFAULT_LIMITS",
    "Activity",
    "Code",
    "EvidencePeriod",
    "Finding",
    "Limits",
    "MeterSignError",
    "Severity",
    "StateChange",
    "Transaction",
    "VerifiedRecord",
    "strict_json_loads",
]
