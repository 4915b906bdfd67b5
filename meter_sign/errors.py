"""Every exception that leaves `meter_sign`.

    MeterSignError                      no verdict can be given, or the verdict is negative
    ├─ MalformedPayloadError            not a well-formed record               -> structure_invalid or unreadable
    │  └─ LimitExceededError            larger, deeper or longer than we read
    ├─ UnsupportedPayloadError          well-formed, but we cannot judge it    -> unsupported
    ├─ UnsignedPayloadError             carries no signature                   -> unsigned
    ├─ InvalidSignatureError            the signature is wrong                 -> signature_invalid
    ├─ WeakAlgorithmError               holds, by a method that proves too little  -> weak_algorithm
    ├─ KeyMaterialError                 no usable, trusted key                 -> untrusted_key
    ├─ ContentError                     authentic, but no measurement          -> content_invalid
    └─ EvidenceMismatchError            verified records do not form one transaction

Wrong, undecidable and unreadable are different classes on purpose. `ValueError` and `TypeError` are programming
mistakes here, never an answer to input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from meter_sign.codes import Code


class MeterSignError(Exception):
    """Base of all errors of this package; `code` is stable, `where` is a JSON pointer, an XPath or a byte offset."""

    def __init__(self, code: Code, detail: str, *, where: str | None = None, further: tuple[Code, ...] = ()) -> None:
        """Keep the parts apart, so that no caller ever parses a message; `further` has other codes of the same rank."""
        super().__init__(f"{code}: {detail}" + (f" (at {where})" if where else ""))
        self.further = further
        self.code = code
        self.detail = detail
        self.where = where


class MalformedPayloadError(MeterSignError):
    """The bytes are not a well-formed record of the format."""


class LimitExceededError(MalformedPayloadError):
    """The input is larger, deeper or longer than the declared limits."""


class UnsupportedPayloadError(MeterSignError):
    """Well-formed, but of a format, version, algorithm or curve that cannot be judged here."""


class UnsignedPayloadError(MeterSignError):
    """The record carries no signature at all."""


class InvalidSignatureError(MeterSignError):
    """This key did not make this signature over these bytes."""


class WeakAlgorithmError(MeterSignError):
    """The signature holds, but its hash or its key is too weak to prove anything (EDIFACT and S/MIME only)."""


class KeyMaterialError(MeterSignError):
    """No key, or a key that cannot be decoded, is not trusted, or lies on another curve."""


class ContentError(MeterSignError):
    """The signature holds, but what was signed is no measurement (NaN, duplicate key, impossible date, ...)."""


#: From the answer that weighs most to the one that weighs least (contracts.md 1, `status`).
BY_WEIGHT: tuple[type[MeterSignError], ...] = (
    MalformedPayloadError,
    UnsupportedPayloadError,
    UnsignedPayloadError,
    InvalidSignatureError,
    WeakAlgorithmError,
    KeyMaterialError,
    ContentError,
)


def heaviest(errors: Iterable[MeterSignError]) -> MeterSignError:
    """Of several errors the one that decides, anew, with the codes of the others of its class.

    Args:
        errors: at least one, in the order in which they were found; they stay as they are, for one that concerns
            several messages of a file must not bring one message's codes to the next.
    """
    found = list(errors)
    kind = next(one for one in BY_WEIGHT if any(isinstance(error, one) for error in found))
    same = [error for error in found if isinstance(error, kind)]
    codes = dict.fromkeys(code for error in same for code in (error.code, *error.further))
    first = same[0]
    further = tuple(code for code in codes if code is not first.code)
    return type(first)(first.code, first.detail, where=first.where, further=further)


class EvidenceMismatchError(MeterSignError):
    """Verified records that do not form one transaction, so no periods can be made of them."""
