"""The side door of the embedded llama.cpp server: tokens, the chat template, saving and restoring a slot.

xllamacpp always listens somewhere. Here that is a Unix socket in a private folder (0700) of this process, which nothing
else can reach; no network port is opened. Where Python has no Unix sockets (Windows), or the path would be too long for
one, it is a loopback port with a random key.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Any

from agents.errors import EngineFailed

_LONGEST = 100
"""Bytes a Unix socket path may have (104 on macOS, 108 on Linux), with room to spare."""
_TIMEOUT = 60.0
_PREFIX = "cocreate-engine-"


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class LlamaSocket:
    """Where one embedded server listens, and the requests we make there.

    The folder lies in memory (/dev/shm) where there is one: saved slots hold the writer's text and need no disk.
    """

    def __init__(self) -> None:
        memory = Path("/dev/shm")  # noqa: S108  only as the parent of mkdtemp, which makes a private folder
        parent = memory if memory.is_dir() and os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
        sweep(parent)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
        self._path = str(self.folder / "llama.sock")
        self._unix = hasattr(socket, "AF_UNIX") and len(self._path.encode()) <= _LONGEST
        self._key = "" if self._unix else secrets.token_urlsafe(24)
        self._port = 0

    def prepare(self, params: Any) -> None:
        """Set where the server will listen."""
        params.hostnames = [self._path if self._unix else "127.0.0.1"]
        params.api_keys = [self._key] if self._key else []
        params.slot_save_path = f"{self.folder}/"

    def opened(self, address: str) -> None:
        """Take note of the address the server reports."""
        if not self._unix:
            self._port = int(address.rsplit(":", 1)[1])

    def tokens(self, text: str, *, special: bool, begin: bool = False) -> list[int]:
        """Token ids of `text`. `special`: markers such as <|im_end|> count as one token; `begin`: with BOS."""
        body = {"content": text, "add_special": begin, "parse_special": special}
        return [int(token) for token in self._post("/tokenize", body)["tokens"]]

    def special_pieces(self, text: str) -> set[str]:
        """Texts of the special tokens that hide in `text`, such as "<|im_end|>" in a pasted chat."""
        plain = self.tokens(text, special=False)
        if plain == self.tokens(text, special=True):
            return set()
        body = {"content": text, "add_special": False, "parse_special": True, "with_pieces": True}
        known = set(plain)
        found = [t["piece"] for t in self._post("/tokenize", body)["tokens"] if t["id"] not in known]
        return {piece for piece in found if isinstance(piece, str) and piece.strip()}

    def render(self, messages: list[dict[str, str]]) -> str:
        """Apply the model's own chat template (thinking switched off where a model has it)."""
        body = {"messages": messages, "add_generation_prompt": True, "chat_template_kwargs": {"enable_thinking": False}}
        return str(self._post("/apply-template", body)["prompt"])

    def save_slot(self, slot: int, name: str) -> None:
        """Write what slot `slot` has read so far to a file of the private folder."""
        self._post(f"/slots/{slot}?action=save", {"filename": name})

    def restore_slot(self, slot: int, name: str) -> None:
        """Make slot `slot` continue from a saved file."""
        self._post(f"/slots/{slot}?action=restore", {"filename": name})

    def forget(self, name: str) -> None:
        """Delete a saved slot."""
        (self.folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        connection = (
            _UnixConnection(self._path)
            if self._unix
            else http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT)
        )
        try:
            connection.request("POST", path, json.dumps(body), headers)
            reply = connection.getresponse()
            answer = json.loads(reply.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise EngineFailed("The language model does not answer.", "Restart the studio.") from error
        finally:
            connection.close()
        if reply.status != http.client.OK or not isinstance(answer, dict):
            raise EngineFailed(f"The language model refused a request ({path.split('?')[0]}): {_reason(answer)}")
        return answer


def sweep(parent: Path) -> None:
    """Remove the folders of our own processes that were killed before they could."""
    for folder in parent.glob(f"{_PREFIX}*-*"):
        pid = folder.name.removeprefix(_PREFIX).split("-")[0]
        if pid.isdecimal() and not _alive(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)  # another user's folder stays: it cannot be removed


def _alive(pid: int) -> bool:
    if os.name != "posix":
        return True  # there signal 0 would end the process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _reason(answer: Any) -> str:
    error = answer.get("error") if isinstance(answer, dict) else None
    return str(error.get("message", error) if isinstance(error, dict) else answer)[:200]
