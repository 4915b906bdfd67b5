"""Sign an MSCONS with a test key, in any accepted form: `python -m tools.sign_mscons FORM [options] > file`.

    python -m tools.sign_mscons in-message                        r and s in hex, as most files have it
    python -m tools.sign_mscons in-message --scope 2 --filter 7 --rsa
    python -m tools.sign_mscons in-message --party                a market party signs, not the meter
    python -m tools.sign_mscons autack > a.edi                    the AUTACK follows in the same file
    python -m tools.sign_mscons smime --end 1030.000 --out session.eml

Without `--body` a message is built of two readings. TEST KEYS: everybody can compute them; what is signed here proves
nothing but that the tool works. `fixtures/edifact/keys/` has the certificates, `fixtures/registry/keys.toml` registers
the meter's and the party's.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.fixtures.edifact import autack, cms, in_message, mime, people
from tools.fixtures.edifact.autack import Reference
from tools.fixtures.edifact.cms import Signer
from tools.fixtures.edifact.in_message import DER, PAIR, RAW, Group
from tools.fixtures.edifact.mscons import FIRST, LAST, V3, V4, document, interchange, message, place, registers
from tools.fixtures.edifact.signing_keys import SHA_256, SHA_384, SHA_512

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.fixtures.edifact.certificates import Certificate
    from tools.fixtures.edifact.mscons import Body

_HASHES = {"sha256": SHA_256, "sha384": SHA_384, "sha512": SHA_512}


def _body(options: argparse.Namespace) -> Body:
    """The segments between UNH and UNT: read from a file, one a line or joined, or built."""
    if options.body is not None:
        text = Path(options.body).read_bytes().decode("latin-1")
        return tuple(segment.strip("\r\n") for segment in text.split("'") if segment.strip("\r\n"))
    lines = registers((FIRST[0], options.begin), (LAST[0], options.end))
    return document(place(lines, meter=options.meter, session=options.session))


def _certificate(options: argparse.Namespace) -> Certificate:
    if options.party:
        return people.PARTY
    return people.RSA_METER if options.rsa else people.METER


def _group(options: argparse.Namespace, **more: str) -> Group:
    # RSA-3072 in hex does not fit into 512 characters.
    code = "7" if options.party else options.filter
    hashed = _HASHES[options.hash]
    return Group(certificate=_certificate(options), hashed=hashed, form=options.form, filter=code, **more)  # type: ignore[arg-type]


def _signer(options: argparse.Namespace) -> Signer:
    return Signer(certificate=_certificate(options), key=None, hashed=_HASHES[options.hash])


def _in_message(options: argparse.Namespace) -> bytes:
    syntax = V3 if options.syntax == "3" else V4
    return in_message.file_of(_body(options), _group(options, scope=options.scope), envelope=syntax)


def _plain(options: argparse.Namespace) -> bytes:
    return interchange(message(_body(options)), envelope=V3)


def _autack(options: argparse.Namespace) -> bytes:
    file = _plain(options)
    made = autack.direct(Reference(content=autack.without_una(file)), group=_group(options, service="7", scope="3"))
    return file + autack.file_of(made)


def _autack_digest(options: argparse.Namespace) -> bytes:
    file = _plain(options)
    made = autack.digests(Reference(content=autack.without_una(file)), group=_group(options, scope="2"))
    return file + autack.file_of(made)


def _cms(options: argparse.Namespace) -> bytes:
    return cms.signed_data(_plain(options), _signer(options))


def _smime(options: argparse.Namespace) -> bytes:
    return mime.multipart(mime.entity(_plain(options)), _signer(options))


def _smime_opaque(options: argparse.Namespace) -> bytes:
    return mime.opaque(_cms(options))


#: Every accepted form by its name on the command line.
FORMS: dict[str, Callable[[argparse.Namespace], bytes]] = {
    "in-message": _in_message,
    "autack": _autack,
    "autack-digest": _autack_digest,
    "cms": _cms,
    "smime": _smime,
    "smime-opaque": _smime_opaque,
    "unsigned": _plain,
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="sign_mscons", description="Sign an MSCONS with a test key.")
    made.add_argument("kind", choices=FORMS, help="where the signature stands")
    made.add_argument("--body", help="file with the segments from BGM to the last DTM; default: two readings")
    made.add_argument("--meter", default=people.METER_ID, help="RFF+MG")
    made.add_argument("--session", default="EIW-SESSION-1", help="RFF+AGK")
    made.add_argument("--begin", default=FIRST[1], help="kWh at 2026-01-15T09:00Z")
    made.add_argument("--end", default=LAST[1], help="kWh at 2026-01-15T11:30Z")
    made.add_argument("--party", action="store_true", help="a market party signs (RSA-3072)")
    made.add_argument("--rsa", action="store_true", help="the meter signs with RSA-2048 instead of P-256")
    made.add_argument("--hash", choices=_HASHES, default="sha256")
    made.add_argument("--scope", choices=("1", "2", ""), default="1", help="0541")
    made.add_argument("--filter", choices=("2", "7"), default="2", help="0505: hex or base64")
    made.add_argument("--form", choices=(PAIR, RAW, DER), default=PAIR, help="how ECDSA is written")
    made.add_argument("--syntax", choices=("3", "4"), default="4", help="of an in-message signature's interchange")
    made.add_argument("--out", type=Path, help="default: standard output")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Write one signed file.

    Returns:
        0.
    """
    options = parser().parse_args(arguments)
    content = FORMS[options.kind](options)
    if options.out is None:
        sys.stdout.buffer.write(content)
    else:
        options.out.write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
