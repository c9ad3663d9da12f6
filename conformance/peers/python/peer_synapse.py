"""Synapse: its validators, and its handler of PUT /send with the real store on SQLite.

Checking signatures is left out, but for the canonical JSON that it needs. Nothing else is replaced, except `is_mine`
where a case does not say which server receives the EDU.
"""

import json
import logging
import os
import sys
import tempfile

from canonicaljson import encode_canonical_json
from signedjson.key import encode_signing_key_base64, generate_signing_key
from synapse.app.homeserver import create_homeserver
from synapse.config.homeserver import HomeServerConfig
from synapse.events.utils import validate_canonicaljson
from synapse.federation.transport.server.federation import FederationSendServlet
from synapse.logging.context import LoggingContext
from synapse.types import UserID, contains_invalid_mxid_characters
from synapse.util.json import json_decoder
from synapse.util.stringutils import parse_and_validate_server_name
from twisted.internet import defer, reactor

from protocol import Rejected, Unsupported, failed, hello, write

logging.disable(logging.CRITICAL)

kinds = {
    "edu": "FederationSendServlet.on_PUT of a transaction with this EDU: it is stored",
    "message": "the same, of an EDU with this content",
    "receipt": "the same, from that origin, for local users",
    "transaction": "FederationSendServlet.on_PUT",
    "delivery": "FederationSendServlet.on_PUT: the events in the inboxes of the devices",
    "userId": "UserID.is_valid, UserID.is_valid_strict, contains_invalid_mxid_characters",
    "serverName": "parse_and_validate_server_name",
    "canonicalJson": "validate_canonicaljson, encode_canonical_json",
}


def is_str(value):
    if not isinstance(value, str):
        raise Rejected("not a string")
    return value


def user_id(case):
    value = is_str(json_decoder.decode(case["text"]))
    if not UserID.is_valid(value):
        raise Rejected("not valid")
    # `is_valid_strict` raises for a lone surrogate.
    if not is_utf8(value):
        return {}
    localpart = UserID.from_string(value).localpart
    if localpart and not contains_invalid_mxid_characters(localpart):
        return {"grammar": "strict"}
    return {"grammar": "historical" if UserID.is_valid_strict(value) else "noncompliant"}


def server_name(case):
    parse_and_validate_server_name(is_str(json_decoder.decode(case["text"])))


def canonical_json(case):
    value = json_decoder.decode(case["text"])
    validate_canonicaljson(value)
    return {"text": encode_canonical_json(value).decode("utf-8")}


validators = {"userId": user_id, "serverName": server_name, "canonicalJson": canonical_json}


class Server:
    def __init__(self, folder):
        key = generate_signing_key("1")
        config = HomeServerConfig()
        config.parse_config_dict(
            {
                "server_name": "example.org",
                "signing_key": f"ed25519 1 {encode_signing_key_base64(key)}",
                "database": {"name": "sqlite3", "args": {"database": os.path.join(folder, "store.db")}},
                "macaroon_secret_key": "secret",
                "form_secret": "secret",
                "media_store_path": folder,
                "report_stats": False,
                "trusted_key_servers": [],
                # Otherwise the limit of key requests would drop cases.
                "rc_key_requests": {"per_second": 1_000_000, "burst_count": 1_000_000},
            },
            "",
            "",
        )
        self.hs = create_homeserver(config)
        self.hs.setup()
        self.handler = self.hs.get_device_message_handler()
        self.servlet = FederationSendServlet(self.hs, None, None, self.hs.hostname)
        self.pool = self.hs.get_datastores().main.db_pool
        self.is_mine = self.hs.is_mine
        self.count = 0

    async def prepare(self, devices):
        def run(txn):
            for table in ("device_inbox", "device_federation_inbox", "devices"):
                txn.execute(f"DELETE FROM {table}")
            rows = {(user, device) for user, own in devices.items() for device in own}
            txn.execute_batch(
                "INSERT INTO devices (user_id, device_id, hidden) VALUES (?, ?, FALSE)", sorted(rows)
            )

        await self.pool.runInteraction("prepare", run)

    async def stored(self):
        """The number of accepted EDUs, and the events in the inboxes."""

        def run(txn):
            txn.execute("SELECT COUNT(*) FROM device_federation_inbox")
            (edus,) = txn.fetchone()
            txn.execute("SELECT user_id, device_id, message_json FROM device_inbox ORDER BY rowid")
            return edus, txn.fetchall()

        return await self.pool.runInteraction("stored", run)

    async def send(self, body, origin):
        self.count += 1
        # The servlet receives a JSON object.
        if not isinstance(body, dict):
            raise Rejected("the body is not an object")
        # The first step of checking a signature. It fails for a lone surrogate.
        encode_canonical_json({"method": "PUT", "uri": "/", "origin": origin, "content": body})
        code, response = await self.servlet.on_PUT(origin, body, {}, str(self.count))
        if code != 200:
            raise Rejected(f"{code} {response}")

    async def edu(self, edu, origin, local=None):
        """Accepted if the handler remembers its message ID."""
        self.handler.is_mine = self.is_mine if local else lambda _: True
        self.hs.hostname = local or "example.org"
        await self.prepare(named_devices(edu))
        await self.send(body_of([edu]), origin)
        edus, _ = await self.stored()
        if edus == 0:
            raise Rejected("dropped")

    async def transaction(self, case):
        body = json_decoder.decode(case["text"])
        await self.prepare({})
        self.handler.is_mine = lambda _: True
        await self.send(body, "example.com")
        verdicts = []
        for edu in body.get("edus", []):
            try:
                await self.edu(edu, origin_of(edu))
                verdicts.append("accept")
            except Exception:
                verdicts.append("reject")
        return {"edus": verdicts}

    async def delivery(self, case):
        self.handler.is_mine = self.is_mine
        self.hs.hostname = case["local"]
        await self.prepare(case["devices"])
        messages = json_decoder.decode(case["text"])
        content = {"sender": "@john:example.com", "type": "m.test", "message_id": "m1", "messages": messages}
        await self.send(body_of([edu_of(content)]), "example.com")
        _, rows = await self.stored()
        return {"deliveries": [[user, device, json.loads(text)["content"]] for user, device, text in rows]}

    async def run(self, case):
        kind = case["kind"]
        if kind in validators:
            return validators[kind](case)
        if kind == "transaction":
            return await self.transaction(case)
        if kind == "delivery":
            return await self.delivery(case)
        if kind not in kinds:
            raise Unsupported("")
        value = json_decoder.decode(case["text"])
        if kind == "message":
            value = edu_of(value)
        if kind == "receipt":
            return await self.edu(value, case["origin"], case["local"])
        return await self.edu(value, origin_of(value))


def body_of(edus):
    return {"origin": "example.com", "origin_server_ts": 1, "pdus": [], "edus": edus}


def edu_of(content):
    return {"edu_type": "m.direct_to_device", "content": content}


def member(value, name):
    return value.get(name) if isinstance(value, dict) else None


def origin_of(edu):
    """The server that may send an EDU: that of its sender, if that is a valid server."""
    sender = member(member(edu, "content"), "sender")
    try:
        domain = UserID.from_string(sender).domain
        parse_and_validate_server_name(domain)
        return domain
    except Exception:
        return "example.com"


def named_devices(edu):
    """A directory in which every named device is known, so that no contents are dropped unread."""
    messages = member(member(edu, "content"), "messages")
    if not isinstance(messages, dict):
        return {}
    named = {user: ["D", *own] for user, own in messages.items() if isinstance(own, dict)}
    return {
        user: [device for device in own if is_utf8(user) and is_utf8(device) and device != "*"]
        for user, own in named.items()
    }


def is_utf8(text):
    try:
        text.encode("utf-8")
        return True
    except UnicodeEncodeError:
        return False


async def main(folder):
    server = Server(folder)
    hello(["matrix-synapse", "canonicaljson", "Twisted"], kinds)
    for line in sys.stdin:
        case = json.loads(line)
        try:
            with LoggingContext(name="case", server_name="example.org"):
                members = await server.run(case)
            write({"id": case["id"], "verdict": "accept", **(members or {})})
        except Exception as error:
            write(failed(case["id"], error))


def start(folder):
    running = defer.ensureDeferred(main(folder))
    running.addErrback(lambda failure: failure.printTraceback(sys.stderr))
    running.addBoth(lambda _: reactor.stop())


with tempfile.TemporaryDirectory() as temporary:
    reactor.callWhenRunning(start, temporary)
    reactor.run()
