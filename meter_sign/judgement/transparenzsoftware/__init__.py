"""Would the driver's own tool say yes? The rules of the S.A.F.E. Transparenzsoftware 1.4.1, as tables.

Drivers are told to check their bill with that tool. What it refuses can be billed lawfully and will still be disputed,
so the operator should know beforehand. This is an opinion about that tool and changes no verdict. It accepts things
that are refused here (duplicate keys, mixed units); those are not repeated.

    ocmf.py            OCMF, whose payload the tool reads in its own way
    edl40.py           the EDL40 family, by what stands in its signed blocks
    other_formats.py   Alfen, PCDF

A value of a format that the tool does not know (BSM, EDIFACT) is refused by the rule FORMAT_UNKNOWN_THERE, whatever it
says.

Limits: a value that is not judged here (another format, another hash) or whose signature is spelled in a way that is
refused here (three INTEGERs) is said not to verify, rule NOT_JUDGED_HERE or SIGNATURE; so is one whose key names
another curve than the record, which the tool does not look at, rule KEY. How wide SML writes its numbers, and in which
of its ways a time, is not compared with what the tool can read.

Source: measured with the tool itself, formats.md 2 to 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.crypto.curves import CURVES
from meter_sign.crypto.keys import decode_public_key
from meter_sign.crypto.signature import verify_ecdsa
from meter_sign.errors import InvalidSignatureError, KeyMaterialError
from meter_sign.judgement.model import Status, ToolOpinion, ValueJudgement
from meter_sign.judgement.transparenzsoftware import edl40, ocmf, other_formats
from meter_sign.model import PayloadFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from meter_sign.model import ParsedRecord

#: By format: what refuses one value, and what refuses the values of a transaction together.
_Refusals = tuple[
    "Callable[[ValueJudgement, ParsedRecord], str | None]", "Callable[[Sequence[ValueJudgement]], str | None]"
]
_EDL40: _Refusals = (edl40.value_refusal, edl40.transaction_refusal)
_OTHERS: _Refusals = (other_formats.value_refusal, other_formats.transaction_refusal)
_BY_FORMAT: Mapping[PayloadFormat, _Refusals] = {
    PayloadFormat.OCMF: (ocmf.value_refusal, ocmf.transaction_refusal),
    PayloadFormat.EDL_40_P: _EDL40,
    PayloadFormat.EDL_40_SIG: _EDL40,
    PayloadFormat.EDL_40_MENNEKES: _EDL40,
    PayloadFormat.ISA_EDL_40_P: _EDL40,
}
#: Formats of which the tool knows nothing: it would not open such a file at all.
UNKNOWN_THERE = frozenset({PayloadFormat.BSM, PayloadFormat.EDIFACT})
#: Formats that the tool only reads as the text they are; it never looks at the attribute `encoding`.
_PLAIN_TEXT = frozenset({PayloadFormat.OCMF, PayloadFormat.PCDF, PayloadFormat.ALFEN})
#: Deviations of a container that the tool cannot open, and the rules' names.
_CONTAINER_RULES = {
    Code.XML_NAMESPACE: "XML_NAMESPACE",
    Code.XML_WITHOUT_CONTAINER: "XML_WITHOUT_CONTAINER",
}
_GENERAL = frozenset(
    (
        "FORMAT_UNKNOWN_THERE", "NOT_JUDGED_HERE", "STRUCTURE", "SIGNATURE", "KEY", "KEY_MISSING", "FORMATS_MIXED",
        "KEYS_DIFFER", "TEXT_ENCODED",
    )
)  # fmt: skip
#: Every rule's name.
RULES = _GENERAL | frozenset(_CONTAINER_RULES.values()) | ocmf.RULES | edl40.RULES | other_formats.RULES


def opinion(values: Sequence[ValueJudgement]) -> ToolOpinion:
    """Say whether the tool would verify a transaction, and else which rule refuses.

    Args:
        values: the transaction's values, bad ones included.
    """
    rule = next((found for value in values if (found := _value_refusal(value))), None)
    if rule is None:
        rule = _transaction_refusal(values)
    return ToolOpinion(would_verify=rule is None, rule=rule)


def _value_refusal(value: ValueJudgement) -> str | None:
    if value.payload.format in UNKNOWN_THERE:
        return "FORMAT_UNKNOWN_THERE"
    rule = _general_refusal(value) or _container_refusal(value)
    if rule is not None or value.parsed is None:
        return rule
    refuses, _ = _BY_FORMAT.get(value.payload.format, _OTHERS)
    return refuses(value, value.parsed)


def _general_refusal(value: ValueJudgement) -> str | None:
    if value.status in {Status.UNSUPPORTED, Status.WEAK_ALGORITHM}:
        return "NOT_JUDGED_HERE"
    if value.status is Status.UNTRUSTED_KEY and not _holds_by_itself(value):
        return "KEY_MISSING" if value.problems[0] is Code.KEY_MISSING else "KEY"
    if value.status in {Status.UNSIGNED, Status.SIGNATURE_INVALID}:
        return "SIGNATURE"
    return "STRUCTURE" if value.parsed is None else None


def _holds_by_itself(value: ValueJudgement) -> bool:
    """Whether the file's own key verifies it, whatever keys were given here: the driver has the file alone."""
    if value.problems[0] is Code.KEY_SOURCE_UNTRUSTED:
        return True
    text = value.payload.container_key or (value.parsed.embedded_key if value.parsed else None)
    if value.parsed is None or text is None:
        return False
    try:
        key = decode_public_key(text, curve=CURVES[value.parsed.curve])
        for signed_bytes, signature in value.parsed.spans:
            verify_ecdsa(key, signed_bytes, signature, value.parsed.signature_form)
    except (KeyMaterialError, InvalidSignatureError):
        return False
    return True


def _container_refusal(value: ValueJudgement) -> str | None:
    if value.payload.encoded_in_xml and value.payload.format in _PLAIN_TEXT:
        return "TEXT_ENCODED"
    return next((rule for code, rule in _CONTAINER_RULES.items() if code in value.payload.deviations), None)


def _transaction_refusal(values: Sequence[ValueJudgement]) -> str | None:
    formats = {value.payload.format for value in values}
    if len(formats) > 1:
        return "FORMATS_MIXED"
    beside = {value.key_fingerprint for value in values if value.payload.container_key is not None}
    if values[0].payload.transaction_id is not None and len(beside) > 1:
        # It checks all values of a transaction with one of the keys that lie beside them.
        return "KEYS_DIFFER"
    _, refuses = _BY_FORMAT.get(values[0].payload.format, _OTHERS)
    return refuses(values)
