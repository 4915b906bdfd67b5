"""From a certificate to a trust anchor, among certificates that the operator gave: the short paths of energy markets.

What is held of RFC 5280, 6.1: every link's signature, by a hash and a key that are not weak; names that fit; the
validity of every certificate at one instant, the anchor's included; basicConstraints with its path length and
keyCertSign of every issuer; digitalSignature or nonRepudiation of the signer, where it states a keyUsage; and no
critical extension that is not understood here. Left out, because nobody can ask for them without a network or a policy:
revocation, certificate policies. Name constraints are not understood, so an authority that has them is refused.

`cryptography` has a path builder of its own, which is for servers and clients of TLS only.

Source: RFC 5280, 4.2.1 and 6.1; edifact.md 2.4.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from meter_sign.codes import Code
from meter_sign.crypto.certificates import parsed
from meter_sign.crypto.strength import is_weak
from meter_sign.errors import KeyMaterialError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from meter_sign.crypto.certificates import KnownCertificate

#: Certificates in a path, signer and anchor included; the energy market's have three or four.
LONGEST_PATH = 6
_LINKS_KEPT = 512
_STRONG_HASHES = frozenset({"sha256", "sha384", "sha512"})
#: Extensions that are judged here, or that say nothing against signing a message; any other critical one is refused.
_UNDERSTOOD = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME, ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    }
)  # fmt: skip
#: What a critical extendedKeyUsage must allow; uncritical ones are advice.
_MESSAGE_PURPOSES = frozenset({ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})
_Kind = TypeVar("_Kind", bound=x509.ExtensionType)


def check_chain(
    certificate: KnownCertificate,
    *,
    pool: Sequence[KnownCertificate],
    anchors: Sequence[KnownCertificate],
    at: datetime,
) -> None:
    """Follow a signer's certificate to a trust anchor; returning at all means that there is a path.

    Args:
        certificate: of the signer. One that is an anchor itself needs no issuer.
        pool: certificates in between; none of them is trusted.
        anchors: trusted.
        at: the instant at which every certificate of the path must be valid. Only an anchor may begin later: a root
            that was renewed with its key still vouches for what it issued before, and the anchor's word is its key
            (RFC 5280, 6.1.1, d).

    Raises:
        KeyMaterialError: CERT_UNTRUSTED, when no path leads to an anchor or the certificate may not sign messages;
            CERT_EXPIRED, when one does and not all of it is valid at the instant.
    """
    if not _may_sign(certificate):
        detail = f"the certificate of {certificate.subject_text} is not one for signing messages"
        raise KeyMaterialError(Code.CERT_UNTRUSTED, detail)
    known = tuple(dict.fromkeys((*anchors, *pool)))
    valid = tuple(one for one in known if one.valid_at(at) or (one in anchors and at < one.valid_from))
    if certificate.valid_at(at) and _reaches_anchor(certificate, valid, anchors):
        return
    if _reaches_anchor(certificate, known, anchors):
        detail = f"the certificate of {certificate.subject_text}, or one above it, was not valid when it signed"
        raise KeyMaterialError(Code.CERT_EXPIRED, detail)
    detail = f"no path leads from the certificate of {certificate.subject_text} to a trust anchor"
    raise KeyMaterialError(Code.CERT_UNTRUSTED, detail)


def _reaches_anchor(
    certificate: KnownCertificate, known: Sequence[KnownCertificate], anchors: Sequence[KnownCertificate]
) -> bool:
    """Level by level upwards; each certificate is looked at once, at its shortest distance from the signer."""
    level, seen = [certificate], {certificate}
    for below in range(LONGEST_PATH):
        if any(one in anchors for one in level):
            return True
        level = [one for one in known if one not in seen and any(_may_be_above(one, child, below) for child in level)]
        seen.update(level)
    return False


def _may_be_above(issuer: KnownCertificate, child: KnownCertificate, below: int) -> bool:
    return issuer.subject == child.issuer and _may_issue(issuer, below) and _issued(issuer, child)


@lru_cache(maxsize=_LINKS_KEPT)
def _issued(issuer: KnownCertificate, child: KnownCertificate) -> bool:
    # A predicate and no exception, because a search asks it of several certificates of one name.
    try:
        signed = parsed(child.der)
        hash_ = signed.signature_hash_algorithm
        if is_weak(issuer.key) or hash_ is None or hash_.name not in _STRONG_HASHES:
            return False
        signed.verify_directly_issued_by(parsed(issuer.der))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _may_issue(certificate: KnownCertificate, below: int) -> bool:
    """Whether it is a certificate authority that allows so many others between itself and the signer."""
    extensions = _extensions(certificate)
    if extensions is None:
        return False
    constraints = _extension(extensions, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        return False
    usage = _extension(extensions, x509.KeyUsage)
    long_enough = constraints.path_length is None or below <= constraints.path_length
    return long_enough and (usage is None or usage.key_cert_sign)


def _may_sign(certificate: KnownCertificate) -> bool:
    extensions = _extensions(certificate)
    if extensions is None:
        return False
    usage = _extension(extensions, x509.KeyUsage)
    # `content_commitment` is what X.509 called nonRepudiation before.
    return usage is None or usage.digital_signature or usage.content_commitment


def _extensions(certificate: KnownCertificate) -> x509.Extensions | None:
    """The extensions; None where one of them forbids to go on."""
    try:
        extensions = parsed(certificate.der).extensions
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None
    return None if any(_forbids(one) for one in extensions if one.critical) else extensions


def _forbids(extension: x509.Extension[x509.ExtensionType]) -> bool:
    if isinstance(extension.value, x509.ExtendedKeyUsage):
        return _MESSAGE_PURPOSES.isdisjoint(extension.value)
    return extension.oid not in _UNDERSTOOD


def _extension(extensions: x509.Extensions, kind: type[_Kind]) -> _Kind | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
