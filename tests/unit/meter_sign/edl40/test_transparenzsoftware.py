"""What the driver's tool would say of the EDL40 family: one refusal for each rule, and none without a reason."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest

from meter_sign.judgement.model import ToolOpinion
from meter_sign.judgement.transparenzsoftware.edl40 import RULES
from tests.support.edl40 import BEGIN, END, Isa, edl_40_p, edl_40_sig, isa, measurement, mennekes, point
from tests.unit.meter_sign.edl40.records import billing, only_transaction, value

P256 = "secp256r1"
OTHER_KEY = point("secp192r1", 0xED141).hex()
RAW_KEY = point("secp192r1").hex()


def pair(begin: bytes, end: bytes) -> tuple[str, ...]:
    """The two values of a transaction."""
    return value(begin, context="Begin"), value(end, context="End")


def p_pair(**changes: object) -> tuple[str, ...]:
    """A pair whose end has these changes."""
    return pair(edl_40_p(BEGIN), edl_40_p(replace(END, **changes)))  # type: ignore[arg-type]


def process(**changes: int) -> tuple[bytes]:
    """A process whose end has these changes."""
    return (billing(mennekes(MeasurementEnd=measurement("MeasurementEnd", replace(END, **changes)))),)


REFUSALS: dict[str, tuple[tuple[str | bytes, ...], ...]] = {
    "KEY_MISSING": ((value(edl_40_p(BEGIN), key=None),), (value(edl_40_sig(BEGIN, publicKey=None), key=None),)),
    "KEY_NOT_RAW": ((value(edl_40_p(BEGIN), key=f"04{RAW_KEY}"),), (billing(mennekes(PublicKey=f"04{RAW_KEY}")),)),
    "KEY_DIFFERS_FROM_RECORD": (
        (value(edl_40_sig(BEGIN, publicKey=b64encode(bytes.fromhex(OTHER_KEY)).decode())),),
        (value(mennekes(PublicKey="00")),),
    ),
    "CURVE": ((value(edl_40_sig(BEGIN, P256), key=None),),),
    "BLOCK_NOT_REBUILT": (
        (value(edl_40_sig(replace(BEGIN, historical_value=1)), key=None),),
        (value(edl_40_sig(replace(BEGIN, price=1)), key=None),),
    ),
    "UNIT": (
        (value(edl_40_p(replace(BEGIN, unit=27))),),
        (value(isa(Isa(unit=27)), curve=P256),),
    ),
    "EVENT_COUNTER": (p_pair(log_book=27),),
    "CUSTOMER": (p_pair(contract_id=b"\x04"),),
    "PAGINATION": (p_pair(pagination=7), p_pair(pagination=2**31), process(pagination=7)),
    "VALUE_DECREASES": (p_pair(value=12_344), p_pair(scaler=-2), p_pair(compensated_value=1), process(value=12_344)),
    "CONTEXT": (
        (value(edl_40_p(BEGIN)), value(edl_40_p(END))),
        (value(edl_40_p(BEGIN), context="Begin"), value(edl_40_p(END), context="Begin")),
        (value(mennekes(), context="Begin"), value(mennekes(), context="End")),
    ),
    "FORMATS_MIXED": (pair(edl_40_p(BEGIN), edl_40_sig(END)),),
    "SIGNATURE": ((edl_40_sig(BEGIN, meterValueSignature=None),), (edl_40_sig(BEGIN, meterValueSignature="?"),)),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "values"), [(rule, values) for rule, cases in REFUSALS.items() for values in cases])
def test_tool_refuses_by_rule(rule: str, values: tuple[str | bytes, ...]) -> None:
    """Each rule refuses what breaks it and nothing but it."""
    assert ToolOpinion(would_verify=False, rule=rule) == only_transaction(*values).transparenzsoftware


def test_every_rule_is_tested() -> None:
    """A new rule needs its case above."""
    assert set() == RULES - REFUSALS.keys()


def test_namespace_is_refused() -> None:
    """The tool cannot open a container with a namespace."""
    raw = f'<values xmlns="urn:x">{value(edl_40_p(BEGIN))}</values>'.encode()
    assert ToolOpinion(would_verify=False, rule="XML_NAMESPACE") == only_transaction(raw).transparenzsoftware


@pytest.mark.parametrize("raw", [mennekes(), edl_40_sig(BEGIN)], ids=["process", "signedMeterValue"])
def test_record_without_a_container_is_refused(raw: bytes) -> None:
    """The tool opens a process in its `Billing` and a block in its `values`, and neither alone."""
    assert ToolOpinion(would_verify=False, rule="XML_WITHOUT_CONTAINER") == only_transaction(raw).transparenzsoftware


VERIFIED: dict[str, tuple[str | bytes, ...]] = {
    "begin alone": (value(edl_40_p(BEGIN)),),
    "pair of SML": p_pair(),
    "pair of blocks": pair(edl_40_sig(BEGIN), edl_40_sig(END)),
    "second kind of meter": (value(edl_40_p(replace(BEGIN, status=0), P256, word=0), curve=P256),),
    "process": (billing(mennekes()),),
    "Isabellenhuette": (value(isa(Isa()), curve=P256),),
    "key in base64": (value(edl_40_p(BEGIN), key=b64encode(bytes.fromhex(RAW_KEY)).decode()),),
    "bad status, which it shows only": p_pair(status=0x01),
    "another meter, which it does not compare": p_pair(server_id=bytes(10)),
    "another log book in a process, which it forgets to compare": process(log_book=27),
    "two records of Isabellenhuette, which it does not compare": (
        value(isa(Isa()), curve=P256, context="Begin"),
        value(isa(Isa(pagination=25)), curve=P256, context="End"),
    ),
    "Isabellenhuette falling, which it does not compare": (value(isa(Isa(value=1)), curve=P256),),
    "gap in the count": p_pair(pagination=70),
}


@pytest.mark.parametrize("name", VERIFIED)
def test_nothing_is_refused_without_a_rule(name: str) -> None:
    """What breaks no rule of the tool would verify there, whatever the law says here."""
    assert ToolOpinion(would_verify=True, rule=None) == only_transaction(*VERIFIED[name]).transparenzsoftware
