"""What the tests of the EDL40 family share: parse one record, judge a file, pair values in a container."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from meter_sign import formats
from meter_sign.judgement import Judgement, KeyPolicy, TransactionJudgement, ValueJudgement, judge
from meter_sign.model import SignedPayload
from tests.support.edl40 import point

if TYPE_CHECKING:
    from meter_sign.codes import Code
    from meter_sign.model import ParsedRecord, PayloadFormat

AT = datetime(2026, 2, 1, tzinfo=UTC)


def parse(raw: bytes, format_: PayloadFormat) -> ParsedRecord:
    """Read one record by the rules of a format."""
    return formats.parse(SignedPayload(format=format_, index=0, raw=raw))


def value(raw: bytes, *, curve: str = "secp192r1", key: str | None = "", context: str | None = None) -> str:
    """One element `value` of a transparency file with id 7; `key` is the test meter's, another, or None for none."""
    text = raw.decode() if raw.startswith(b"<") else raw.hex(" ")
    beside = "" if key is None else f"<publicKey>{key or point(curve).hex()}</publicKey>"
    place = "" if context is None else f' context="Transaction.{context}"'
    return f'<value transactionId="7"{place}><signedData>{escape(text)}</signedData>{beside}</value>'


def billing(*processes: bytes) -> bytes:
    """The file in which Mennekes processes come."""
    return b"<Billing><BillingPeriods>" + b"".join(processes) + b"</BillingPeriods></Billing>"


def judged(*values: str | bytes) -> Judgement:
    """The judgement of a file, or of a container with these values."""
    raw = values[0] if isinstance(values[0], bytes) else f"<values>{''.join(map(str, values))}</values>".encode()
    return judge(raw, KeyPolicy(), at=AT)


def only_value(*values: str | bytes) -> ValueJudgement:
    """The judgement of the only value."""
    (only,) = judged(*values).values
    return only


def only_transaction(*values: str | bytes) -> TransactionJudgement:
    """The judgement of the only transaction."""
    (only,) = judged(*values).transactions
    return only


def pair(begin: bytes, end: bytes, curve: str = "secp192r1") -> TransactionJudgement:
    """The transaction of a begin and an end."""
    return only_transaction(value(begin, curve=curve, context="Begin"), value(end, curve=curve, context="End"))


def errors(judgement: TransactionJudgement) -> set[Code]:
    """The codes of what stands against billing."""
    return {finding.code for finding in judgement.transaction.findings if finding.severity == "error"}


def warnings(judgement: TransactionJudgement) -> set[Code]:
    """The codes of what is told."""
    return {finding.code for finding in judgement.transaction.findings if finding.severity == "warning"}
