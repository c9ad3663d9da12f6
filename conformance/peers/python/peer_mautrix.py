"""mautrix-python."""

import asyncio
import json
import logging

from mautrix.appservice.as_handler import AppServiceServerMixin
from mautrix.client import ClientAPI
from mautrix.types import Obj, ToDeviceEvent

from protocol import Rejected, Unsupported, hello, serve

logging.disable(logging.CRITICAL)


def user_id(case):
    value = json.loads(case["text"])
    if not isinstance(value, str):
        raise Rejected("not a string")
    ClientAPI.parse_user_id(value)


def contents(case):
    event = {
        "type": case["eventType"],
        "sender": "@john:example.com",
        "content": json.loads(case["text"]),
    }
    if isinstance(ToDeviceEvent.deserialize(event).content, Obj):
        raise Unsupported("an unknown type")


class Request:
    match_info = {"transaction_id": "1"}

    def __init__(self, text):
        self._text = text

    async def json(self):
        return json.loads(self._text)


class AppService(AppServiceServerMixin):
    def _check_token(self, request):
        return True


def appservice(case):
    received = []

    async def handler(event):
        received.append(event)

    service = AppService(ephemeral_events=True, encryption_events=True, log=logging.getLogger())
    service.to_device_handler = handler
    asyncio.run(service._http_handle_transaction(Request(case["text"])))
    return {"events": [event.serialize() for event in received]}


hello(
    ["mautrix"],
    {
        "userId": "ClientAPI.parse_user_id",
        "contents": "ToDeviceEvent.deserialize",
        "appservice": "AppServiceServerMixin._http_handle_transaction",
    },
)
serve({"userId": user_id, "contents": contents, "appservice": appservice})
