"""How a rule says what breaks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.codes import Code, Severity
from meter_sign.model import Finding

if TYPE_CHECKING:
    from meter_sign.model import VerifiedRecord

_PROCESS = "OCMF 1.4.1, Signing and Verification Process"


def error(code: Code, message: str, path: str | None = None, source: str = _PROCESS) -> Finding:
    """What stops billing.

    Args:
        code: what it is.
        message: the same in words.
        path: where.
        source: the rule.
    """
    return Finding(code=code, severity=Severity.ERROR, message=message, path=path, source=source)


def warning(code: Code, message: str, path: str | None = None, source: str = _PROCESS) -> Finding:
    """What is told and does not stop billing.

    Args:
        code: what it is.
        message: the same in words.
        path: where.
        source: the rule.
    """
    return Finding(code=code, severity=Severity.WARNING, message=message, path=path, source=source)


def where(record: VerifiedRecord) -> str:
    """A record's place in the file.

    Args:
        record: of a transaction.
    """
    return f"value {record.payload.index}"
