"""One signed value as it lay in its container, and the words for where it and its key came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meter_sign.codes import Code


class PayloadFormat(StrEnum):
    """Formats of signed meter values; the names are those of the S.A.F.E. containers, where these have one."""

    OCMF = "OCMF"
    EDL_40_P = "EDL_40_P"
    EDL_40_SIG = "EDL_40_SIG"
    EDL_40_MENNEKES = "EDL_40_MENNEKES"
    ISA_EDL_40_P = "ISA_EDL_40_P"
    ALFEN = "ALFEN"
    PCDF = "PCDF"
    #: Snapshots of Bauer BSM-WS36A meters in chargeIT's JSON; no S.A.F.E. container has them.
    BSM = "BSM_WS36A"
    #: MSCONS of UN/EDIFACT with a signature of its own, an AUTACK's or S/MIME's; no S.A.F.E. container has it.
    EDIFACT = "EDIFACT"
    #: A value in a container we know, in a format that nobody recognises.
    UNKNOWN = "UNKNOWN"


class SignerKind(StrEnum):
    """Who signed: only a meter's key proves a measurement, a market party's key proves an origin."""

    METER = "meter"
    PARTY = "party"
    UNKNOWN = "unknown"


class KeySource(StrEnum):
    """Where the key that verified a record came from."""

    #: Given by the caller, on the command line.
    ARGUMENT = "argument"
    #: Registered for this meter, independently of the record.
    REGISTRY = "registry"
    #: Stood beside the record in its container: the file only agrees with itself.
    CONTAINER = "container"
    #: Stood inside the record: it only agrees with itself.
    EMBEDDED = "embedded"


class Context(StrEnum):
    """What the container says of a value's place in its transaction (S.A.F.E. XML, OCPP)."""

    BEGIN = "Transaction.Begin"
    END = "Transaction.End"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Signatures that lie in files beside the one to be judged; nothing is checked yet (EDIFACT, S/MIME)."""

    #: Interchanges with AUTACK messages that refer to the file (ISO 9735-6).
    autacks: tuple[bytes, ...] = ()
    #: CMS structures that sign the file and do not hold it (`.p7s`).
    detached_signatures: tuple[bytes, ...] = ()


#: Nothing lies beside the file: the usual case.
NOTHING_BESIDE = Beside()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPayload:
    """One signed value as it lay in its container, byte for byte; nothing is checked yet."""

    format: PayloadFormat
    #: Position in document order, from 0, broken ones included.
    index: int
    #: The record itself, without the container's wrapping and surrounding white space. Never re-encoded afterwards.
    raw: bytes
    #: The container's transaction id, if it gives one.
    transaction_id: str | None = None
    #: The container's context text, verbatim; see `Context`.
    context: str | None = None
    #: The public key that lies beside the record, as the container writes it; it proves only self-consistency.
    container_key: str | None = None
    #: Spellings of that key which the container prescribes, so that they are no deviation.
    usual_key_forms: frozenset[Code] = frozenset()
    #: Whether a transparency XML carries the record in hex, base64 or base32, and not as it is.
    encoded_in_xml: bool = False
    #: What the container shows people beside the record (OCPI plain_data); nobody signed it.
    plain_data: str | None = None
    #: Values with one number belong together, be there a transaction id or not; other values never join them.
    bundle: int | None = None
    #: Whether the container may bring one record again, so that copies count once (OCPP: the begin's value comes at
    #: the begin and once more with the end).
    may_repeat: bool = False
    #: What the container says of the record beside it, by the name under which the record signs it, for the record's
    #: format to compare; nobody signed it.
    claims: tuple[tuple[str, str], ...] = ()
    #: Which of the messages in `raw`, from 0, where the format is a container itself (EDIFACT).
    message: int = 0
    beside: Beside = NOTHING_BESIDE
    deviations: tuple[Code, ...] = ()
    #: Set when the container already knows that this value cannot be read (bad base64, empty, ...).
    broken: tuple[Code, str] | None = None
