"""A record: readable and not yet trusted, and then verified."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from meter_sign.codes import Code
    from meter_sign.errors import ContentError
    from meter_sign.model.content import Phase, RecordContent
    from meter_sign.model.payload import KeySource, SignedPayload, SignerKind
    from meter_sign.model.signature import NamedSignatures


class SignatureForm(StrEnum):
    """How a format prescribes that r and s are written."""

    #: SEC 1, C.5: a SEQUENCE of two INTEGERs. Other spellings of the same numbers are read, with a deviation.
    DER = "der"
    #: r and s with the curve's length each, and nothing else.
    SIDE_BY_SIDE = "side_by_side"


class SignedSpan(NamedTuple):
    """One run of bytes and the signature over it."""

    #: As received; where the format prescribes that a block be laid out from a message's fields (EDL40), that block.
    signed_bytes: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedRecord:
    """A readable record, not yet trusted: the signed spans, the signatures, and what the spans seem to say."""

    payload: SignedPayload
    format_version: str | None
    #: What is signed, in the record's order. One key must have made all of them; a Mennekes process has two.
    spans: tuple[SignedSpan, ...]
    #: Name of the curve, one of `crypto.curves`; empty where `named` holds.
    curve: str
    #: None when what was signed is no measurement: then `content_error` says why, once the signature has held.
    content: RecordContent | None
    content_error: ContentError | None = None
    #: What the record claims to be its meter, for the look-up of the key; untrusted, readable even in bad content.
    claimed_meter_id: str | None = None
    #: A key inside the record, as written there.
    embedded_key: str | None = None
    #: What the record calls its readings outside of what is signed. It decides nothing; that it contradicts is told.
    label: Phase | None = None
    #: Instead of spans and curve: signatures that name their keys themselves (EDIFACT).
    named: NamedSignatures | None = None
    deviations: tuple[Code, ...] = ()
    signature_form: SignatureForm = SignatureForm.DER
    #: Spellings of a key that this format prescribes, so that they are no deviation.
    usual_key_forms: frozenset[Code] = frozenset()

    @property
    def signed_bytes(self) -> bytes:
        """All that is signed, one span after the other; formats with several spans have spans of a fixed length."""
        if self.named is not None:
            return self.named.signed_bytes
        return self.spans[0].signed_bytes if len(self.spans) == 1 else b"".join(span[0] for span in self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRecord:
    """A record whose signature held under a key: the only type that transactions and periods are made of."""

    payload: SignedPayload
    format_version: str | None
    content: RecordContent
    #: The exact bytes that the signatures cover; see `SignedSpan`.
    signed_bytes: bytes
    #: SHA-256 of the signed bytes, hex: the identity of the record (ECDSA signatures are malleable, texts too).
    signed_sha256: str
    key_source: KeySource
    key_fingerprint: str
    #: DER SubjectPublicKeyInfo of the key that verified.
    key_der: bytes
    signer_kind: SignerKind
    deviations: tuple[Code, ...]
    warnings: tuple[Code, ...] = ()
    #: What the record calls its readings outside of what is signed; see `ParsedRecord`.
    label: Phase | None = None
