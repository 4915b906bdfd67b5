"""Signed OCMF text of any payload, byte for byte, and the containers around it.

    sign_text('{"FV":"1.0", ... }')          -> 'OCMF|{...}|{"SD":"..."}'
    xml(value(text, key=spki_hex()))         -> b'<values>...</values>'

`records.py` builds whole usual records; here the payload is text, so that it may hold what no JSON writer would write.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.records import KEY, payload, reading, record_text, sign

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey as Signer

#: Test data that lies beside the repository, not in it.
SHARED = Path(os.environ.get("EICHWERK_SHARED") or Path(__file__).parents[3] / "shared")
VECTORS = SHARED / "vectors"
#: Tests that read there say visibly that they did not run.
needs_shared = pytest.mark.skipif(not VECTORS.is_dir(), reason="the shared vectors are not beside this repository")

#: A whole session of 10.5 kWh in one record of meter M1.
BEGIN = reading("B", "100.0", "08:00:00")
END = reading("E", "110.5", "09:00:00")
SESSION = record_text(payload(BEGIN, END)).decode()
#: The same, in two records.
BEGIN_RECORD = record_text(payload(BEGIN)).decode()
END_RECORD = record_text(payload(END, PG="T2")).decode()


def sign_text(signed: str, *, key: Signer = KEY, section: str = "", sd: str | None = None) -> str:
    """A record whose payload section is exactly this text.

    Args:
        signed: the payload section.
        key: who signs it.
        section: members before SD in the signature section, with a comma at the end.
        sd: what stands in SD; None: the signature in hex.
    """
    data = sign(signed.encode(), key).hex() if sd is None else sd
    return f'OCMF|{signed}|{{{section}"SD":"{data}"}}'


def spki_hex(key: Signer = KEY) -> str:
    """The public key as S.A.F.E. containers write it."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo).hex()


def value(text: str, *, key: str | None = None, context: str | None = None, **attributes: str) -> str:
    """One element `value`; `attributes` are those of `value` itself."""
    stated = attributes if context is None else attributes | {"context": context}
    shown = "".join(f" {name}={quoteattr(content)}" for name, content in stated.items())
    beside = "" if key is None else f"<publicKey>{key}</publicKey>"
    return f"<value{shown}><signedData>{escape(text)}</signedData>{beside}</value>"


def xml(*values: str, root: str = "values") -> bytes:
    """A transparency file of these values."""
    return f'<?xml version="1.0" encoding="UTF-8"?><{root}>{"".join(values)}</{root.split(maxsplit=1)[0]}>'.encode()
