"""A judgement as one line of JSON, field by field as the contract names them.

Amounts are strings of decimals with the signed digits, times RFC 3339 in UTC. Beyond the contract there is `error` for
a file that could not be read: its `code` and `message`, else null; and `signatures`, of EDIFACT only: each signature,
the key that it names, whether it holds, and whose key the registry says it is. Readings stand there only where they are
authentic.

Source: contracts.md 1.
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Any

from meter_sign.crypto.distinguished_names import name_in_words
from meter_sign.model import END_PHASES, PayloadFormat, Phase
from meter_sign.quantity import energy_kwh

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from meter_sign.judgement import Judgement, TransactionJudgement, ValueJudgement
    from meter_sign.judgement.signatures import SignatureJudgement
    from meter_sign.model import Finding, Interval, KeyReference, Reading, Transaction


def to_json_line(file: str, judgement: Judgement) -> str:
    """Write a judgement as one JSON object on one line, in ASCII.

    Args:
        file: the name under which the file was given.
        judgement: of that file.
    """
    shown: dict[str, object] = {
        "file": file,
        "verdict": judgement.verdict,
        "values": [_value(value) for value in judgement.values],
        "transactions": [transaction_json(one) for one in judgement.transactions],
    }
    if judgement.error is not None:
        # Only an unreadable file has it: why nothing could be read.
        shown["error"] = {"code": judgement.error.code, "message": judgement.error.detail}
    return json.dumps(shown)


def format_time(at: datetime) -> str:
    """An instant in UTC with `Z`, with a fraction only where it is not zero: 2026-01-15T09:00:00.5Z."""
    whole = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    fraction = f".{at.microsecond:06}".rstrip("0") if at.microsecond else ""
    return f"{whole}{fraction}Z"


def format_decimal(number: Decimal) -> str:
    """A number with its digits and without an exponent: 1.1E+3 gives 1100."""
    return format(number, "f")


def begin_and_end(transaction: Transaction) -> tuple[datetime | None, datetime | None]:
    """The signed times of the first begin and the last end, or the bounds of the load profile that bills.

    Args:
        transaction: judged, complete or not.
    """
    if transaction.bills_profile:
        return transaction.intervals[0].starts.instant, transaction.intervals[-1].ends.instant
    timed = [(one.phase, at) for one in transaction.readings if (at := _instant(one))]
    begins = [at for phase, at in timed if phase is Phase.BEGIN]
    ends = [at for phase, at in timed if phase in END_PHASES]
    return (begins[0] if begins else None), (ends[-1] if ends else None)


def _value(value: ValueJudgement) -> dict[str, Any]:
    content = value.record.content if value.record else None
    return {
        "index": value.payload.index,
        "format": value.payload.format,
        "transaction_id": value.payload.transaction_id or (content.transaction_id if content else None),
        "context": value.payload.context,
        "status": value.status,
        "problems": list(value.problems),
        "warnings": list(value.warnings),
        "deviations": list(value.deviations),
        "signer_kind": value.signer_kind,
        "key_source": value.key_source,
        "key_fingerprint": value.key_fingerprint,
        "signatures": _signatures(value),
        "meter_id": value.meter_id,
        "energy_kwh": decimal_or_none(value.energy_kwh),
        "readings": [_reading(one) for one in content.readings] if content else [],
        "intervals": [_interval(one) for one in content.intervals] or None if content else None,
    }


def _signatures(value: ValueJudgement) -> list[dict[str, Any]] | None:
    """Each signature of a format whose signatures name their keys; None for all others."""
    if value.payload.format is not PayloadFormat.EDIFACT:
        return None
    return [_signature(one) for one in value.signatures]


def _signature(judged: SignatureJudgement) -> dict[str, Any]:
    signature, certificate = judged.signature, judged.certificate
    return {
        "name": signature.name,
        "container": signature.container,
        "scheme": signature.scheme,
        "hash": signature.hash,
        "signed_at": format_time(signature.signed_at) if signature.signed_at else None,
        "key": _named_key(signature.key),
        "holds": judged.holds,
        "signer_kind": judged.signer_kind,
        "key_fingerprint": judged.key.fingerprint if judged.key else None,
        "registered_as": judged.registered_as,
        "party": judged.party,
        "subject": certificate.subject_text if certificate else None,
        "valid_from": format_time(certificate.valid_from) if certificate else None,
        "valid_until": format_time(certificate.valid_until) if certificate else None,
    }


def _named_key(key: KeyReference) -> dict[str, str | None]:
    return {
        "issuer": None if key.issuer is None else name_in_words(key.issuer),
        "serial": None if key.serial is None else f"{key.serial:X}",
        "subject_key_id": None if key.subject_key_id is None else key.subject_key_id.hex().upper(),
        "key_name": key.key_name,
    }


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "taken_at": format_time(at) if (at := _instant(reading)) else None,
        "register": str(reading.register) if reading.register else None,
        "value_kwh": decimal_or_none(reading.value_kwh),
        "qualifier": reading.qualifier,
    }


def _interval(interval: Interval) -> dict[str, Any]:
    return {
        "start": format_time(interval.starts.at),
        "end": format_time(interval.ends.at),
        "energy_kwh": decimal_or_none(energy_kwh(interval.value, interval.unit)),
        "qualifier": interval.qualifier,
    }


def _instant(reading: Reading) -> datetime | None:
    return reading.time.instant if reading.time else None


def transaction_json(judged: TransactionJudgement) -> dict[str, Any]:
    """A transaction as the contract names its parts.

    Args:
        judged: of a file.
    """
    transaction = judged.transaction
    begin, end = begin_and_end(transaction)
    opinion = judged.transparenzsoftware
    return {
        "transaction_id": transaction.transaction_id,
        "authentic": judged.authentic,
        "billable": judged.billable,
        "energy_kwh": decimal_or_none(transaction.energy_kwh),
        "register": str(transaction.register) if transaction.register else None,
        "begin": format_time(begin) if begin else None,
        "end": format_time(end) if end else None,
        "billable_time": transaction.billable_time,
        "findings": [finding_json(one) for one in transaction.findings],
        "transparenzsoftware": {"would_verify": opinion.would_verify, "rule": opinion.rule},
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding as the contract names its parts.

    Args:
        finding: about a transaction.
    """
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "path": finding.path,
    }


def decimal_or_none(number: Decimal | None) -> str | None:
    """A number that may be missing, with its digits.

    Args:
        number: finite, or None.
    """
    return None if number is None else format_decimal(number)
