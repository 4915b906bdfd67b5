"""Signed records for the benchmark: OCMF with two readings, about 0.75 kB, as a charge point sends them at the end."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_READING = (
    '{{"TM":"2026-01-15T{time},000+0100 S","TX":"{qualifier}","RV":{value},"RI":"1-0:1.8.0","RU":"kWh","RT":"DC",'
    '"CL":{loss},"EF":"","ST":"G"}}'
)
_PAYLOAD = (
    '{{"FV":"1.2","GI":"BENCH GATEWAY 123","GS":"GW-4711-0815","GV":"1.4p3","PG":"T{number}","MV":"BENCH",'
    '"MM":"DC-Meter 300","MS":"1BEN0012345678","MF":"1.0","IS":true,"IL":"VERIFIED","IF":["RFID_PLAIN","OCPP_RS_TLS"],'
    '"IT":"ISO14443","ID":"1F2D3A4F5506C7","TT":"0.49 EUR/kWh, 0.10 EUR/min from 4 h",'
    '"LC":{{"LN":"cable 5 m","LI":1,"LR":2,"LU":"mOhm"}},"CT":"EVSEID","CI":"DE*BEN*E0001*1","RD":[{begin},{end}]}}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRecord:
    """One record as it is received, and its parts for whoever only checks the signature."""

    text: str
    #: The text as bytes from the wire.
    raw: bytes
    signed_bytes: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Records of one meter and its public key, loaded and as text (hex of the DER SubjectPublicKeyInfo)."""

    records: tuple[SignedRecord, ...]
    public_key: ec.EllipticCurvePublicKey
    public_key_text: str


def make_workload(records: int) -> Workload:
    """Sign records on secp256r1 with a key made for this run and then forgotten.

    Args:
        records: how many; each has its own pagination and readings, so that no cache sees one text twice in a row.
    """
    private_key = ec.generate_private_key(ec.SECP256R1())
    public_key = private_key.public_key()
    spki = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    signed = tuple(_sign(private_key, number) for number in range(1, records + 1))
    return Workload(records=signed, public_key=public_key, public_key_text=spki.hex())


def _sign(private_key: ec.EllipticCurvePrivateKey, number: int) -> SignedRecord:
    begin = _READING.format(time="09:00:00", qualifier="B", value=f"{1000 + 20 * number}.500", loss="0.000")
    end = _READING.format(time="11:30:00", qualifier="E", value=f"{1010 + 20 * number}.750", loss="0.012")
    payload = _PAYLOAD.format(number=number, begin=begin, end=end)
    signature = private_key.sign(payload.encode(), ec.ECDSA(SHA256()))
    section = f'{{"SA":"ECDSA-secp256r1-SHA256","SD":"{signature.hex()}"}}'
    text = f"OCMF|{payload}|{section}"
    return SignedRecord(text=text, raw=text.encode(), signed_bytes=payload.encode(), signature=signature)
