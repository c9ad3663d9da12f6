"""python-canonicaljson."""

import json

from canonicaljson import encode_canonical_json

from protocol import hello, serve


def canonical_json(case):
    return {"text": encode_canonical_json(json.loads(case["text"])).decode("utf-8")}


hello(["canonicaljson"], {"canonicalJson": "encode_canonical_json(json.loads(text))"})
serve({"canonicalJson": canonical_json})
