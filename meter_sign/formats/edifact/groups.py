"""Security header groups (USH USA USC USA ...) and their trailers (UST USR), as they stand in MSCONS and in AUTACK.

What is wrong with a group is collected and not raised: whether it weighs more than what is wrong elsewhere is decided
where everything is known.

Source: ISO 9735-5; edifact.md 2.1, R12, R14, R16.
"""

from __future__ import annotations

from dataclasses import dataclass
from re import ASCII
from re import compile as pattern
from typing import TYPE_CHECKING, TypeVar

from meter_sign.codes import Code
from meter_sign.errors import MeterSignError, UnsupportedPayloadError
from meter_sign.formats.edifact.algorithms import (
    OWNER_HASHING,
    OWNER_SIGNING,
    hash_of,
    key_reference,
    scheme_of,
    signing_time,
)
from meter_sign.formats.edifact.interchange import Closing
from meter_sign.formats.edifact.segments import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from meter_sign.formats.edifact.segments import Fields, Segment, Separators
    from meter_sign.limits import Limits
    from meter_sign.model import HashAlgorithm, KeyReference, SignatureScheme

_Read = TypeVar("_Read")

#: Segments that a header group is made of, and all that belong to security.
HEADER_TAGS = frozenset({"USH", "USA", "USC"})
SECURITY_TAGS = HEADER_TAGS | {"UST", "USR"}
#: 0501: signed (non-repudiation of origin); signed, of a structure that is referred to; only hashed, of such a one.
SIGNED, REFERENCED_SIGNED, REFERENCED_HASHED = "1", "7", "9"
#: What stands in front of 0501 in groups of a draft, with syntax 3: its version, such as 94W.
_DRAFT = pattern(r"\d\d[A-Z]", ASCII)
_SYNTAX_3 = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityHeader:
    """One header group, from the U of its USH to just behind its last segment."""

    segments: tuple[Segment, ...]
    #: USH 0534, which its trailer repeats.
    reference: str
    #: USH 0501; see `SIGNED`.
    service: str
    #: USH 0541; 1 where nothing is stated.
    scope: str
    #: USH 0505, by which the values are written.
    filter: str
    #: None where the problems say why, or where the service has none.
    hash: HashAlgorithm | None
    scheme: SignatureScheme | None
    key: KeyReference
    #: USH S501.
    signed_at: datetime | None
    problems: tuple[MeterSignError, ...] = ()
    #: Whether it is of a draft before ISO 9735-5, of which nothing is known here but that a version stands in front.
    is_draft: bool = False

    @property
    def start(self) -> int:
        """Offset of the U of USH."""
        return self.segments[0].start

    @property
    def end(self) -> int:
        """Offset just behind the terminator of the group's last segment."""
        return self.segments[-1].end


def split_groups(segments: Iterable[Segment]) -> tuple[tuple[Segment, ...], ...]:
    """Cut a run of header segments into groups, each of which begins with its USH.

    Args:
        segments: USH, USA and USC; what stands in front of the first USH makes a group of its own, without one.
    """
    groups: list[list[Segment]] = []
    for segment in segments:
        if segment.tag == "USH" or not groups:
            groups.append([])
        groups[-1].append(segment)
    return tuple(map(tuple, groups))


def read_group(
    data: bytes,
    segments: tuple[Segment, ...],
    separators: Separators,
    syntax: int,
    services: frozenset[str],
    limits: Limits,
) -> SecurityHeader:
    """Read one header group.

    Args:
        data: the whole file as received.
        segments: of the group, USH first.
        separators: of the interchange.
        syntax: 3 or 4.
        services: which services (0501) count here.
        limits: the cap on elements.

    Returns:
        The group; what is wrong with it or cannot be judged stands in `problems`.

    Raises:
        LimitExceededError: a segment has more elements than the cap.
    """
    return _group(segments, [read(data, segment, separators, limits) for segment in segments], syntax, services)


def _group(
    segments: tuple[Segment, ...], read_fields: list[Fields], syntax: int, services: frozenset[str]
) -> SecurityHeader:
    ush, problems = read_fields[0], _Problems(f"byte {segments[0].start}")
    service = ush.text(1)
    if service not in services:
        detail = f"security service {service[:10]!r} is no signature that counts here"
        problems.found.append(UnsupportedPayloadError(Code.SERVICE_UNSUPPORTED, detail, where=problems.where))
    hashing, signing, usc = _algorithms(segments, read_fields)
    judged, signs = service in services, service in {SIGNED, REFERENCED_SIGNED}
    is_draft = syntax == _SYNTAX_3 and _DRAFT.fullmatch(service) is not None
    return SecurityHeader(
        segments=segments,
        reference=ush.text(3 if is_draft else 2),
        service=service,
        scope=ush.text(3) or "1",
        filter=ush.text(5),
        hash=problems.or_none(lambda: hash_of(_only(hashing, "hash function"))) if judged else None,
        scheme=problems.or_none(lambda: scheme_of(_only(signing, "method of signing"))) if judged and signs else None,
        key=key_reference(usc, syntax),
        signed_at=problems.or_none(lambda: signing_time(ush, syntax)) if judged else None,
        problems=tuple(problems.found),
        is_draft=is_draft,
    )


def _algorithms(
    segments: tuple[Segment, ...], read_fields: list[Fields]
) -> tuple[list[Fields], list[Fields], Fields | None]:
    """The owner's hashing and signing algorithms, and the certificate in front of the signing one: it is the key's."""
    hashing: list[Fields] = []
    signing: list[Fields] = []
    certificate, of_signer = None, None
    for segment, fields in zip(segments, read_fields, strict=True):
        if segment.tag == "USC":
            certificate = fields
        elif segment.tag == "USA" and fields.text(1, 0) == OWNER_HASHING:
            hashing.append(fields)
        elif segment.tag == "USA" and fields.text(1, 0) == OWNER_SIGNING:
            signing.append(fields)
            of_signer = certificate
    return hashing, signing, of_signer


def _only(stated: list[Fields], what: str) -> Fields:
    if len(stated) != 1:
        raise UnsupportedPayloadError(Code.ALGORITHM_UNSUPPORTED, f"{len(stated)} times a {what} is stated, not once")
    return stated[0]


class _Problems:
    """Collects what is wrong, and goes on."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.found: list[MeterSignError] = []

    def or_none(self, reading: Callable[[], _Read]) -> _Read | None:
        try:
            return reading()
        except MeterSignError as error:
            error.where = error.where or self.where
            self.found.append(error)
            return None


def trailer_problems(header: SecurityHeader, ust: Fields, trailer_segments: int, at: int) -> tuple[MeterSignError, ...]:
    """What a UST says wrong of the header group that it closes.

    Args:
        header: the group.
        ust: the trailer's first segment.
        trailer_segments: how many segments the trailer has, UST included.
        at: offset of UST, for the error.

    Returns:
        UST_REF, when it names another group; UST_COUNT, when 0588 is not the number of segments of both.

    Source: edifact.md R16 (0588 counts the header group and the trailer group).
    """
    closing = Closing(ust.text(2), Code.UST_COUNT, ust.text(1), Code.UST_REF)
    # The draft's group counts its elements otherwise, so its reference cannot be told; it is unsupported anyway.
    reference = ust.text(1) if header.is_draft else header.reference
    return tuple(closing.problems(len(header.segments) + trailer_segments, reference, at))
