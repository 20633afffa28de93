"""Each way in which a server fails, as one sentence and a next step. Pure: no socket, no model.

What the server says passes `memory.sanitise`, loses the key should it repeat it, and is cut to a line.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agents.errors import AgentError, EngineFailed, PromptTooLong
from cocreate.engines.server_address import Address
from cocreate.engines.server_key import VARIABLE, ServerKey
from memory.sanitise import sanitise

TRY_AGAIN = (429, 502, 503)
"""Answers that say "not now": nothing was generated, so the request may be sent again."""
_MOST = 200
"""Characters of a server's own words that are shown."""
_TOO_LONG = re.compile(
    r"exceed_context_size|context[ _-]?(length|size|window)|maximum (context|model) length|too many tokens"
    r"|prompt is too long",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Told:
    """Makes the sentences about one server."""

    address: Address
    key: ServerKey | None

    def unreachable(self, error: BaseException) -> EngineFailed:
        """No connection could be made."""
        causes = list(_causes(error))
        where = self.address.shown
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            return EngineFailed(
                f"No machine is called {where.rsplit(':', 1)[0]}.",
                "Check the name in server_url and the network: cocreate config get server_url",
            )
        tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
        if isinstance(tls, ssl.SSLCertVerificationError):
            return EngineFailed(
                f"The certificate of {where} is not trusted: {self.clean(tls.verify_message)}.",
                "Name the authority that signed it: SSL_CERT_FILE=/path/to/ca.pem",
            )
        if tls is not None:
            return EngineFailed(f"{where} does not speak TLS as expected.", "Perhaps server_url begins with http://.")
        if is_refused(error):
            return EngineFailed(
                f"No server answers at {where}.", "Start it, or check server_url: cocreate config get server_url"
            )
        return EngineFailed(
            f"The server at {where} cannot be reached.", "Check that it runs, and the network between you and it."
        )

    def slow(self, seconds: float, what: str) -> EngineFailed:
        """It did not do `what` ("connect", "send a first word", "send the next word") in time."""
        step = "Check its log; give it longer with: cocreate config set server_wait SECONDS"
        return EngineFailed(f"The server at {self.address.shown} did not {what} within {seconds:g} seconds.", step)

    def died(self, begun: bool) -> EngineFailed:
        """The connection broke while it was answering."""
        when = "in the middle of the text" if begun else "before its first word"
        kept = " What was written is kept." if begun else ""
        return EngineFailed(
            f"The server at {self.address.shown} ended {when}.{kept}", "See that it runs, then continue the turn."
        )

    def junk(self) -> EngineFailed:
        """It answered something that is not the OpenAI API."""
        return EngineFailed(
            f"What answers at {self.address.shown} is not an OpenAI-compatible server.",
            "Check server_url: it usually ends in /v1, such as http://127.0.0.1:8000/v1",
        )

    def reported(self, error: object) -> AgentError:
        """It sent an error in the middle of a stream."""
        said = self.clean(_message(error))
        if _TOO_LONG.search(str(error)):
            return self._too_long(said)
        return EngineFailed(
            f"The server at {self.address.shown} failed: {said}", "See its log, then continue the turn."
        )

    def refusal(self, status: int, body: str, model: str = "") -> AgentError:
        """What an HTTP status other than 200 means."""
        where, data = self.address.shown, _json(body)
        said = self.clean(_message(data) if data is not None else "" if "<" in body[:200] else body)
        quoted = f": {said}" if said else ""
        if status in (401, 403):
            if self.key is None:
                return EngineFailed(f"The server at {where} asks for a key.", _GIVE_KEY)
            return EngineFailed(f"The server at {where} refuses the key ({status}).", _GIVE_KEY)
        if status in (400, 413, 422) and _TOO_LONG.search(body):
            return self._too_long(said)
        if status == 404 and model and data is not None:
            return EngineFailed(
                f"The server at {where} has no model called {self.clean(model)}{quoted}",
                "See what it offers: cocreate server check",
            )
        if status in (404, 405) or 300 <= status < 400:
            return self.junk()
        if status == 429:
            return EngineFailed(f"The server at {where} has too much to do{quoted}.", "Wait, then continue the turn.")
        if status in (502, 503, 504):
            return EngineFailed(
                f"The server at {where} is not ready ({status}{quoted}).", "Wait until it has started, then try again."
            )
        if status >= 500:
            return EngineFailed(f"The server at {where} failed ({status}){quoted}", "See its log, then try again.")
        return EngineFailed(
            f"The server at {where} refused the request ({status}){quoted}", "See what it offers: cocreate server check"
        )

    def no_model(self, wanted: str, offered: list[str]) -> EngineFailed:
        """The model in the settings is not among those it offers."""
        if not offered:
            return EngineFailed(f"The server at {self.address.shown} offers no model.", "Load one there first.")
        names = ", ".join(self.clean(name) for name in offered[:12])
        return EngineFailed(
            f"The server at {self.address.shown} has no model called {self.clean(wanted)}; it offers: {names}.",
            f"Choose one: cocreate config set model {self.clean(offered[0])}",
        )

    def clean(self, text: str) -> str:
        """One line of what the server said, fit to be shown."""
        without = self.key.out_of(text) if self.key else text
        line = " ".join(sanitise(without).split())
        return line if len(line) <= _MOST else f"{line[: _MOST - 1]}…"

    def _too_long(self, said: str) -> PromptTooLong:
        return PromptTooLong(
            f"The prompt is too long for the model on the server: {said}",
            "Shorten the text, or start the server with a longer context.",
        )


_GIVE_KEY = f"Give it one with: cocreate server login, or set the variable {VARIABLE}."


def is_refused(error: BaseException) -> bool:
    """Whether nothing listens there (yet): the one failure to connect worth waiting for."""
    return any(isinstance(cause, ConnectionRefusedError) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it came from, and so on; groups opened."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _message(data: object) -> str:
    """The sentence inside the shapes servers use: {"error": {"message"}}, {"message"}, {"detail"}, text."""
    for name in ("error", "message", "detail"):
        if isinstance(data, dict) and data.get(name):
            return _message(data[name])
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
