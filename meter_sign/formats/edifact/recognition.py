"""Whether a file means to be EDIFACT, bare or in CMS or S/MIME: by its first bytes, without reading it.

Source: edifact.md 5.1, R8.
"""

from __future__ import annotations

from re import DOTALL
from re import compile as pattern

#: How a file begins that means to be EDIFACT, be its UNA of the right length or not.
_BEGINNING = pattern(rb"(?:\xef\xbb\xbf)?\s*(?:UNA(?P<una>.{0,16}?)UNB|UNB\+UN[A-Z]{2}:)", DOTALL)
#: What UNA may state where nobody has signed it (R8): the characters of syntax 3 or 4, with either decimal mark.
_UNSIGNED_UNA = frozenset({b":+.? '", b":+,? '", b":+.?*'", b":+,?*'"})
#: Bytes in which a wrapper shows itself, and some more.
_HEAD = 16 * 1024
#: One of these stands in every wrapper: the tag of a CMS structure, PEM's first line, a MIME header.
_DER, _PEM, _MIME = b"\x30", b"-----BEGIN ", b"content-type"
_HEADER = pattern(rb"[A-Za-z][A-Za-z0-9-]*:")


def is_edifact(raw: bytes) -> bool:
    """Whether these bytes mean to be EDIFACT, bare or wrapped; a file's first 16 kB are enough to tell.

    Args:
        raw: a whole file.
    """
    return _BEGINNING.match(raw) is not None or (_may_be_wrapper(raw[:_HEAD]) and _is_wrapper(raw))


def una_is_altered(raw: bytes) -> bool:
    """Whether a UNA stands there that gives characters other meanings than any version of the syntax has them.

    Args:
        raw: a file of EDIFACT.
    """
    begins = _BEGINNING.match(raw)
    stated = begins.group("una") if begins else None
    return stated is not None and stated.rstrip(b"\r\n") not in _UNSIGNED_UNA


def _may_be_wrapper(head: bytes) -> bool:
    return head.startswith(_DER) or _PEM in head or (_HEADER.match(head) is not None and _MIME in head.lower())


def _is_wrapper(raw: bytes) -> bool:
    # What reads wrappers is only loaded for what may be one.
    from meter_sign.formats.edifact.cms import is_wrapper  # noqa: PLC0415 - see above

    return is_wrapper(raw)
