"""matrix-nio."""

import json
import logging

from nio.events import BadEvent, UnknownBadEvent
from nio.events.to_device import (
    DummyEvent,
    ForwardedRoomKeyEvent,
    RoomKeyEvent,
    ToDeviceEvent,
    UnknownToDeviceEvent,
)
from nio.schemas import check_user_id

from protocol import Rejected, Unsupported, hello, serve

logging.disable(logging.CRITICAL)

sender = "@john:example.com"

# Types that it reads only after decryption.
decrypted = {
    "m.dummy": DummyEvent,
    "m.room_key": RoomKeyEvent,
    "m.forwarded_room_key": ForwardedRoomKeyEvent,
}


def user_id(case):
    value = json.loads(case["text"])
    # Its schemas require a string before this format.
    if not isinstance(value, str):
        raise Rejected("not a string")
    if not check_user_id(value):
        raise Rejected("not a user ID")


def contents(case):
    event_type = case["eventType"]
    event = {"type": event_type, "sender": sender, "content": json.loads(case["text"])}
    if event_type in decrypted:
        event |= {
            "sender_device": "DEVICE",
            "recipient": "@alice:example.org",
            "recipient_keys": {"ed25519": "key"},
            "keys": {"ed25519": "key"},
        }
        read = decrypted[event_type].from_dict(event, sender, "key")
    else:
        read = ToDeviceEvent.parse_event(event)
    if isinstance(read, UnknownToDeviceEvent):
        raise Unsupported("an unknown type")
    if read is None or isinstance(read, (BadEvent, UnknownBadEvent)):
        raise Rejected(type(read).__name__)


hello(
    ["matrix-nio"],
    {
        "userId": 'the format "user_id" of its schemas',
        "contents": "ToDeviceEvent.parse_event; DummyEvent, RoomKeyEvent and ForwardedRoomKeyEvent.from_dict",
    },
)
serve({"userId": user_id, "contents": contents})
