"""`rejoin rooms`: the engine's configuration written, and what Rejoin is told of it; settings that are refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rejoin.cli import main
from rejoin.config.env import read_environment
from rejoin.domain.kernel import Refusal
from rejoin.rooms.engines.choosing import engine_of
from rejoin.rooms.engines.janus.adapter import Janus
from rejoin.rooms.engines.janus.starting import start_janus
from rejoin.rooms.engines.janus.writing import Setup, fresh_keys, settings_of, write_configuration


def told(*arguments: str) -> dict[str, str]:
    said = CliRunner().invoke(main, ["rooms", "--write", *arguments], catch_exceptions=False)
    assert said.exit_code == 0, said.stderr
    lines = [line.removeprefix("export ").split("=", 1) for line in said.stdout.splitlines()]
    return {name: value for name, value in lines}  # noqa: C416 - pairs, and not lists


def test_what_it_says_is_what_rejoin_needs_to_be_told(tmp_path: Path) -> None:
    given = told("--folder", str(tmp_path / "janus"))
    environment = read_environment(given)
    engine = engine_of(environment)
    assert isinstance(engine, Janus)
    assert engine.token_key == given["REJOIN_JANUS_TOKEN_KEY"]
    assert environment.engine_settings["ear"] == "127.0.0.1:8189"


def test_asked_again_the_keys_are_the_same_so_that_grants_hold(tmp_path: Path) -> None:
    assert told("--folder", str(tmp_path)) == told("--folder", str(tmp_path))


def test_its_files_load_rooms_and_nothing_else(tmp_path: Path) -> None:
    told("--folder", str(tmp_path), "--address", "192.0.2.7", "--public-address", "198.51.100.9")
    linked = {
        part.name
        for folder in ("plugins", "transports", "events", "loggers")
        for part in (tmp_path / folder).iterdir()
    }
    assert linked == {
        "libjanus_videoroom.so",
        "libjanus_websockets.so",
        "libjanus_http.so",
        "libjanus_wsevh.so",
    }
    core = (tmp_path / "janus.jcfg").read_text()
    assert 'interface = "192.0.2.7"' in core
    assert 'nat_1_1_mapping = "198.51.100.9"' in core
    assert "pingpong_trigger = 5" in (tmp_path / "janus.transport.websockets.jcfg").read_text()
    assert 'admin_ip = "127.0.0.1"' in (tmp_path / "janus.transport.http.jcfg").read_text()


class Started:
    """A server that ends when somebody presses ctrl-c."""

    def __init__(self, folder: Path, setup: Setup) -> None:
        self.log, self.setup, self.process = folder / "janus.log", setup, self
        self.stopped = False

    def wait(self) -> None:
        raise KeyboardInterrupt

    def stop(self) -> None:
        self.stopped = True


def test_started_here_it_runs_until_it_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Started] = []

    def start(folder: Path, setup: Setup) -> Started:
        started.append(Started(folder, setup))
        return started[0]

    monkeypatch.setattr("rejoin.rooms.engines.janus.starting.start_janus", start)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    said = CliRunner().invoke(main, ["rooms", "--folder", str(tmp_path)], catch_exceptions=False)
    assert said.exit_code == 0
    assert "ctrl-c stops it" in said.stderr
    assert started[0].stopped


@pytest.mark.enable_socket
def test_a_server_that_does_not_start_says_where_it_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rejoin.rooms.engines.janus.starting.PROGRAM", Path("/bin/false"))
    with pytest.raises(Refusal, match=r"janus\.log"):
        start_janus(tmp_path, Setup(keys=fresh_keys(), admin_port=1))


def test_where_janus_is_not_installed_it_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rejoin.rooms.engines.janus.writing.PROGRAM", tmp_path / "janus")
    with pytest.raises(Refusal, match="apt-get install janus"):
        write_configuration(tmp_path, Setup(keys=fresh_keys()))


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    said = CliRunner().invoke(main, ["rooms", "--write", "--folder", str(tmp_path), "--address", 'x"; y'])
    assert said.exit_code == 2
    assert "--address" in said.stderr


def test_a_setting_cannot_end_the_quotes_it_is_written_in(tmp_path: Path) -> None:
    with pytest.raises(Refusal):
        write_configuration(tmp_path, Setup(keys=fresh_keys(), name='a"; admin_secret = "b'))
    with pytest.raises(Refusal):
        write_configuration(tmp_path, Setup(keys=fresh_keys(), public_address='1.2.3.4"'))


GIVEN = settings_of(Setup(keys=fresh_keys()))
RELAY = {
    "REJOIN_JANUS_TURN_URLS": "turn:turn.example.org:3478, turns:turn.example.org:443?transport=tcp",
    "REJOIN_JANUS_TURN_SECRET": "a-secret-of-nobody-for-tests",
}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"REJOIN_ENGINE": "skype"}, "REJOIN_ENGINE"),
        ({"REJOIN_JANUS_TOKEN_KEY": ""}, "REJOIN_JANUS_TOKEN_KEY"),
        ({"REJOIN_JANUS_ADMIN_KEY": "short"}, "REJOIN_JANUS_ADMIN_KEY"),
        ({"REJOIN_JANUS_WS_URL": ""}, "REJOIN_JANUS_WS_URL"),
        ({"REJOIN_JANUS_WS_URL": "https://rooms.example.org"}, "REJOIN_JANUS_WS_URL"),
        ({"REJOIN_BASE_URL": "https://rejoin.example.org"}, "REJOIN_JANUS_WS_URL"),
        ({"REJOIN_JANUS_ADMIN_URL": "7088"}, "REJOIN_JANUS_ADMIN_URL"),
        ({"REJOIN_JANUS_EAR": "127.0.0.1"}, "REJOIN_JANUS_EAR"),
        ({"REJOIN_JANUS_TURN_URLS": "turn:turn.example.org"}, "REJOIN_JANUS_TURN_URLS"),
        ({"REJOIN_JANUS_TURN_SECRET": "sixteen letters!"}, "REJOIN_JANUS_TURN_URLS"),
        (RELAY | {"REJOIN_JANUS_TURN_SECRET": "short"}, "REJOIN_JANUS_TURN_SECRET"),
        (RELAY | {"REJOIN_JANUS_TURN_URLS": "https://turn.example.org"}, "REJOIN_JANUS_TURN_URLS"),
        (RELAY | {"REJOIN_JANUS_TURN_URLS": "turn:a.example,"}, "REJOIN_JANUS_TURN_URLS"),
        ({"REJOIN_DIAL_IN": "call us"}, "REJOIN_DIAL_IN"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_by_its_name(change: dict[str, str], name: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_environment(GIVEN | change)
    assert refused.value.message.startswith(name)


def test_a_relay_that_is_set_is_in_every_grant_and_without_one_there_is_none() -> None:
    at = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
    given: dict[str, Any] = {"host": False, "at": at, "until": at + timedelta(hours=3)}
    without = engine_of(read_environment(GIVEN))
    with_one = engine_of(read_environment(GIVEN | RELAY))
    assert without is not None
    assert with_one is not None
    grant = with_one.join_grant("a-room", "p-ada", **given)
    (relay,) = grant.ice_servers
    assert relay.urls == ("turn:turn.example.org:3478", "turns:turn.example.org:443?transport=tcp")
    assert relay.username.startswith(f"{int(grant.expires_at.timestamp())}:")
    assert "ada" not in relay.username
    assert without.join_grant("a-room", "p-ada", **given).ice_servers == ()


def test_without_an_engine_there_is_none() -> None:
    assert engine_of(read_environment({"REJOIN_DIAL_IN": "+1 555 0100"})) is None
