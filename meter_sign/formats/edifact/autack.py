"""AUTACK: signatures that stand in a message of their own and refer to what they sign.

    direct form    USH service 7, scope 3; USY has the signature over the bytes of the structure referred to
    digest form    USH service 9; USY has only their digest, and USH service 1 signs the AUTACK itself: both must hold

In the direct form nothing of the AUTACK is signed: not its time, and not its references either. What a reference leads
to is therefore only where to look; the signature decides.

Source: ISO 9735-6; edifact.md 2.2 (R5, R7, R14) and 2.3.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.crypto.strength import STRONG_HASHES
from meter_sign.errors import (
    InvalidSignatureError,
    LimitExceededError,
    MalformedPayloadError,
    MeterSignError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
    WeakAlgorithmError,
)
from meter_sign.formats.edifact.algorithms import digests, signature_value
from meter_sign.formats.edifact.autack_message import SIGNATURES_MAX, read_autack
from meter_sign.formats.edifact.groups import REFERENCED_HASHED, REFERENCED_SIGNED
from meter_sign.formats.edifact.references import Directory, Place, Referenced, place_of
from meter_sign.model import NamedSignature, SignatureContainer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from meter_sign.formats.edifact.autack_message import Autack, Reference
    from meter_sign.formats.edifact.groups import SecurityHeader
    from meter_sign.formats.edifact.interchange import Interchange, Message
    from meter_sign.formats.edifact.segments import Fields
    from meter_sign.limits import Limits
    from meter_sign.model import HashAlgorithm, SignedDigest

TYPE = "AUTACK"
#: 0541 of a group for what is referred to. A group that only hashes may leave it open (1): the USX says how far it
#: reaches, and the digest is of all of it.
_SCOPES = {REFERENCED_SIGNED: frozenset({"3"}), REFERENCED_HASHED: frozenset({"1", "3"})}
_SYNTAX_4 = 4


class _Claim(NamedTuple):
    """What one AUTACK says of one structure."""

    signatures: tuple[NamedSignature, ...]
    errors: tuple[MeterSignError, ...]


class Cover:
    """Which messages the AUTACKs at hand cover; made by `cover`."""

    def __init__(self, claims: dict[Place, list[_Claim]], lost: tuple[MeterSignError, ...]) -> None:
        """Claims by what they are of, and what is wrong with references that lead nowhere."""
        self._claims = claims
        self._lost = lost

    def of(
        self, interchange: Interchange, message: Message, *, signed_otherwise: bool = False
    ) -> tuple[tuple[NamedSignature, ...], tuple[MeterSignError, ...]]:
        """The signatures of AUTACKs that cover a message.

        Args:
            interchange: one of those given to `cover`.
            message: of that interchange.
            signed_otherwise: whether the message has signatures that are no AUTACK's; then references that lead
                nowhere are no concern of it.

        Returns:
            The signatures, all of which must hold, and what is wrong with the AUTACKs that cover the message. Where
            none does: REFERENCE_NOT_FOUND, when one refers to what is not here or not to be told apart; nothing, when
            all refer to other structures, or there is no AUTACK.
        """
        places = (place_of(interchange, None), place_of(interchange, message))
        claims = [claim for place in places for claim in self._claims.get(place, ())]
        if not claims:
            return (), () if signed_otherwise else _decisive(self._lost)
        signatures = [one for claim in claims for one in claim.signatures]
        return tuple(dict.fromkeys(signatures)), _decisive(error for claim in claims for error in claim.errors)


def _decisive(errors: Iterable[MeterSignError]) -> tuple[MeterSignError, ...]:
    """UNA_UNSIGNED alone, where it is there: behind an altered UNA everything else may be its consequence."""
    found = tuple(errors)
    return tuple(error for error in found if error.code is Code.UNA_UNSIGNED)[:1] or found


def cover(interchanges: tuple[Interchange, ...], limits: Limits, *, under_cms: tuple[Interchange, ...] = ()) -> Cover:
    """Find out which messages are covered by AUTACKs, and with which signatures.

    Args:
        interchanges: all of the file, and all that lie beside it.
        limits: caps on segments, elements and references.
        under_cms: those whose bytes a CMS signature covers, UNA included.

    Raises:
        LimitExceededError: more references than messages could be, or more signatures over one structure than
            anybody needs.
    """
    directory = Directory(interchanges)
    builder = _Builder(directory, limits, frozenset(place_of(one, None) for one in under_cms))
    for interchange in {place_of(one, None): one for one in interchanges}.values():
        builder.take(interchange)
    return Cover(builder.claims, tuple(builder.lost.values()))


class _Builder:
    """Goes through the AUTACKs and keeps what each says of which structure."""

    def __init__(self, directory: Directory, limits: Limits, under_cms: frozenset[Place]) -> None:
        self._directory, self._limits, self._under_cms = directory, limits, under_cms
        self._digests: dict[tuple[Place, HashAlgorithm], tuple[SignedDigest, ...]] = {}
        self._references = 0
        self.claims: dict[Place, list[_Claim]] = {}
        self.lost: dict[tuple[type[MeterSignError], Code], MeterSignError] = {}

    def take(self, interchange: Interchange) -> None:
        """Take an interchange's AUTACKs; one without any message may have been to hold one."""
        problems = self._una(interchange)
        autacks = [message for message in interchange.messages if message.type == TYPE]
        if not interchange.messages:
            self._lose((*interchange.problems, *problems))
        elif problems and not autacks and TYPE.encode() in interchange.data[interchange.start : interchange.end]:
            # With other separators an AUTACK is none any more, and the message that it signs would seem unsigned.
            self._lose(problems)
        for message in autacks:
            if any(problem.code is Code.TRUNCATED for problem in message.problems):
                # What else seems to be wrong with it, or missing, is only what was cut off.
                self._lose((*problems, *message.problems))
            else:
                self._take(read_autack(interchange, message, self._limits), problems)

    def _una(self, interchange: Interchange) -> tuple[MeterSignError, ...]:
        if interchange.una_is_default or place_of(interchange, None) in self._under_cms:
            return ()
        detail = "the UNA in front of the AUTACK is signed by nothing and is not the syntax version's own"
        return (MalformedPayloadError(Code.UNA_UNSIGNED, detail, where="UNA"),)

    def _lose(self, errors: Iterable[MeterSignError]) -> None:
        for error in errors:
            self.lost.setdefault((type(error), error.code), error)

    def _take(self, autack: Autack, una: tuple[MeterSignError, ...]) -> None:
        self._references += len(autack.references)
        if self._references > self._limits.messages:
            raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {self._limits.messages} references")
        problems = (*una, *autack.problems)
        if not autack.references:
            detail = f"AUTACK {autack.reference[:14]!r} refers to nothing"
            self._lose((*problems, MalformedPayloadError(Code.REFERENCE_NOT_FOUND, detail)))
        for reference in autack.references:
            try:
                found = self._find(autack, reference)
            except MeterSignError as error:
                error.where = f"byte {reference.at}"
                self._lose((*problems, error))
            else:
                self._claim(found, _Judge(self, autack, reference, found).claim(problems))

    def _find(self, autack: Autack, reference: Reference) -> Referenced:
        found = self._directory.find(reference.usx)
        if found.place == place_of(autack.interchange, None):
            detail = "an AUTACK refers to the interchange in which it stands, itself included"
            raise UnsupportedPayloadError(Code.SCOPE_UNSUPPORTED, detail)
        return found

    def _claim(self, found: Referenced, claim: _Claim) -> None:
        claims = self.claims.setdefault(found.place, [])
        claims.append(claim)
        if sum(max(1, len(one.signatures)) for one in claims) > SIGNATURES_MAX:
            raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {SIGNATURES_MAX} signatures over one structure")

    def is_sealed(self, interchange: Interchange) -> bool:
        """Whether a CMS signature covers the interchange."""
        return place_of(interchange, None) in self._under_cms

    def digests_of(self, found: Referenced, algorithm: HashAlgorithm) -> tuple[SignedDigest, ...]:
        """The structure's digests, computed once however often it is referred to."""
        key = found.place, algorithm
        if key not in self._digests:
            self._digests[key] = digests((found.secured,), algorithm, found.interchange.separators)
        return self._digests[key]


def _telling(signature: NamedSignature, code: Code) -> NamedSignature:
    """The same signature, with what must be told when it holds."""
    return replace(signature, signed=tuple(one._replace(warning=one.warning or code) for one in signature.signed))


class _Judge:
    """Reads what stands behind one USX."""

    def __init__(self, builder: _Builder, autack: Autack, reference: Reference, found: Referenced) -> None:
        self._builder, self._autack, self._reference, self._found = builder, autack, reference, found
        #: Whether a digest is right only when the line breaks between segments are left out (R7).
        self._stripped = False
        #: Whether a digest is among what secures it, which the AUTACK's own signature covers.
        self._digested = False

    def claim(self, problems: tuple[MeterSignError, ...]) -> _Claim:
        """The signatures over the structure, and what is wrong."""
        signatures: list[NamedSignature] = []
        errors = list(problems)
        if not self._reference.secured:
            errors.append(InvalidSignatureError(Code.SIGNATURE_MISSING, "no USY stands behind USX", where=self._where))
        for usy in self._reference.secured:
            try:
                signatures += self._secured(usy)
            except MeterSignError as error:
                error.where = error.where or self._where
                errors.append(error)
        own = self._autack.own
        if signatures and own and not self._digested:
            # It says who made the AUTACK, not who means what is referred to; it must not lend its weight to others.
            detail = "the AUTACK signs itself, and no digest in it says that it means the structure"
            errors.append(UnsupportedPayloadError(Code.SERVICE_UNSUPPORTED, detail, where=self._where))
        if self._stripped:
            own = tuple(_telling(one, Code.CRLF_STRIPPED) for one in own)
        found = (*signatures, *own)
        if self._autack.interchange.syntax != _SYNTAX_4:
            found = tuple(_telling(one, Code.SYNTAX3_SECURITY) for one in found)
        return _Claim(found, tuple(errors))

    @property
    def _where(self) -> str:
        return f"byte {self._reference.at}"

    def _secured(self, usy: Fields) -> tuple[NamedSignature, ...]:
        """The signature that a USY has, or none where it has a digest that is right.

        Raises:
            MeterSignError: there is no such group, or it cannot be judged, or the digest is wrong or unsigned.
        """
        group = self._autack.groups.get(usy.text(1))
        if group is None:
            return self._without_group(usy)
        scopes = _SCOPES.get(group.service)
        if scopes is None or usy.text(3 if self._autack.interchange.syntax == _SYNTAX_4 else 4):
            detail = f"USY is of service {group.service[:10]!r}, or reports an error: it secures nothing"
            raise UnsupportedPayloadError(Code.SERVICE_UNSUPPORTED, detail)
        if group.scope not in scopes:
            detail = f"scope {group.scope[:10]!r} is not that of a structure which is referred to (3)"
            raise UnsupportedPayloadError(Code.SCOPE_UNSUPPORTED, detail)
        value = signature_value(usy, 2, group.filter, self._autack.interchange.syntax, group.scheme)
        if group.service == REFERENCED_SIGNED:
            return self._signature(group, value)
        self._digested = True
        self._compare(group, value)
        return ()

    def _without_group(self, usy: Fields) -> tuple[NamedSignature, ...]:
        if self._autack.groups:
            raise MalformedPayloadError(Code.UST_REF, f"USY names {usy.text(1)[:14]!r}, and no group is called so")
        if not self._autack.problems:
            raise UnsignedPayloadError(Code.AUTACK_UNSIGNED, "the AUTACK has no security group at all")
        # Groups that cannot be told apart: the AUTACK's problems say why.
        return ()

    def _signature(self, group: SecurityHeader, value: tuple[int, int] | bytes) -> tuple[NamedSignature, ...]:
        """Direct form. What keeps a group from being judged stands among the AUTACK's problems already."""
        if group.hash is None or group.scheme is None:
            return ()
        name = f"AUTACK {self._autack.reference[:14]}, USH {group.reference[:14]}"
        signature = NamedSignature(
            container=SignatureContainer.AUTACK,
            signed=self._builder.digests_of(self._found, group.hash),
            hash=group.hash,
            scheme=group.scheme,
            value=value,
            key=group.key,
            # S501 stands in the AUTACK, which this signature does not cover.
            signed_at=None,
            name=name,
        )
        return (signature,)

    def _compare(self, group: SecurityHeader, value: tuple[int, int] | bytes) -> None:
        """Digest form: the digest must be right, strong and signed; the signature is the AUTACK's own."""
        if not (self._autack.signs_itself or self._builder.is_sealed(self._autack.interchange)):
            detail = f"AUTACK {self._autack.reference[:14]!r} has a digest, and nobody signed it"
            raise UnsignedPayloadError(Code.AUTACK_UNSIGNED, detail)
        if group.hash is None:
            return
        computed = self._builder.digests_of(self._found, group.hash)
        right = [one for one in computed if one.digest == value]
        if computed and not right:
            detail = f"the {group.hash} digest in the AUTACK is not that of what it refers to"
            raise InvalidSignatureError(Code.DIGEST_MISMATCH, detail)
        if group.hash not in STRONG_HASHES:
            detail = f"two texts may have one {group.hash} digest, so it does not say which was meant"
            raise WeakAlgorithmError(Code.WEAK_HASH, detail)
        self._stripped = self._stripped or right[0].warning is not None
