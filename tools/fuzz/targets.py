"""The targets: a parser, its seeds from fixtures/, and words that its inputs are made of."""

from __future__ import annotations

from meter_sign.crypto.curves import CURVES
from meter_sign.crypto.keys import PublicKey, decode_public_key
from meter_sign.errors import KeyMaterialError
from tools.fixtures.alfen import text as alfen
from tools.fixtures.edl40 import block as edl
from tools.fixtures.edl40.message import EdlMessage, list_body
from tools.fixtures.isa import message as isa
from tools.fixtures.meter_keys import EDL_METER_256
from tools.fixtures.pcdf.text import PcdfLine
from tools.fuzz import edifact_targets, signed
from tools.fuzz.oracle import BrokenPromiseError, check
from tools.fuzz.target import MAX_BYTES, Target
from tools.make_fixtures import FIXTURES


def decode_key(data: bytes) -> None:
    """Decode any bytes and any text as a key, on every curve and on none: a key, or our error."""
    for text in (data, data.decode("latin-1"), data.decode("utf-8", "replace")):
        for curve in (None, *CURVES.values()):
            try:
                key = decode_public_key(text, curve=curve)
            except KeyMaterialError:
                continue
            _check_key(key)


def _check_key(key: PublicKey) -> None:
    """A key that was decoded is a key: it can be written and read again."""
    if decode_public_key(key.spki_der) != key:
        raise BrokenPromiseError("a decoded key is read again as the same key")


_XML = (
    b"<values>",
    b"<value>",
    b"<signedData>",
    b"<publicKey>",
    b"<![CDATA[",
    b"]]>",
    b"&lt;",
    b"<!DOCTYPE",
    b"encoding=",
)
_SML = (bytes(edl.ENERGY), b"\x1b\x1b\x1b\x1b", b"\x01\x01\x01\x01", b"\x72\x62\x03", b"\x77\x07", b"\x83\x04")
_OCMF = (b"OCMF|", b'"RD":[', b'"TM":', b'"RV":', b'"TX":"X"', b'"RI":', b"\\u0000", b"1e9", b"NaN", b'"SD":')
_PCDF = (b"(RV:", b"(SG:", b"(PK:", b"*kWh)", b"128.8.0", b"(BV:0)")
_EDL_XML = (
    b"<signedMeterValue>",
    b"<encodedMeterValue",
    b"<ChargingProcess>",
    b"<MeasurementEnd>",
    b"<Scaler>",
    b"<Value>",
)
_JSON = (
    b'"signed_data"', b'"signed_values"', b'"plain_data"', b'"public_key"', b'"signedMeterValue"', b'"sampledValue"',
    b'"format":"SignedData"', b'[2,"1","MeterValues",', b'"transactionId"', b"\\ud800", b"1e999",
)  # fmt: skip
_CHARGEIT = (
    b'"signedMeterValues"', b'"additionalValues"', b'"measurementId"', b'"valueType":"Integer32"', b'"value":-1',
    b'"scale":127', b'"ocmfBegin"', b'"chargePointInfo"', b'"signature"', b"4294967296",
)  # fmt: skip

TARGETS = {
    "ocmf": Target(run=check, fixtures=("ocmf/*/*.ocmf", "ocmf/*/*.txt"), words=_OCMF),
    "ocmf_signed": Target(
        run=signed.ocmf,
        seeds=tuple(path.read_bytes().split(b"|")[1] for path in sorted(FIXTURES.glob("ocmf/valid/*.ocmf"))),
        words=_OCMF,
    ),
    "edl40_xml": Target(
        run=check, fixtures=("edl40_sig/*/begin.xml", "mennekes/*/process*.xml", "mennekes/*/billing*.xml"),
        words=(*_XML, *_EDL_XML),
    ),
    "edl40_in_container": Target(
        run=signed.edl40_in_container, fixtures=("edl40_sig/valid/begin.xml", "mennekes/valid/process.xml"),
        words=_EDL_XML,
    ),
    "edl40_signed": Target(run=signed.edl40_block, seeds=(edl.block(edl.FIRST) + edl.block(edl.LAST),)),
    "isa_signed": Target(run=signed.isa_block, seeds=(isa.block(isa.IsaRecord()),)),
    "sml": Target(run=check, fixtures=("edl40/*/*.sml", "edl40/*/*.hex", "isa/*/*.sml"), words=_SML),
    "sml_list": Target(
        run=signed.sml_list,
        seeds=(
            list_body(EdlMessage(reading=edl.FIRST)),
            list_body(EdlMessage(reading=edl.FIRST_256, key=EDL_METER_256)),
            isa.bodies(isa.IsaMessage(record=isa.IsaRecord()))[1],
        ),
        words=_SML,
    ),
    "sml_messages": Target(run=signed.sml_messages, fixtures=("edl40/valid/begin.sml",), words=_SML),
    "alfen": Target(run=check, fixtures=("alfen/*/*.txt",), words=(b"AP;", b";", b"====")),
    "alfen_fields": Target(run=signed.alfen_fields, seeds=(bytes(155),)),
    "alfen_signed": Target(
        run=signed.alfen, seeds=(alfen.signed_bytes(alfen.FIRST) + alfen.signed_bytes(alfen.LAST),)
    ),
    "pcdf": Target(run=check, fixtures=("pcdf/*/*.pcdf",), words=_PCDF),
    "pcdf_signed": Target(run=signed.pcdf, seeds=(PcdfLine().signed.encode(),), words=_PCDF),
    "xml": Target(run=check, fixtures=("*/*/*.xml", "demo/*.xml"), words=_XML),
    "json": Target(run=check, fixtures=("json/*/*",), words=_JSON),
    "chargeit": Target(run=check, fixtures=("chargeit/*/*", "ptb/*/*"), words=_CHARGEIT),
    "keys": Target(
        run=decode_key, fixtures=("keys/*",), words=(b"-----BEGIN PUBLIC KEY-----", b"oca:base16:asn1:", b"\x30\x59")
    ),
    **edifact_targets.TARGETS,
}  # fmt: skip
__all__ = ["MAX_BYTES", "TARGETS", "Target"]
