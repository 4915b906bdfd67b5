"""The targets of EDIFACT, AUTACK, CMS, S/MIME and certificates, with their seeds and words."""

from __future__ import annotations

import re

from tools.fixtures.edifact import autack, files, mime, people
from tools.fixtures.edifact.cms import Signer
from tools.fixtures.edifact.in_message import Group, header
from tools.fixtures.edifact.mscons import joined
from tools.fixtures.edifact.signing_keys import SHA_384
from tools.fixtures.edifact.valid_outside import EC, PLAIN, WHOLE
from tools.fuzz import edifact
from tools.fuzz.target import Target

# Words, one behind the other; those of BER in hex.
_FRAME = (
    b"UNA:+.?*'", *b"""UNB+UNOC:4+ UNB+UNOC:3+ UNG+ UNE+1+1' UNZ+1+EIW0001' UNZ+2+EIW0001' UNH+1+MSCONS:D:04B:UN:2.4c'
    UNH+2+MSCONS:D:04B:UN:2.4c' UNT+3+1' ?' ?+ ?? *""".split(),
    b"UNA:+,? '", b"'\r\n", b"'\n",
)  # fmt: skip
_SECURITY = b"""
    USH+1+S1+1+1+2+2+1+++1:20260115:120000:0000' USH+1+S2+2+1+7+2+1' USA+1:16:1:48:1' USA+1:16:1:16:1' USA+6:16:1:17:1'
    USA+6:16:1:10:1:PSS:ZZZ' USA+6:16:1:10:1:16:1' UST+S1+6' USR+2: *3: USR+1: USC++3:EIW17-2026' USC+3053E2000001+4::
    :ZZZ+3'
""".split()
_CONTENT = b"""
    LIN+1' PIA+5+1-0?:1.8.0:SRW' PIA+5+1-0?:1.29.0:SRW' PIA+5+1-0?:2.8.0:SRW' PIA+5+1-0?:1.9.0:SRW' QTY+220: QTY+67:
    :KWH' :MWH' :WHR' :KWT' DTM+9:202601150900?+00:303' DTM+7:202601150900?+00:303' DTM+163:202601150900?+00:303'
    DTM+164:202601150915?+00:303' DTM+672:15:806' DTM+163:20260115090000?+00:304' DTM+137: :102' LOC+172+ RFF+MG:
    RFF+AGK: STS+Z40++Z74' NAD+DP' UNS+D' CCI+15++ BGM+7+DOC0001+9' BGM+7+DOC0001+1' RFF+Z13:13006' - 1e9
    99999999999999999999 0.001 NaN
""".split()
_REFERENCES = b"""
    USB+1+1:20260115:120000:0000+9900000000001:500+9900000000002:500' USX+EIW0001+9900000000001:500+9900000000002:500'
    USX+EIW0001' USX+EIW0001++++++1' USY+S2+1: USY+S1+2: USH+9+S2+3+1+2+2+1' USH+7+S2+3+1+2+2+1' UST+S2+3' UST+S2+5'
    UNH+A1+AUTACK:4:1:UN'
""".split()
_BER = tuple(
    bytes.fromhex(word)
    for word in (
        "3080", "2480", "a080", "0000", "310b3009", "06092a864886f70d010701", "06092a864886f70d010702",
        "06092a864886f70d010903", "06092a864886f70d010904", "06092a864886f70d010905",
        "170d3236303131353132303030305a", "180f32303236303131353132303030305a",
    )
)  # fmt: skip
_MAIL = (
    *b"""Content-Type: multipart/mixed;boundary=a Content-Transfer-Encoding: base64 quoted-printable binary
    multipart/signed; application/pkcs7-mime =3D boundary*0=a;boundary*1=b message/rfc822
    protocol="application/pkcs7-signature" """.split(),
    b"\r\n--a\r\n", b"\r\n--a--", b"=\r\n", b"\r\n\r\n", b"\r\n ",
)  # fmt: skip
#: Among them the object identifiers of extensions and the two kinds of names that `cryptography` does not read.
_CERTIFICATE = (
    b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----", *_BER[-2:],
    *map(bytes.fromhex, ("0603551d11", "0603551d13", "0603551d0f", "0603551d1e", "a3020500", "a500")),
)  # fmt: skip
#: What a message's first security group signs behind its own header.
_BODY = re.compile(rb"USA\+6[^']*'([^U].*?'[\r\n]*)(?:UST\+|$)", re.DOTALL)


def _with_beside() -> tuple[bytes, ...]:
    """Files of the fixtures with what lies beside them."""
    return tuple(
        edifact.BESIDE.join((case.content, *(one.content for one in case.beside)))
        for case in files.cases()
        if case.beside
    )


def _bodies() -> tuple[bytes, ...]:
    """Contents that the fixtures sign, good ones and those that are no measurement."""
    contents = (case.content for case in files.cases() if case.path.endswith(".edi"))
    found = (match[1] for content in contents for match in _BODY.finditer(content))
    return tuple(dict.fromkeys(found))


def _autacks() -> tuple[bytes, ...]:
    """What stands between the outer group's header and trailer."""
    group = Group(certificate=people.EC_PARTY, scope="2")
    front = len(joined(header(group)))
    made = (autack.digests(WHOLE, group=group), autack.digests(WHOLE, WHOLE, group=group, hashed=SHA_384))
    texts = (joined(one[1:-1]) for one in made)
    return tuple(text[front : text.rindex(b"UST+")] for text in texts)


def _signers() -> tuple[bytes, ...]:
    others = (Signer(), Signer(certificate=people.METER, key=None, attributes=False))
    return tuple(one.info(PLAIN) for one in (EC, *others, Signer(certificate=people.METER, key=None, by_key_id=True)))


def _attributes() -> tuple[bytes, ...]:
    info = EC.info(PLAIN)
    start = info.index(b"\xa0\x69")
    return (info[start + 2 : start + 2 + 0x69],)


TARGETS = {
    "edifact": Target(
        run=edifact.file, fixtures=("edifact/*/*.edi", "edifact/*/*.txt", "edifact/*/*.json"),
        words=(*_FRAME, *_SECURITY, *_CONTENT),
    ),
    "edifact_beside": Target(run=edifact.file, seeds=_with_beside(), words=(*_FRAME, *_SECURITY, *_REFERENCES)),
    "edifact_content": Target(run=edifact.content, seeds=_bodies(), words=tuple(_CONTENT)),
    "edifact_signed": Target(
        run=edifact.signed, seeds=tuple(joined(header(Group())) + body for body in _bodies()[:20]),
        words=(*_SECURITY, *_CONTENT),
    ),
    "autack_signed": Target(run=edifact.autack_signed, seeds=_autacks(), words=(*_SECURITY, *_REFERENCES)),
    "cms": Target(run=edifact.file, fixtures=("edifact/*/*.p7m", "edifact/*/*.p7s"), words=(*_BER, *_FRAME)),
    "cms_attributes": Target(run=edifact.attributes_signed, seeds=_attributes(), words=_BER),
    "cms_signer": Target(run=edifact.signer, seeds=_signers(), words=_BER),
    "mail": Target(run=edifact.file, fixtures=("edifact/*/*.eml",), words=_MAIL),
    "mail_part": Target(
        run=edifact.mail_part_signed, words=(*_MAIL, *_FRAME),
        seeds=tuple(mime.entity(PLAIN, encoding) for encoding in ("base64", "quoted-printable", "binary")),
    ),
    "certificates": Target(
        run=edifact.certificates, fixtures=("edifact/keys/*",), words=_CERTIFICATE,
        seeds=tuple(one.der for one in people.CERTIFICATES.values()),
    ),
}  # fmt: skip
