"""The key of a server: from the environment or the keyring, and seen nowhere else."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from agents.errors import EngineFailed
from cocreate.cli import main
from cocreate.engines.server_key import ServerKey, find_key, forget_key, keep_key
from cocreate.errors import SettingsRefused
from cocreate.settings import Settings

SECRET = "sk-very-secret-key-0123456789"
URL = "http://gpu-box:8000/v1"


class MemoryKeyring(KeyringBackend):
    """A keyring that forgets when the test ends."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    memory = MemoryKeyring()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


def test_the_environment_wins_over_the_keyring_and_other_companies_keys_are_not_read(ring):
    assert find_key(URL, {"OPENAI_API_KEY": "x"}) is None
    keep_key(URL, ServerKey("from-ring"))
    assert find_key(URL, {}).header == "Bearer from-ring"
    assert find_key("http://elsewhere/v1", {}) is None
    assert find_key(URL, {"COCREATE_SERVER_KEY": SECRET}).header == f"Bearer {SECRET}"
    assert (forget_key(URL), forget_key(URL), find_key(URL, {})) == (True, False, None)


def test_a_system_without_a_keyring_has_no_key_and_says_so_when_asked_to_keep_one(ring):
    keyring.set_keyring(NoKeyring())
    assert find_key(URL, {}) is None
    with pytest.raises(EngineFailed) as failed:
        keep_key(URL, ServerKey(SECRET))
    assert "COCREATE_SERVER_KEY" in failed.value.next_step


@pytest.mark.parametrize("bad", ["", "  ", "two words", "键", "a\nb"])
def test_what_no_header_can_carry_is_refused_without_being_repeated(bad):
    with pytest.raises(EngineFailed) as failed:
        ServerKey(bad)
    assert not bad.strip() or bad not in failed.value.sentence


def test_a_key_is_not_in_a_repr_a_format_or_a_pickle(scripted, connect):
    key = ServerKey(SECRET)
    engine = connect(key=key)
    shown = f"{key} {key!r} {engine!r} {vars(engine)} {vars(engine._client)} {engine._client._http.headers}"
    assert SECRET not in shown
    with pytest.raises(TypeError):
        pickle.dumps(key)
    assert scripted.seen[0].key == f"Bearer {SECRET}"


def test_no_proxy_and_no_netrc_of_this_machine_is_used(scripted, connect, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    connect()
    assert scripted.seen[0].key == ""


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("server_key", SECRET, "never written to a file"),
        ("OPENAI_API_KEY", SECRET, "never written to a file"),
        ("model", SECRET, "looks like a key"),
        ("server_url", f"http://me:{SECRET}@gpu-box/v1", "must hold no user, password, query or key"),
    ],
)
def test_config_refuses_to_write_a_key(tmp_path, capsys, key, value, said):
    code = main(["config", "set", key, value], environ={"COCREATE_HOME": str(tmp_path)})
    printed = capsys.readouterr()
    assert (code, list(tmp_path.iterdir())) == (2, [])
    assert said in printed.err
    assert SECRET not in printed.err + printed.out


def test_a_key_in_the_file_itself_is_refused_without_being_repeated(tmp_path):
    (tmp_path / "config.toml").write_text(f'api_key = "{SECRET}"')
    with pytest.raises(SettingsRefused, match="never written to a file") as refused:
        Settings.load(tmp_path)
    assert SECRET not in str(refused.value)


def test_login_keeps_the_key_check_uses_it_and_logout_forgets_it(scripted, ring, tmp_path, capsys, monkeypatch):
    import io

    environ = {"COCREATE_HOME": str(tmp_path), "COCREATE_SERVER_URL": scripted.url}
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET}\n"))
    assert main(["server", "login"], environ=environ) == 0
    assert list(ring.kept) == [("cocreate", scripted.url)]

    assert main(["server", "check"], environ=environ) == 0
    assert main(["server", "logout"], environ=environ) == 0
    assert main(["server", "check", "--json"], environ=environ) == 0

    printed = capsys.readouterr()
    assert "model      muse\n" in printed.out
    assert "adapters   poet\n" in printed.out
    assert '"key": "none"' in printed.out
    assert SECRET not in printed.out + printed.err
    assert [one.key for one in scripted.asked("/v1/models")] == [f"Bearer {SECRET}", ""]


@pytest.mark.parametrize(
    ("url", "key", "mark", "said"),
    [
        ("http://127.0.0.1:8000/v1", SECRET, " ", "goes to a server on this machine, 127.0.0.1:8000"),
        ("https://gpu-box/v1", SECRET, " ", "leaves this machine, encrypted: it is sent to gpu-box"),
        ("http://gpu-box:8000/v1", "", " ", "leaves this machine in the clear: it is sent to gpu-box:8000"),
        (URL, SECRET, "!", "leaves this machine in the clear, and the key too"),
    ],
)
def test_doctor_says_whether_text_leaves_the_machine(tmp_path, capsys, url, key, mark, said):
    environ = {"COCREATE_HOME": str(tmp_path), "COCREATE_CACHE": str(tmp_path), "COCREATE_ENGINE": "server"}
    main(["doctor"], environ=environ | {"COCREATE_SERVER_URL": url, "COCREATE_SERVER_KEY": key})
    printed = capsys.readouterr().out
    assert f" {mark} text                   {said}" in printed
    assert SECRET not in printed


def test_the_server_engine_without_a_server_is_a_sentence(tmp_path):
    from cocreate.engines.choose import open_engine

    with pytest.raises(EngineFailed, match="no server is named"):
        open_engine(Settings(tmp_path, tmp_path, engine="server"), None)
