"""What a judgement says: statuses and verdicts as the contract names them, for values, transactions and the file.

Source: contracts.md 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from meter_sign.model import SignerKind

if TYPE_CHECKING:
    from decimal import Decimal

    from meter_sign.codes import Code
    from meter_sign.crypto.certificates import KnownCertificate
    from meter_sign.errors import MeterSignError
    from meter_sign.judgement.signatures import SignatureJudgement
    from meter_sign.model import KeySource, ParsedRecord, SignedPayload, Transaction, VerifiedRecord
    from meter_sign.registry import KeyRegistry


class Status(StrEnum):
    """The answer for one value: the first that applies, in this order."""

    STRUCTURE_INVALID = "structure_invalid"
    UNSUPPORTED = "unsupported"
    UNSIGNED = "unsigned"
    SIGNATURE_INVALID = "signature_invalid"
    WEAK_ALGORITHM = "weak_algorithm"
    UNTRUSTED_KEY = "untrusted_key"
    CONTENT_INVALID = "content_invalid"
    VERIFIED = "verified"


class Verdict(StrEnum):
    """The answer for a file."""

    VALID = "valid"
    INVALID = "invalid"
    UNVERIFIED = "unverified"
    UNREADABLE = "unreadable"


#: Statuses that leave a file undecided; every other status but `verified` makes it invalid.
UNDECIDED = frozenset({Status.UNSUPPORTED, Status.UNTRUSTED_KEY})


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedKey:
    """A key that the caller trusts, as text in any published encoding."""

    #: The meter id for whose records it counts, or the name under which an EDIFACT message calls it; None: for every
    #: record of a meter format.
    name: str | None
    text: str | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPolicy:
    """Which keys count. The empty policy lets a key count that came with the file, and says so."""

    arguments: tuple[NamedKey, ...] = ()
    registry: KeyRegistry | None = None
    #: True: a key that came with the file does not count. The gateway always judges so.
    require_registry: bool = False
    #: Where the values were signed, as the caller knows it: records that state no serial of their meter are looked up
    #: by it. None: by the EVSE that the record itself states, if it does.
    evse_uid: str | None = None
    #: Certificates that signatures may name (EDIFACT, S/MIME); each must chain to one of the anchors.
    certificates: tuple[KnownCertificate, ...] = ()
    trust_anchors: tuple[KnownCertificate, ...] = ()
    #: Whether EDIFACT and S/MIME may be signed on secp256k1, which BSI TR-03116 does not list.
    allow_secp256k1: bool = False
    #: The written reason for which a market party's or an unknown signer's word may be billed; None: it may not.
    accept_party: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueJudgement:
    """One signed value and what is to be thought of it."""

    payload: SignedPayload
    status: Status
    problems: tuple[Code, ...] = ()
    warnings: tuple[Code, ...] = ()
    deviations: tuple[Code, ...] = ()
    #: The problem in words, for people.
    detail: str | None = None
    #: The key that was used, or that was refused; None when none was at hand.
    key_source: KeySource | None = None
    key_fingerprint: str | None = None
    signer_kind: SignerKind = SignerKind.UNKNOWN
    #: As the record claims; authentic only with a record.
    meter_id: str | None = None
    #: Signed end minus signed begin, when this value alone holds both.
    energy_kwh: Decimal | None = None
    #: Each signature that names its key (EDIFACT), whether it holds and whose it is; empty for all other formats, and
    #: where nothing could be read that far.
    signatures: tuple[SignatureJudgement, ...] = ()
    #: What the parser read; nothing in it is trusted.
    parsed: ParsedRecord | None = None
    #: The evidence; there is one exactly when the status is `verified`.
    record: VerifiedRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOpinion:
    """Whether the official Transparenzsoftware would verify the same data for the driver."""

    would_verify: bool
    #: The rule that makes it refuse, one of `transparenzsoftware.RULES`; None when it would verify.
    rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionJudgement:
    """Values that belong together, and what may be billed of them."""

    transaction: Transaction
    #: Every value of the transaction is verified.
    authentic: bool
    transparenzsoftware: ToolOpinion
    #: Positions of its values.
    indexes: tuple[int, ...]

    @property
    def billable(self) -> bool:
        """Whether the energy may be billed; never without authentic values."""
        return self.authentic and self.transaction.billable


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A file's verdict, its values and its transactions."""

    verdict: Verdict
    values: tuple[ValueJudgement, ...] = ()
    transactions: tuple[TransactionJudgement, ...] = ()
    #: Why nothing could be read; only with the verdict `unreadable`.
    error: MeterSignError | None = None

    @property
    def billable(self) -> bool:
        """Whether there is a transaction, and every one is billable."""
        return bool(self.transactions) and all(one.billable for one in self.transactions)
