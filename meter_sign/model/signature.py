"""Signatures that name their key: hash and method are stated, the key is only referred to (EDIFACT, CMS).

Nothing here is checked and nothing here is a key: `verify.py` checks, with the keys that `judgement` found.

Source: ISO 9735-5 (USH, USA, USC, USR), RFC 5652 (SignerInfo); edifact.md 2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from meter_sign.codes import Code

#: DER of the issuer's name with the serial, or a subject key identifier.
CertificateName: TypeAlias = "tuple[bytes, int] | bytes"


class HashAlgorithm(StrEnum):
    """Hash functions that a signature may state; which of them are weak is a matter of `crypto`."""

    SHA_256 = "SHA-256"
    SHA_384 = "SHA-384"
    SHA_512 = "SHA-512"
    SHA_224 = "SHA-224"
    SHA_1 = "SHA-1"
    MD5 = "MD5"
    MD4 = "MD4"
    RIPEMD_160 = "RIPEMD-160"


class SignatureScheme(StrEnum):
    """Methods of signing."""

    #: On the curve of the key that is found, never on one that the message names.
    ECDSA = "ECDSA"
    RSA_PKCS1 = "RSASSA-PKCS1-v1_5"
    #: MGF1 with the same hash, salt of any length.
    RSA_PSS = "RSASSA-PSS"


class SignatureContainer(StrEnum):
    """Where a signature stands."""

    #: ISO 9735-5: USH to USR inside the message.
    IN_MESSAGE = "edifact-inmessage"
    #: ISO 9735-6: in an AUTACK message that refers to what is signed.
    AUTACK = "edifact-autack"
    #: RFC 5652, the content inside.
    CMS = "cms-opaque"
    #: RFC 5652, the content beside.
    CMS_DETACHED = "cms-detached"
    #: RFC 8551, multipart/signed.
    SMIME = "smime-multipart"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReference:
    """How a signature names its key; empty when it names none."""

    #: DER of the issuer's distinguished name, together with `serial`.
    issuer: bytes | None = None
    serial: int | None = None
    #: X.509 subject key identifier (CMS).
    subject_key_id: bytes | None = None
    #: USC S500 0538 of the certificate's owner (0577 = 3).
    key_name: str | None = None

    @property
    def certificate_names(self) -> tuple[CertificateName, ...]:
        """What it calls its certificate: issuer with serial, key identifier, both, or nothing."""
        names: list[CertificateName] = []
        if self.issuer is not None and self.serial is not None:
            names.append((self.issuer, self.serial))
        if self.subject_key_id is not None:
            names.append(self.subject_key_id)
        return tuple(names)


class SignedDigest(NamedTuple):
    """One reading of the bytes that were signed, hashed as the signature states."""

    digest: bytes
    #: What must be told when it is this reading that holds: CRLF_STRIPPED.
    warning: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSignature:
    """One signature over bytes as received, with what it states of its method and its key."""

    container: SignatureContainer
    #: The received bytes first, then what else rule R7 lets them be; the first that holds counts. Empty when the hash
    #: is one that cannot be computed any more.
    signed: tuple[SignedDigest, ...]
    hash: HashAlgorithm
    scheme: SignatureScheme
    #: r and s, where they are stated one by one (ECDSA); else the value as a whole.
    value: tuple[int, int] | bytes
    key: KeyReference
    #: When it was made, as the signed part says; None when it does not say.
    signed_at: datetime | None
    #: For people: `USH S1, scope 1`, `SignerInfo 0`.
    name: str
    #: Certificates that came along, as received (CMS). They are no keys and are never trusted: for people only.
    brought: tuple[bytes, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSignatures:
    """All signatures that cover one message, at least one; all of them must hold."""

    #: The message's own signed bytes: from which its identity is made.
    signed_bytes: bytes
    signatures: tuple[NamedSignature, ...]
    #: When the message was written, as it says itself; it counts where no signature states its time.
    written_at: datetime | None
    #: Where the meter stands, as the message claims: keys may be registered for a location (LOC+172).
    claimed_location: str | None = None
    #: What must be told of the frame whatever the signatures say: SYNTAX3_SECURITY.
    warnings: tuple[Code, ...] = ()
