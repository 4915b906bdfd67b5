"""The targets of EDIFACT, AUTACK, CMS, S/MIME and certificates, with their seeds and words."""

from __future__ import annotations

import re

from tools.fixtures.edifact import autack, files, mime, people
from tools.fixtures.edifact.cms import Signer
from tools.fixtures.edifact.in_message import Group, header
from tools.fixtures.edifact.mscons import V4, joined
from tools.fixtures.edifact.signing_keys import SHA_384
from tools.fixtures.edifact.valid_outside import EC, PLAIN, WHOLE
from tools.fuzz import edifact
from tools.fuzz.target import Target
from tools.make_fixtures import FIXTURES

_FRAME = (
    b"UNA:+.?*'", b"UNA:+,? '", b"UNB+UNOC:4+", b"UNB+UNOC:3+", b"UNG+", b"UNE+1+1'", b"UNZ+1+EIW0001'", b"UNZ+2+EIW0001'",
    b"UNH+1+MSCONS:D:04B:UN:2.4c'", b"UNH+2+MSCONS:D:04B:UN:2.4c'", b"UNT+3+1'", b"?'", b"?+", b"??", b"'\r\n", b"'\n", b"*",
)  # fmt: skip
_SECURITY = (
    b"USH+1+S1+1+1+2+2+1+++1:20260115:120000:0000'", b"USH+1+S2+2+1+7+2+1'", b"USA+1:16:1:48:1'", b"USA+1:16:1:16:1'",
    b"USA+6:16:1:17:1'", b"USA+6:16:1:10:1:PSS:ZZZ'", b"USA+6:16:1:10:1:16:1'", b"UST+S1+6'", b"USR+2:", b"*3:", b"USR+1:",
    b"USC++3:EIW17-2026'", b"USC+3053E2000001+4::", b":ZZZ+3'",
)  # fmt: skip
_CONTENT = (
    b"LIN+1'", b"PIA+5+1-0?:1.8.0:SRW'", b"PIA+5+1-0?:1.29.0:SRW'", b"PIA+5+1-0?:2.8.0:SRW'", b"PIA+5+1-0?:1.9.0:SRW'",
    b"QTY+220:", b"QTY+67:", b":KWH'", b":MWH'", b":WHR'", b":KWT'", b"DTM+9:202601150900?+00:303'",
    b"DTM+7:202601150900?+00:303'", b"DTM+163:202601150900?+00:303'", b"DTM+164:202601150915?+00:303'",
    b"DTM+672:15:806'", b"DTM+163:20260115090000?+00:304'", b"DTM+137:", b":102'", b"LOC+172+", b"RFF+MG:", b"RFF+AGK:",
    b"STS+Z40++Z74'", b"NAD+DP'", b"UNS+D'", b"CCI+15++", b"BGM+7+DOC0001+9'", b"BGM+7+DOC0001+1'", b"RFF+Z13:13006'",
    b"-", b"1e9", b"99999999999999999999", b"0.001", b"NaN",
)  # fmt: skip
_REFERENCES = (
    b"USB+1+1:20260115:120000:0000+9900000000001:500+9900000000002:500'", b"USX+EIW0001+9900000000001:500+9900000000002:500'",
    b"USX+EIW0001'", b"USX+EIW0001++++++1'", b"USY+S2+1:", b"USY+S1+2:", b"USH+9+S2+3+1+2+2+1'", b"USH+7+S2+3+1+2+2+1'", b"UST+S2+3'",
    b"UST+S2+5'", b"UNH+A1+AUTACK:4:1:UN'",
)  # fmt: skip
_BER = (
    b"\x30\x80", b"\x24\x80", b"\xa0\x80", b"\x00\x00", b"\x31\x0b\x30\x09", b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03", b"\x17\x0d260115120000Z",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04", b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05", b"\x18\x0f20260115120000Z",
)  # fmt: skip
_MAIL = (
    b"Content-Type: ", b"multipart/mixed; boundary=a\r\n", b"\r\n--a\r\n", b"\r\n--a--", b"Content-Transfer-Encoding: ",
    b"base64\r\n", b"quoted-printable\r\n", b"binary\r\n", b"multipart/signed; ", b"application/pkcs7-mime", b"=\r\n", b"=3D",
    b"boundary*0=a; boundary*1=b", b"message/rfc822\r\n", b"\r\n\r\n", b"\r\n ", b"protocol=\"application/pkcs7-signature\"",
)  # fmt: skip
_CERTIFICATE = (
    b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----", b"\x06\x03\x55\x1d\x11", b"\x06\x03\x55\x1d\x13",
    b"\x06\x03\x55\x1d\x0f", b"\x06\x03\x55\x1d\x1e", b"\x17\x0d260115120000Z", b"\x18\x0f20260115120000Z", b"\xa3\x02\x05\x00", b"\x85\x00",
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
    "edifact_content": Target(run=edifact.content, seeds=_bodies(), words=_CONTENT),
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
