"""What is said of a key that a signature names: names, validity, and the time that counts, in words for people.

Source: edifact.md 5.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.crypto.distinguished_names import name_in_words, names_of
from meter_sign.errors import KeyMaterialError
from meter_sign.model import SignatureContainer

if TYPE_CHECKING:
    from datetime import datetime

    from meter_sign.crypto.certificates import KnownCertificate
    from meter_sign.model import KeyReference, NamedSignature, NamedSignatures

#: Where the time of a signature stands; in every other container it is an attribute of the signer.
_OF_EDIFACT = frozenset({SignatureContainer.IN_MESSAGE, SignatureContainer.AUTACK})


def time_in_words(signature: NamedSignature, named: NamedSignatures, at: datetime) -> str:
    """The instant at which a key must count, and who says so.

    Args:
        signature: one of the message.
        named: all of them.
        at: the time of the judgement.
    """
    if signature.signed_at is not None:
        source = "S501" if signature.container in _OF_EDIFACT else "signingTime"
        return f"{_utc(signature.signed_at)} ({source})"
    if named.written_at is not None:
        return f"{_utc(named.written_at)} (DTM+137)"
    return f"{_utc(at)} (the time of the judgement, --at)"


def reading_in_words(last: datetime) -> str:
    """The same, where the time that is stated lies before the values.

    Args:
        last: when the last of them was taken.
    """
    return f"{_utc(last)} (the last reading)"


def in_full(
    error: KeyMaterialError, signature: NamedSignature, certificate: KnownCertificate | None, when: str
) -> KeyMaterialError:
    """The same objection with everything that a person needs to look into it.

    Args:
        error: what stands against the key.
        signature: that names it.
        certificate: of the key.
        when: see `time_in_words` and `reading_in_words`.
    """
    more = ""
    if error.code is Code.CERT_EXPIRED and certificate is not None:
        span = f"{_utc(certificate.valid_from)} to {_utc(certificate.valid_until)}"
        more = f"; it is valid from {span}, and the time that counts is {when}"
    elif error.code is Code.KEY_NOT_VALID_AT_TIME:
        more = f"; the time that counts is {when}"
    elif error.code is Code.KEY_METER_MISMATCH:
        more = f"; {signature.name} names {reference_in_words(signature.key)}"
    return KeyMaterialError(error.code, f"{error.detail}{more}", where=error.where, further=error.further)


def unknown_key(signature: NamedSignature) -> KeyMaterialError:
    """KEY_UNKNOWN: which key it is that nobody has registered or given.

    Args:
        signature: that names it.
    """
    detail = f"{signature.name}: it names {reference_in_words(signature.key)}, which is not known"
    subject = _subject_brought(signature)
    if subject is not None:
        detail += (
            f"; the message brings the certificate of {subject!r}, which counts only when you register it, or give it"
            " with --certificate and a --trust-anchor"
        )
    return KeyMaterialError(Code.KEY_UNKNOWN, detail)


def reference_in_words(key: KeyReference) -> str:
    """How a signature calls its key: issuer (RFC 4514), serial number and key identifier (hex), key name.

    Args:
        key: as stated.
    """
    stated = {
        "issuer": None if key.issuer is None else name_in_words(key.issuer),
        "serial number": None if key.serial is None else f"{key.serial:X}",
        "key identifier": None if key.subject_key_id is None else key.subject_key_id.hex().upper(),
        "key name": key.key_name,
    }
    return ", ".join(f"{name} {text!r}" for name, text in stated.items() if text) or "no key at all"


def _subject_brought(signature: NamedSignature) -> str | None:
    """Of the certificates that came along the one that is named, else the only one."""
    brought = [names for one in signature.brought if (names := names_of(one)) is not None]
    issuer_and_serial = signature.key.issuer, signature.key.serial
    named = [one.subject for one in brought if (one.issuer, one.serial) == issuer_and_serial]
    if named:
        return named[0]
    return brought[0].subject if len(brought) == 1 and signature.key.subject_key_id is not None else None


def _utc(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
