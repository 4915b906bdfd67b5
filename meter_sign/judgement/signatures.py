"""Signatures that name their keys, one by one: whether each holds, whose key it is, and who says so.

Told beside the verdict and never part of it: what may be believed is decided in `verify.py`, over all signatures.

Source: edifact.md 5.2, 5.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.crypto.named_signature import check
from meter_sign.errors import MeterSignError, WeakAlgorithmError
from meter_sign.model import SignerKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter_sign.crypto.certificates import KnownCertificate
    from meter_sign.crypto.named_signature import AnyKey
    from meter_sign.model import CertificateName, NamedSignature
    from meter_sign.registry import MeterKey
    from meter_sign.verify import FoundKey

#: One signature of CMS covers up to ten thousand messages of a file.
_ANSWERS_KEPT = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureJudgement:
    """One signature that covers a value, and the key that it names."""

    signature: NamedSignature
    #: None where no such key is known.
    key: AnyKey | None = None
    #: What the registry says, of a key against which nothing stands; else unknown.
    signer_kind: SignerKind = SignerKind.UNKNOWN
    #: The key's registrations that speak for the value's meter; where none does, all others.
    entries: tuple[MeterKey, ...] = ()
    #: Registered or given by the caller; never one that came with the message.
    certificate: KnownCertificate | None = None

    @property
    def registered_as(self) -> str | None:
        """The operator's name for the key."""
        return self.entries[0].name if self.entries else None

    @property
    def party(self) -> str | None:
        """The market party to which the key is registered; None for a meter's key, or one without a party's code."""
        return next((one.party for one in self.entries if one.party is not None), None)

    @property
    def holds(self) -> bool | None:
        """Whether the key made the signature, be it trusted or not, strong or weak; None where nobody can tell."""
        return None if self.key is None else _holds(self.signature, self.key)


def judge_signature(
    signature: NamedSignature, found: FoundKey, entries: Sequence[MeterKey], known: Sequence[KnownCertificate]
) -> SignatureJudgement:
    """Say whose signature it is.

    Args:
        signature: one of a message.
        found: the key that was found for it, and what stands against it.
        entries: the key's registrations; see `SignatureJudgement.entries`.
        known: certificates that the caller gave.
    """
    if found.key is None:
        return SignatureJudgement(signature=signature)
    certificates = [one.certificate for one in entries if one.certificate is not None] or known
    names = signature.key.certificate_names
    return SignatureJudgement(
        signature=signature,
        key=found.key.key,
        signer_kind=SignerKind.UNKNOWN if found.objections else found.key.signer_kind,
        entries=tuple(entries),
        certificate=next((one for one in certificates if any(is_called(one, name) for name in names)), None),
    )


def sender_warning(sender: str | None, signatures: Sequence[SignatureJudgement]) -> tuple[Code, ...]:
    """SENDER_DIFFERS, when a message of one market party was signed by another one.

    Args:
        sender: as the message states it (NAD+MS); None: nothing to compare.
        signatures: of the message.
    """
    if sender is None:
        return ()
    parties = [
        {entry.party for entry in one.entries} - {None} for one in signatures if one.signer_kind is SignerKind.PARTY
    ]
    return (Code.SENDER_DIFFERS,) if any(known and sender not in known for known in parties) else ()


def is_called(certificate: KnownCertificate, name: CertificateName) -> bool:
    """Whether a signature that names its certificate so means this one.

    Args:
        certificate: a known one.
        name: issuer with serial, or the key's identifier.
    """
    if isinstance(name, bytes):
        return certificate.subject_key_id == name
    return certificate.serial == name[1] and certificate.issuer == name[0]


@lru_cache(maxsize=_ANSWERS_KEPT)
def _holds(signature: NamedSignature, key: AnyKey) -> bool | None:
    # An answer and no exception, because nothing follows from it: it is only shown.
    if not signature.signed:
        return None
    try:
        check(signature, key, allow_secp256k1=True)
    except WeakAlgorithmError:
        return True
    except MeterSignError:
        return False
    return True
