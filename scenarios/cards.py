"""The only cards that are ever sent: published test numbers that belong to nobody. None is written down anywhere."""

from __future__ import annotations

from typing import Any

from contracts.messages.payment_pb2 import PaymentDetails

WORKING = "4242424242424242"
DECLINED = "4000000000000002"


def blotted(text: str) -> str:
    """A text of the platform's without our card numbers, which it may have quoted in its words about an error."""
    return text.replace(WORKING, "(card number)").replace(DECLINED, "(card number)")


def details_message(works: bool = True) -> PaymentDetails:
    """The same as `details`, as one message that all requests share: reading or copying it is all that one may do."""
    return _WORKING_DETAILS if works else _DECLINED_DETAILS


def details(works: bool = True) -> dict[str, Any]:
    """The fields of a contract's PaymentDetails, with a test card that works or is declined."""
    return {
        "method": "PAYMENT_METHOD_CREDIT_CARD",
        "credit_card": {
            "card_number": WORKING if works else DECLINED,
            "expiry_month": "12",
            "expiry_year": "2030",
            "cardholder_name": "TEST BUYER",
            "cvv": "123",
        },
    }


_WORKING_DETAILS, _DECLINED_DETAILS = PaymentDetails(**details()), PaymentDetails(**details(works=False))
