"""Fuzzed EDIFACT: files as they are, and contents, headers, AUTACKs, attributes and mail parts that are really signed.

Every key of the fixtures is known here as a careful operator would know it, so that whatever is signed is believed.
"""

from __future__ import annotations

import re
from base64 import b64encode
from contextlib import suppress
from email import message_from_bytes
from functools import cache
from hashlib import sha256, sha384, sha512
from typing import TYPE_CHECKING

from meter_sign.cli.key_file import read_registry
from meter_sign.crypto.certificates import KnownCertificate, read_certificate, read_certificates
from meter_sign.errors import KeyMaterialError
from meter_sign.judgement import KeyPolicy, NamedKey
from meter_sign.model import Beside
from tools.fixtures.edifact import autack, cms, der, judged, mime, people
from tools.fixtures.edifact.in_message import Group, header, result
from tools.fixtures.edifact.mscons import MSCONS, V4, Body, Envelope, interchange, joined
from tools.fixtures.edifact.signing_keys import SHA_256, EcKey, Hash
from tools.fixtures.edifact.valid_outside import PLAIN, WHOLE
from tools.fuzz.oracle import BrokenPromiseError, check
from tools.make_fixtures import FIXTURES

if TYPE_CHECKING:
    from email.message import Message

#: Between a file and each of those that lie beside it.
BESIDE = b"\n== beside ==\n"
_SEGMENT = re.compile(rb"(?:\?.|[^?'])*+'", re.DOTALL)
#: How those begin that are AUTACKs; what begins otherwise is a detached signature.
_EDIFACT = b"UN"
_LINE_END = re.compile(rb"\r?\n")


class _Quick(EcKey):
    """Signs the same as its pair does, by the library that is fast."""

    def numbers(self, message: bytes, hashed: Hash = SHA_256) -> tuple[int, int]:
        """ECDSA by RFC 6979 with SHA-256, the one hash that is asked for here."""
        del hashed
        return self.pair.sign(message)


_METER = Group(key=_Quick(people.METER_KEY.pair))
_SENDER = Group(certificate=people.EC_PARTY, key=_Quick(people.EC_PARTY.key.pair), scope="2")  # type: ignore[union-attr]


@cache
def policy() -> KeyPolicy:
    """Everybody in the registry, every certificate below the root, and the key that has a name."""
    known = (*judged.KNOWN, people.BY_CURVE["secp256k1"])
    return KeyPolicy(
        arguments=(NamedKey(name=people.KEY_NAME, text=people.NAMED_KEY.spki),),
        registry=read_registry(str(FIXTURES / judged.REGISTRY)),
        certificates=tuple(read_certificate(one.pem) for one in known),
        trust_anchors=(read_certificate(people.ROOT.pem),),
        allow_secp256k1=True,
    )


def file(data: bytes) -> None:
    """Any file, and what lies beside it."""
    whole, *others = data.split(BESIDE)
    autacks = tuple(one for one in others if one.lstrip().startswith(_EDIFACT))
    signatures = tuple(one for one in others if one not in autacks)
    check(whole, keys=policy(), beside=Beside(autacks=autacks, detached_signatures=signatures))


# Inside of a message -----------------------------------------------------------------------------------------------


def content(data: bytes) -> None:
    """Any segments as the body of a message that the meter signs."""
    signed(joined(header(_METER)) + _ended(data))


def signed(data: bytes) -> None:
    """Any segments between UNH and UST, security headers included, signed by the meter as one group would be."""
    text = _ended(data)
    trailer = joined((f"UST+{_METER.reference}+6", f"USR+{result(_METER, text)}"))
    check(_file_of(text + trailer, kind=MSCONS), signed=frozenset({text}), keys=policy())


def _ended(data: bytes) -> bytes:
    return data if data.endswith(b"'") else data + b"'"


def _file_of(segments: bytes, *, kind: str, envelope: Envelope = V4) -> bytes:
    """An interchange with one message, whatever it is made of."""
    count = len(_SEGMENT.findall(segments)) + 2
    marks: Body = ("\0",)
    empty = interchange(marks, envelope=envelope)
    return empty.replace(b"\0'", joined((f"UNH+1+{kind}",)) + segments + joined((f"UNT+{count}+1",)))


# Beside and around a file -------------------------------------------------------------------------------------------


def autack_signed(data: bytes) -> None:
    """Any segments inside of an AUTACK that is really signed, beside a file that it may refer to."""
    text = joined(header(_SENDER)) + _ended(data)
    trailer = joined((f"UST+{_SENDER.reference}+6", f"USR+{result(_SENDER, text)}"))
    other = _file_of(text + trailer, kind=autack.AUTACK, envelope=autack.ENVELOPE)
    judgement = check(PLAIN, signed=frozenset({text, PLAIN}), keys=policy(), beside=Beside(autacks=(other,)))
    if any(value.record for value in judgement.values) and not _states_digest(text):
        raise BrokenPromiseError("an AUTACK covers what it states the digest of")


def _states_digest(text: bytes) -> bool:
    told = text.replace(b"?", b"")
    message = WHOLE.content[WHOLE.content.index(b"UNH+") : WHOLE.content.index(b"UNZ+")]
    digests = [function(part).digest() for part in (WHOLE.content, message) for function in (sha256, sha384, sha512)]
    return any(one.hex().encode() in told.lower() or b64encode(one) in told for one in digests)


def attributes_signed(data: bytes) -> None:
    """Any bytes as the signed attributes of a CMS structure, really signed."""
    attributes = der.tlv(der.SET, data)
    key = _METER.signer
    info = der.sequence(
        der.integer(1),
        der.sequence(people.METER.issuer_name, der.integer(people.METER.serial)),
        SHA_256.algorithm,
        b"\xa0" + attributes[1:],
        key.algorithm(),
        der.octets(key.sign(attributes)),
    )
    judgement = check(_with_signer(info), signed=frozenset({attributes, PLAIN}), keys=policy())
    if any(value.record for value in judgement.values) and sha256(PLAIN).digest() not in data:
        raise BrokenPromiseError("signed attributes state the digest of the content")


def signer(data: bytes) -> None:
    """Any bytes as the SignerInfo of a file; only a true one can hold."""
    check(_with_signer(data), keys=policy())


def _with_signer(info: bytes) -> bytes:
    held = der.sequence(der.oid(cms.DATA), der.tagged(0, der.octets(PLAIN)))
    body = der.sequence(der.integer(1), der.set_of(SHA_256.algorithm), held, der.set_of(info))
    return der.sequence(der.oid(cms.SIGNED_DATA), der.tagged(0, body))


def mail_part_signed(data: bytes) -> None:
    """Any bytes as the part of a mail that the meter's key has signed: what is taken from it stands in it."""
    made = cms.signed_data(data, cms.Signer(certificate=people.METER, key=_METER.signer), detached=True)
    canonical = _LINE_END.sub(b"\r\n", data)
    texts = {data, canonical, *_leaves(message_from_bytes(data)), *_leaves(message_from_bytes(canonical))}
    check(mime.multipart(data, signature=made), signed=frozenset(texts | {_attributes(made)}), keys=policy())


def _attributes(structure: bytes) -> bytes:
    """What the signer has signed: its attributes, which are the last element of this tag."""
    start = structure.rindex(b"\xa0\x69\x30\x18")
    return b"\x31" + structure[start + 1 : start + 2 + structure[start + 1]]


def _leaves(message: Message) -> set[bytes]:
    leaves = (one.get_payload(decode=True) for one in message.walk() if not one.is_multipart())
    return {one for one in leaves if isinstance(one, bytes)}


# Certificates ---------------------------------------------------------------------------------------------------------


def certificates(data: bytes) -> None:
    """Any bytes as certificates, and as trust anchors: what they make believe is what the meter's key has signed."""
    found: tuple[KnownCertificate, ...] = ()
    with suppress(KeyMaterialError):
        found = read_certificates(data)
    for one in found:
        if read_certificate(one.der) != one or one.valid_from.tzinfo is None:
            raise BrokenPromiseError("a certificate that was read is read again as the same")
    meter, root = policy().certificates[:1], policy().trust_anchors
    for keys in (
        KeyPolicy(certificates=found, trust_anchors=root),
        KeyPolicy(certificates=(*meter, *found), trust_anchors=found),
    ):
        judgement = check(_by_meter(), keys=keys)
        if any(value.record and value.record.key_der != people.METER_KEY.spki for value in judgement.values):
            raise BrokenPromiseError("no other key than the meter's has signed")


@cache
def _by_meter() -> bytes:
    return FIXTURES.joinpath("edifact/valid/p256_pair_hex.edi").read_bytes()
