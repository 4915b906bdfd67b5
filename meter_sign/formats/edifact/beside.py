"""Whether a file that lies beside another one is of the kind that it was given as; whether it signs is asked later.

Source: contracts.md 1, `--autack`, `--detached-signature`; edifact.md 2.3, 2.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError, MeterSignError
from meter_sign.formats.edifact import autack, cms
from meter_sign.formats.edifact.interchange import BEGINNING, read_interchanges
from meter_sign.formats.edifact.recognition import una_is_altered

if TYPE_CHECKING:
    from meter_sign.limits import Limits

#: How a CMS structure begins in base64.
_BASE64_MARK = b"MI"


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
    if BEGINNING.match(raw) is None and not una_is_altered(raw):
        raise MalformedPayloadError(Code.NOT_EDIFACT, "neither UNA nor UNB stands at the beginning")
    try:
        interchanges = read_interchanges(raw, limits)
    except MeterSignError:
        return
    kinds = {message.type for interchange in interchanges for message in interchange.messages}
    if autack.TYPE not in kinds and not any(interchange.problems for interchange in interchanges):
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
        if cms.is_wrapper(raw) or raw.lstrip().startswith(_BASE64_MARK):
            return
        raise
    if structure.content is not None:
        detail = "it holds what it signs, and is no detached signature; judge it by itself"
        raise MalformedPayloadError(Code.CONTAINER_INVALID, detail)


def _check_size(raw: bytes) -> None:
    if not raw:
        raise MalformedPayloadError(Code.EMPTY_VALUE, "it is empty")
