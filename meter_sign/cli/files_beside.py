"""Files that are named beside the one to be judged: certificates, trust anchors, and signatures that lie apart.

What cannot be read here is a mistake of whoever called the command, and nothing is judged: a signature that is left out
without a word would make a signed file an unsigned one.

Source: contracts.md 1, `--certificate`, `--trust-anchor`, `--autack`, `--detached-signature`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.cli import UsageError
from meter_sign.cli.reading import UnreadableFileError, read_input
from meter_sign.crypto.certificates import MOST_CERTIFICATES, read_certificates
from meter_sign.errors import KeyMaterialError, LimitExceededError, MeterSignError
from meter_sign.limits import DEFAULT_LIMITS
from meter_sign.model import Beside

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from meter_sign.cli import Parser
    from meter_sign.crypto.certificates import KnownCertificate

#: Bytes of one file of certificates; each is at most 16 kB.
CERTIFICATE_FILE_BYTES = 4 * 1024 * 1024
#: Signatures that may lie beside one call: a day's AUTACK messages of a market partner.
MOST_FILES = 100


def add_files_beside(parser: Parser) -> None:
    """Add the options that name certificates and signatures; all of them repeatable.

    Args:
        parser: of a command that judges files.
    """
    for option, metavar, meaning in (
        ("--certificate", "PEM", "a known certificate that EDIFACT or S/MIME may name; it must chain to an anchor"),
        ("--trust-anchor", "PEM", "a certificate that is trusted to issue others (EDIFACT, S/MIME)"),
        ("--autack", "FILE", "an interchange with AUTACK messages that sign the file"),
        ("--detached-signature", "FILE", "a CMS signature of the file that does not hold it (.p7s)"),
    ):
        parser.add_argument(option, action="append", default=[], metavar=metavar, help=f"{meaning}; repeatable")
    parser.add_argument(
        "--allow-secp256k1", action="store_true", help="let EDIFACT and S/MIME be signed on this curve, too"
    )


def certificates_of(option: str, names: Sequence[str]) -> tuple[KnownCertificate, ...]:
    """Read files of certificates.

    Args:
        option: which names them.
        names: of the files; each holds one certificate or several in PEM.

    Returns:
        All of them, each once.

    Raises:
        UsageError: a file that cannot be read, that is no certificate, or too many of them.
    """
    found: dict[KnownCertificate, None] = {}
    for name in names:
        try:
            found.update(dict.fromkeys(read_certificates(_read(option, name, CERTIFICATE_FILE_BYTES))))
        except KeyMaterialError as error:
            raise UsageError(f"{option} {name}: {error.detail}") from error
    if len(found) > MOST_CERTIFICATES:
        raise UsageError(f"{option}: {len(found)} certificates, at most {MOST_CERTIFICATES}")
    return tuple(found)


def signatures_beside(options: Namespace) -> Beside:
    """Read the signatures that lie beside.

    Args:
        options: of a parser with `add_files_beside`.

    Returns:
        The files as they are; what is in them is judged with the file that they sign.

    Raises:
        UsageError: a file that cannot be read, is too large, or is not of the option's kind; or too many of them.
    """
    if len(options.autack) + len(options.detached_signature) > MOST_FILES:
        raise UsageError(f"--autack, --detached-signature: at most {MOST_FILES} files")
    return Beside(
        autacks=tuple(_signature("--autack", name) for name in options.autack),
        detached_signatures=tuple(_signature("--detached-signature", name) for name in options.detached_signature),
    )


def _signature(option: str, name: str) -> bytes:
    raw = _read(option, name, DEFAULT_LIMITS.edifact_bytes)
    # What reads EDIFACT is loaded for those who have such a file.
    from meter_sign.formats.edifact.beside import check_autack, check_detached  # noqa: PLC0415 - see above

    try:
        if option == "--autack":
            check_autack(raw, DEFAULT_LIMITS)
        else:
            check_detached(raw)
    except MeterSignError as error:
        raise UsageError(f"{option} {name}: {error.detail}") from error
    return raw


def _read(option: str, name: str, cap: int) -> bytes:
    try:
        return read_input(name, cap)
    except UnreadableFileError as error:
        raise UsageError(f"{option} {error}") from error
    except LimitExceededError as error:
        raise UsageError(f"{option} {name}: {error.detail}") from error
