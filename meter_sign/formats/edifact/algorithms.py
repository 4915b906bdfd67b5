"""What the security segments state: hash, method, key, time and signature value, by the code lists of ISO 9735.

Nothing here decides whether a method is good enough (`verify.py` does) and nothing here is a key: moduli, exponents and
certificates that come along in a message are never looked at.

Source: UN/EDIFACT syntax 4 service code list 40210, ISO 9735-5 (USH, USA, USC, USR); edifact.md 2.1, R6, R10, R12, R13.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from binascii import Error as Base64Error
from datetime import datetime, timedelta
from re import ASCII
from re import compile as pattern
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import ContentError, InvalidSignatureError, UnsupportedPayloadError
from meter_sign.formats.edifact.segments import bare
from meter_sign.model import HashAlgorithm, KeyReference, SignatureScheme, SignedDigest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from meter_sign.formats.edifact.segments import Fields, Separators

#: 0523: whose algorithm, and for what.
OWNER_HASHING, OWNER_SIGNING = "1", "6"
#: 0527. SHA (8) of 1993 is none of those that anybody still computes, and no way to write SHA-1 (16).
HASHES: Mapping[str, HashAlgorithm] = {
    "48": HashAlgorithm.SHA_256,
    "50": HashAlgorithm.SHA_384,
    "49": HashAlgorithm.SHA_512,
    "52": HashAlgorithm.SHA_224,
    "16": HashAlgorithm.SHA_1,
    "14": HashAlgorithm.RIPEMD_160,
    "6": HashAlgorithm.MD5,
    "5": HashAlgorithm.MD4,
}
#: Hash functions that every Python computes; of the others (MD4, RIPEMD-160) only the name is known.
_COMPUTED: Mapping[HashAlgorithm, str] = {
    HashAlgorithm.SHA_256: "sha256",
    HashAlgorithm.SHA_384: "sha384",
    HashAlgorithm.SHA_512: "sha512",
    HashAlgorithm.SHA_224: "sha224",
    HashAlgorithm.SHA_1: "sha1",
    HashAlgorithm.MD5: "md5",
}
_RSA, _ECC = "10", "17"
#: 0591 and 0601 (whose code list it is of) with RSA. No list has a code for PSS; `PSS` of `ZZZ` is agreed bilaterally.
_RSA_PADDINGS: Mapping[tuple[str, str], SignatureScheme] = {
    ("11", ""): SignatureScheme.RSA_PKCS1,
    ("11", "1"): SignatureScheme.RSA_PKCS1,
    ("16", ""): SignatureScheme.RSA_PKCS1,
    ("16", "1"): SignatureScheme.RSA_PKCS1,
    ("PSS", "ZZZ"): SignatureScheme.RSA_PSS,
}
#: 0529 and 0601: UN/CEFACT's own list, stated or not.
_UN_LIST = frozenset({"", "1"})
#: 0525: DSMR, which everybody writes, none, and agreed bilaterally. None of them changes what is computed.
_MODES = frozenset({"", "16", "ZZZ"})
#: 0545.
_X_509 = "3"
#: 0577.
_CERTIFICATE_OWNER, _ISSUER = "3", "4"
_SERIAL = pattern(r"[0-9A-Fa-f]{1,64}")
#: 0563: one value as a whole; r and s one by one.
_WHOLE, _R, _S = b"1", b"2", b"3"
#: Methods whose signatures are one number.
_WITHOUT_PAIR = frozenset({SignatureScheme.RSA_PKCS1, SignatureScheme.RSA_PSS})
#: S508 stands at most twice in one segment.
_VALUES = 2
_HEX = pattern(rb"(?:[0-9A-Fa-f]{2})*")
#: 0517: security time stamp; structure generation.
_TIMES_OF_SIGNING = frozenset({"1", "5"})
_TIME = pattern(r"(\d{4})(\d\d)(\d\d):([01]\d|2[0-3])(\d\d)(\d\d)?:(?:(-?)(\d\d)(\d\d))?", ASCII)
_SYNTAX_4 = 4


def hash_of(usa: Fields) -> HashAlgorithm:
    """The hash function that a USA with use 1 (owner hashing) states.

    Args:
        usa: the segment.

    Raises:
        UnsupportedPayloadError: ALGORITHM_UNSUPPORTED.

    Source: code list 40210, 0527; edifact.md R15.
    """
    found = HASHES.get(usa.text(1, 3)) if _is_listed(usa) else None
    if found is None:
        detail = f"no hash function is known for algorithm {usa.text(1, 3)[:10]!r} with mode {usa.text(1, 1)[:10]!r}"
        raise UnsupportedPayloadError(Code.ALGORITHM_UNSUPPORTED, detail)
    return found


def scheme_of(usa: Fields) -> SignatureScheme:
    """The method of signing that a USA with use 6 (owner signing) states.

    Args:
        usa: the segment.

    Raises:
        UnsupportedPayloadError: ALGORITHM_UNSUPPORTED; PADDING_UNSUPPORTED.

    Source: edifact.md R13. The curve of ECDSA is the key's; none that a message names would count.
    """
    algorithm, padding, padding_list = usa.text(1, 3), usa.text(1, 5), usa.text(1, 6)
    if algorithm not in {_RSA, _ECC} or not _is_listed(usa):
        detail = f"no method of signing is known for algorithm {algorithm[:10]!r} with mode {usa.text(1, 1)[:10]!r}"
        raise UnsupportedPayloadError(Code.ALGORITHM_UNSUPPORTED, detail)
    scheme = _RSA_PADDINGS.get((padding, padding_list)) if algorithm == _RSA else SignatureScheme.ECDSA
    if scheme is None or (algorithm == _ECC and padding):
        detail = f"padding {padding[:10]!r} of list {padding_list[:10]!r} is none that goes with the algorithm"
        raise UnsupportedPayloadError(Code.PADDING_UNSUPPORTED, detail)
    return scheme


def _is_listed(usa: Fields) -> bool:
    return usa.text(1, 4) in _UN_LIST and usa.text(1, 1) in _MODES


def digests(parts: Iterable[bytes], algorithm: HashAlgorithm, separators: Separators) -> tuple[SignedDigest, ...]:
    """Hash what was signed: as received and, where line breaks stand between its segments, without these as well.

    Args:
        parts: slices of the received bytes, each from the beginning of a segment to the end of one or to the
            beginning of the next, in the order in which they are signed.
        algorithm: as the signature states it.
        separators: of the interchange.

    Returns:
        The digests in the order in which they are tried; none where nobody computes the hash any more.

    Source: edifact.md R7.
    """
    signed = tuple(parts)
    return both_digests(signed, tuple(bare(part, separators) for part in signed), algorithm)


def both_digests(
    received: tuple[bytes, ...], stripped: tuple[bytes, ...], algorithm: HashAlgorithm
) -> tuple[SignedDigest, ...]:
    """The same as `digests`, for those who hash one part often and free it of line breaks once.

    Args:
        received: the slices as received.
        stripped: the same without line breaks between segments, see `segments.bare`.
        algorithm: as the signature states it.
    """
    readings: list[tuple[tuple[bytes, ...], Code | None]] = [(received, None)]
    if sum(map(len, stripped)) != sum(map(len, received)):
        readings.append((stripped, Code.CRLF_STRIPPED))
    found = ((digest_of(parts, algorithm), told) for parts, told in readings)
    return tuple(SignedDigest(digest, told) for digest, told in found if digest is not None)


def digest_of(parts: Iterable[bytes], algorithm: HashAlgorithm) -> bytes | None:
    """The hash of bytes, or None where nobody computes it any more.

    Args:
        parts: what is hashed, one behind the other.
        algorithm: weak ones too, so that a signature that does not hold is told from one that proves too little.
    """
    name = _COMPUTED.get(algorithm)
    if name is None:
        return None
    state = hashlib.new(name, usedforsecurity=False)
    for part in parts:
        state.update(part)
    return state.digest()


def key_reference(usc: Fields | None, syntax: int) -> KeyReference:
    """How a USC names the key: by issuer and serial of an X.509 certificate, by a name, by both or not at all.

    Args:
        usc: the segment that stands in front of the signing algorithm; None when there is none.
        syntax: 3 or 4.

    Returns:
        What could be read; a name that cannot be read is none.

    Source: edifact.md R12, 5.5.
    """
    if usc is None:
        return KeyReference()
    if syntax == _SYNTAX_4:
        parties, certificate_syntax = usc.repetitions(2), usc.text(3)
    else:
        parties, certificate_syntax = (*usc.repetitions(2), *usc.repetitions(3)), usc.text(4)
    named = {role: tuple(_of_role(parties, role)) for role in (_CERTIFICATE_OWNER, _ISSUER)}
    issuer = _issuer(named[_ISSUER]) if certificate_syntax == _X_509 else None
    serial = int(usc.text(1), 16) if issuer is not None and _SERIAL.fullmatch(usc.text(1)) else None
    names = [party[1].decode("latin-1") for party in named[_CERTIFICATE_OWNER] if len(party) > 1 and party[1]]
    return KeyReference(
        issuer=None if serial is None else issuer, serial=serial, key_name=names[0] if len(names) == 1 else None
    )


def _of_role(parties: Iterable[tuple[bytes, ...]], role: str) -> Iterable[tuple[bytes, ...]]:
    return (party for party in parties if party[:1] == (role.encode(),))


def _issuer(parties: tuple[tuple[bytes, ...], ...]) -> bytes | None:
    """0511 of the one issuer: base64 of the DER of its distinguished name."""
    texts = [party[2] for party in parties if len(party) > 2 and party[2]]
    if len(texts) != 1:
        return None
    try:
        return b64decode(texts[0], validate=True) or None
    except Base64Error:
        return None


def signing_time(segment: Fields, syntax: int) -> datetime | None:
    """When a header group was made: USH's S501, with its offset from UTC taken off.

    Args:
        segment: the USH.
        syntax: 3 or 4; in syntax 3 the elements in front may take one place more.

    Returns:
        The instant in UTC, or None when none is stated.

    Raises:
        ContentError: DATE_FORMAT, when what stands there is no instant.

    Source: edifact.md R12, 5.5 (0336: HHMM, negative ones with a minus).
    """
    places = (10,) if syntax == _SYNTAX_4 else range(8, len(segment) + 1)
    stated = [segment.repetitions(place)[0] for place in places if segment.text(place, 0) in _TIMES_OF_SIGNING]
    if syntax != _SYNTAX_4:
        stated = [one for one in stated if len(one) > 1 and len(one[1]) == 8 and one[1].isdigit()]
    return _instant(stated[0]) if stated else None


def _instant(composite: tuple[bytes, ...]) -> datetime:
    text = ":".join(part.decode("latin-1") for part in (*composite, b"", b"", b"")[1:4])
    match = _TIME.fullmatch(text)
    if match is None:
        raise ContentError(Code.DATE_FORMAT, f"{text[:30]!r} is no time of signing", where="USH")
    year, month, day, hour, minute, second, sign, hours, minutes = match.groups()
    try:
        local = datetime.fromisoformat(f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}+00:00")
        return local - _offset(sign, hours or "0", minutes or "0")
    except (ValueError, OverflowError) as error:
        raise ContentError(Code.DATE_FORMAT, f"{text[:30]!r} is no possible instant", where="USH") from error


def _offset(sign: str | None, hours: str, minutes: str) -> timedelta:
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError("an offset of a day, or minutes above 59")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return -offset if sign == "-" else offset


def signature_value(
    segment: Fields, first: int, filter_code: str, syntax: int, scheme: SignatureScheme | None
) -> tuple[int, int] | bytes:
    """The value of a USR or USY: a signature or, in an AUTACK, a digest.

    Args:
        segment: the USR or USY.
        first: the element at which its S508 begin: 1 in USR, 2 in USY.
        filter_code: 0505 of the header group, by which the values are written.
        syntax: 3 or 4; in syntax 3 what repeats takes the next element.
        scheme: of the signature; None where the value is a digest.

    Returns:
        r and s where they are stated one by one, else the value as a whole.

    Raises:
        UnsupportedPayloadError: FILTER_UNSUPPORTED.
        InvalidSignatureError: SIGNATURE_MISSING, nothing stands there; FILTER_DECODE, the text is not written by the
            filter; SIGNATURE_MISMATCH, the parts make no signature.

    Source: edifact.md R10, R12, R13.
    """
    decode = _FILTERS.get(filter_code)
    if decode is None:
        detail = f"filter {filter_code[:10]!r} is neither hexadecimal (2) nor base64 (7)"
        raise UnsupportedPayloadError(Code.FILTER_UNSUPPORTED, detail)
    if syntax == _SYNTAX_4:
        stated = segment.repetitions(first)
    else:
        stated = tuple(part for place in range(first, first + _VALUES) for part in segment.repetitions(place))
    given = [one for one in stated if any(one)]
    if not given or any(len(one) < 2 or not one[1] for one in given):
        raise InvalidSignatureError(Code.SIGNATURE_MISSING, "no value stands where the signature should")
    values = [(qualifier, decode(text)) for qualifier, text, *_ in given]
    return _joined(values, scheme)


def _joined(values: list[tuple[bytes, bytes]], scheme: SignatureScheme | None) -> tuple[int, int] | bytes:
    by_kind = dict(values)
    if len(values) == 1 and _WHOLE in by_kind:
        return by_kind[_WHOLE]
    if len(values) != _VALUES or {_R, _S} != set(by_kind):
        raise InvalidSignatureError(Code.SIGNATURE_MISMATCH, "neither one value as a whole nor r and s")
    if scheme in _WITHOUT_PAIR:
        raise InvalidSignatureError(Code.SIGNATURE_MISMATCH, f"r and s are no signature of {scheme}")
    return int.from_bytes(by_kind[_R], "big"), int.from_bytes(by_kind[_S], "big")


def _from_hex(text: bytes) -> bytes:
    if _HEX.fullmatch(text) is None:
        raise InvalidSignatureError(Code.FILTER_DECODE, "the value is not written in hexadecimal, two digits a byte")
    return bytes.fromhex(text.decode("ascii"))


def _from_base64(text: bytes) -> bytes:
    try:
        return b64decode(text, validate=True)
    except Base64Error as error:
        raise InvalidSignatureError(Code.FILTER_DECODE, "the value is not written in base64") from error


#: 0505.
_FILTERS: Mapping[str, Callable[[bytes], bytes]] = {"2": _from_hex, "7": _from_base64}
