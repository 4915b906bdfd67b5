"""Whether a file that lies beside another one is of the kind that it was given as; whether it signs is asked later.

Source: contracts.md 1, `--autack`, `--detached-signature`; edifact.md 2.3, 2.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError, MeterSignError
from meter_sign.formats.edifact import autack, cms
from meter_sign.formats.edifact.interchange import read_interchanges

if TYPE_CHECKING:
    from meter_sign.limits import Limits

#: How a CMS structure begins in BER, in PEM and in base64.
_STRUCTURE_MARKS = (b"\x30", b"-----BEGIN ", b"MI")


def check_autack(raw: bytes, limits: Limits) -> None:
    """Refuse a file in which no AUTACK lies; one that is cut or altered counts as what it was.

    Args:
        raw: the file.
        limits: caps on bytes, segments and messages.

    Raises:
        MalformedPayloadError: EMPTY_VALUE, NOT_EDIFACT; MESSAGE_TYPE, when other messages only are in it.
        LimitExceededError: beyond the caps.
    """
    _check_size(raw)
    if autack.TYPE.encode("ascii") not in raw:
        # Raises where it is no interchange at all, which says more.
        read_interchanges(raw, limits)
        raise MalformedPayloadError(Code.MESSAGE_TYPE, "no AUTACK message is in it")


def check_detached(raw: bytes) -> None:
    """Refuse a file that is no CMS structure, or one that holds what it signs.

    A structure that is cut or altered counts as what it was: what it signs is judged, and is not well-formed.

    Args:
        raw: the file, in BER, PEM or base64.

    Raises:
        MeterSignError: what keeps it from being a signature that lies beside a file.
    """
    _check_size(raw)
    try:
        structure = cms.read_structure(raw)
    except MeterSignError:
        if raw.lstrip().startswith(_STRUCTURE_MARKS):
            return
        raise
    if structure.content is not None:
        detail = "it holds what it signs, and is no detached signature; judge it by itself"
        raise MalformedPayloadError(Code.CONTAINER_INVALID, detail)


def _check_size(raw: bytes) -> None:
    if not raw:
        raise MalformedPayloadError(Code.EMPTY_VALUE, "it is empty")
