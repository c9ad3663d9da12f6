"""Answers conformance cases: one case per line on standard input, one answer per line on standard output.

The protocol is in ../README.md. Each harness brings the functions of its peer, by kind.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from typing import Any, Callable


class Rejected(Exception):
    """The peer rejects the input."""


class Unsupported(Exception):
    """The peer has no function for this case."""


def write(value: dict[str, Any]) -> None:
    # Escaped, so that lone surrogates can be written.
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def hello(packages: list[str], kinds: dict[str, str]) -> None:
    write({"versions": {name: version(name) for name in packages}, "kinds": kinds})


def failed(case_id: str, error: BaseException) -> dict[str, Any]:
    if isinstance(error, Unsupported):
        return {"id": case_id, "verdict": "unsupported", "reason": str(error)}
    reason = str(error) if isinstance(error, Rejected) else f"{type(error).__name__}: {error}"
    return {"id": case_id, "verdict": "reject", "reason": reason[:300]}


def serve(functions: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]]) -> None:
    """A function returns the members next to the verdict "accept". An exception counts as a rejection, as in the peers."""
    for line in sys.stdin:
        case = json.loads(line)
        run = functions.get(case["kind"])
        try:
            if run is None:
                raise Unsupported("")
            write({"id": case["id"], "verdict": "accept", **(run(case) or {})})
        except Exception as error:
            write(failed(case["id"], error))
