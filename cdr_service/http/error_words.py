"""One look-up over the three catalogues: requests, the gateway's findings, meter values."""

from __future__ import annotations

from cdr_service.domain.catalogue import explain as explain_gateway_code
from cdr_service.domain.findings import GatewayCode
from cdr_service.http.error_texts import ERROR_TEXTS
from meter_sign import Code
from meter_sign import explain as explain_meter_code


def words_of(code: str, language: str) -> dict[str, str]:
    """What happened, whose fault it is, and what to do about it.

    Args:
        code: any code that an error of the gateway can carry; one that no catalogue has is our defect and told as such.
        language: `en` or `de`.
    """
    if code in ERROR_TEXTS:
        return _request_words(code, language)
    if code in GatewayCode.__members__:
        words = explain_gateway_code(GatewayCode(code), language)
        return {"what": words.what, "whose_fault": words.whose_fault, "remedy": words.remedy}
    if code in Code.__members__:
        meter_words = explain_meter_code(Code(code), language)
        return {"what": meter_words.what, "whose_fault": meter_words.whose_fault, "remedy": meter_words.remedy}
    return _request_words(code, language)


def _request_words(code: str, language: str) -> dict[str, str]:
    text = ERROR_TEXTS.get(code, ERROR_TEXTS["INTERNAL_ERROR"])
    fault_en, fault_de = text.fault.value
    if language == "de":
        return {"what": text.what_de, "whose_fault": fault_de, "remedy": text.remedy_de}
    return {"what": text.what_en, "whose_fault": fault_en, "remedy": text.remedy_en}
