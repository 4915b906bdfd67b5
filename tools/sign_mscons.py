"""Sign an MSCONS with a test key, in any accepted form: `python -m tools.sign_mscons FORM [options] > file`.

    python -m tools.sign_mscons in-message                        r and s in hex, as most files have it
    python -m tools.sign_mscons in-message --scope 2 --filter 7 --rsa
    python -m tools.sign_mscons in-message --party                a market party signs, not the meter
    python -m tools.sign_mscons autack > a.edi                    the AUTACK follows in the same file
    python -m tools.sign_mscons smime --end 1030.000 --out session.eml

Without `--body` a message is built of two readings. An option that a form does not have is refused. TEST KEYS: anybody
can compute them; what is signed here proves nothing but that the tool works. `fixtures/registry/keys.toml` registers
the meter's certificate and the party's. That of `--rsa` is registered nowhere: it is verified with `--certificate
fixtures/edifact/keys/rsa2048.crt.pem --trust-anchor fixtures/edifact/keys/root.crt.pem`, and billed to nobody.
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


#: What each option is where nobody states it.
_DEFAULTS = {
    "meter": people.METER_ID, "session": "EIW-SESSION-1", "begin": FIRST[1], "end": LAST[1], "party": False,
    "rsa": False, "hash": "sha256", "scope": "1", "filter": "2", "form": PAIR, "syntax": "4",
}  # fmt: skip
_SEGMENTS = frozenset({"in-message", "autack", "autack-digest"})
_SIGNED = frozenset(FORMS) - {"unsigned"}
#: The forms that have an option; all have those that are not named here.
_FORMS_OF = {
    "party": _SIGNED,
    "rsa": _SIGNED,
    "hash": _SIGNED,
    "scope": frozenset({"in-message"}),
    "syntax": frozenset({"in-message"}),
    "filter": _SEGMENTS,
    "form": _SEGMENTS,
}
#: Options that exclude each other, and why.
_NOT_TOGETHER = (
    ("party", "rsa", "either the party signs or the meter"),
    ("party", "filter", "the party's signature is always base64, hex of RSA-3072 is too long"),
    ("party", "form", "the party signs with RSA"),
    ("rsa", "form", "it is a form of ECDSA"),
    *(("body", one, "the body says it") for one in ("meter", "session", "begin", "end")),
)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="sign_mscons", description="Sign an MSCONS with a test key.")
    made.add_argument("kind", choices=FORMS, help="where the signature stands")
    made.add_argument("--body", help="file with the segments from BGM to the last DTM; default: two readings")
    made.add_argument("--meter", help="RFF+MG")
    made.add_argument("--session", help="RFF+AGK")
    made.add_argument("--begin", help="kWh at 2026-01-15T09:00Z")
    made.add_argument("--end", help="kWh at 2026-01-15T11:30Z")
    made.add_argument("--party", action="store_true", default=None, help="a market party signs (RSA-3072)")
    made.add_argument("--rsa", action="store_true", default=None, help="the meter signs with RSA-2048, not with P-256")
    made.add_argument("--hash", choices=_HASHES)
    made.add_argument("--scope", choices=("1", "2", ""), help="0541")
    made.add_argument("--filter", choices=("2", "7"), help="0505: hex or base64")
    made.add_argument("--form", choices=(PAIR, RAW, DER), help="how ECDSA is written")
    made.add_argument("--syntax", choices=("3", "4"), help="of an in-message signature's interchange")
    made.add_argument("--out", type=Path, help="default: standard output")
    return made


def _options(arguments: list[str] | None) -> argparse.Namespace:
    """What is asked for, defaults included; ends the program where an option has no meaning."""
    asked = parser()
    options = asked.parse_args(arguments)
    stated = {name for name, value in vars(options).items() if value is not None}
    for name in sorted(stated & _FORMS_OF.keys()):
        if options.kind not in _FORMS_OF[name]:
            asked.error(f"--{name}: {options.kind} has no such option")
    for one, other, why in _NOT_TOGETHER:
        if {one, other} <= stated:
            asked.error(f"--{one} and --{other}: {why}")
    for name, value in _DEFAULTS.items():
        if name not in stated:
            setattr(options, name, value)
    return options


def main(arguments: list[str] | None = None) -> int:
    """Write one signed file.

    Returns:
        0; 1 when a file cannot be read or written.
    """
    options = _options(arguments)
    try:
        content = FORMS[options.kind](options)
        if options.out is None:
            sys.stdout.buffer.write(content)
        else:
            options.out.write_bytes(content)
    except OSError as error:
        print(f"sign_mscons: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
