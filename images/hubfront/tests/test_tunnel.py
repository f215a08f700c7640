"""Both ends of the tunnel: what they read, and the conversation between them over a program that stands for ssh."""

import asyncio
import os
import subprocess
import sys
import textwrap
import time

import pytest
from hubfront.tunnel_client import configuration_lines, keep_tunnel, ssh_command
from hubfront.tunnel_config import BadConfig, TunnelConfig, read_config
from hubfront.tunnel_server import BadRegistration, find_tunnel, parse_registration

FILE = """
serverAddress: zenith.test
authOidcIssuer: http://issuer.test
auth_oidc_client_id: hub
authOidcClientSecret: s3cret
debug: true
someNewField: [1]
"""


def config_from(tmp_path, text=FILE, **environment):
    (tmp_path / "client.yaml").write_text(text)
    return read_config({"ZENITH_CLIENT_CONFIG": str(tmp_path / "client.yaml"), **environment})


class TestConfig:
    def test_both_spellings_and_unknown_names(self, tmp_path):
        config = config_from(tmp_path)
        assert (config.server_address, config.auth_oidc_client_id, config.auth_oidc_client_secret, config.debug) == ("zenith.test", "hub", "s3cret", True)
        assert (config.server_port, config.forward_to_host, config.forward_to_port) == (22, "localhost", 8000)

    def test_variables_win(self, tmp_path):
        config = config_from(tmp_path, ZENITH_CLIENT__FORWARD_TO_HOST="127.0.0.1", ZENITH_CLIENT__SERVER_ADDRESS="other.test", ZENITH_CLIENT__DEBUG="false")
        assert (config.forward_to_host, config.server_address, config.debug) == ("127.0.0.1", "other.test", False)

    @pytest.mark.parametrize(
        "text, named",
        [("{", "YAML"), ("[1]", "map"), ("debug: true", "server_address"), ("serverAddress: a\nserverPort: x", "server_port"),
         ("serverAddress: a\ndebug: perhaps", "debug"), ("serverAddress: a\nauthOidcClientId: x", "auth_oidc_client_secret")],
    )  # fmt: skip
    def test_what_is_wrong_is_named(self, tmp_path, text, named):
        with pytest.raises(BadConfig, match=named):
            config_from(tmp_path, text)


class TestRegistration:
    def test_arrives_as_it_was_sent(self, tmp_path):
        told = parse_registration(configuration_lines(config_from(tmp_path), 4321))
        assert told["allocated_port"] == 4321
        assert (told["auth_oidc_issuer"], told["auth_oidc_client_id"], told["auth_oidc_client_secret"]) == ("http://issuer.test", "hub", "s3cret")

    @pytest.mark.parametrize(
        "lines",
        [[], ["e30="], ["e30=", "END_CONFIGURATION"], ["!!", "END_CONFIGURATION"], ["W10=", "END_CONFIGURATION"], ["A" * 100_000, "END_CONFIGURATION"],
         configuration_lines(TunnelConfig("a"), 1), configuration_lines(TunnelConfig("a", auth_oidc_issuer="i", auth_oidc_client_id="c", auth_oidc_client_secret="s"), 70000)],
        ids=range(8),
    )  # fmt: skip
    def test_is_refused(self, lines):
        with pytest.raises(BadRegistration):
            parse_registration(lines)


class TestServer:
    def start(self, folder):
        code = f"import pathlib, sys; from hubfront.tunnel_server import register; sys.exit(register(pathlib.Path({str(folder)!r})))"
        return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def talk(self, process, lines):
        assert process.stdout.readline() == "SEND_CONFIGURATION\n"
        print(*lines, sep="\n", file=process.stdin, flush=True)
        return process.stdout.readline()

    def test_a_tunnel_is_there_for_as_long_as_its_client(self, tmp_path):
        (tmp_path / "tunnels").mkdir()
        config = config_from(tmp_path)
        assert find_tunnel(tmp_path) is None
        first, second = self.start(tmp_path), self.start(tmp_path)
        assert self.talk(first, configuration_lines(config, 1001)) == "RECEIVED_CONFIGURATION\n"
        assert find_tunnel(tmp_path).port == 1001
        assert self.talk(second, configuration_lines(config, 1002)) == "RECEIVED_CONFIGURATION\n"
        first.communicate()
        assert find_tunnel(tmp_path).port == 1002
        second.communicate()
        assert find_tunnel(tmp_path) is None


SSH = """
import sys
with open({log!r}, "a") as log:
    log.write("called\\n")
print("Warning: something else")
print("Allocated port 1234 for remote forward to 127.0.0.1:8000", flush=True)
print("SEND_CONFIGURATION", flush=True)
while sys.stdin.readline() != "END_CONFIGURATION\\n":
    pass
print("RECEIVED_CONFIGURATION", flush=True)
"""


class TestClient:
    def test_the_port_is_the_servers_to_choose(self, tmp_path):
        command = ssh_command(config_from(tmp_path, ZENITH_CLIENT__FORWARD_TO_HOST="127.0.0.1"))
        assert command[-3:] == ["-R", "0:127.0.0.1:8000", "zenith@zenith.test"]
        assert "s3cret" not in " ".join(command)

    def test_a_tunnel_that_ends_is_made_again(self, tmp_path):
        ssh, log = tmp_path / "ssh", tmp_path / "log"
        ssh.write_text(f"#!{sys.executable}\n" + textwrap.dedent(SSH.format(log=str(log))))
        os.chmod(ssh, 0o755)
        config = config_from(tmp_path, ZENITH_CLIENT__SSH_EXECUTABLE=str(ssh))

        async def until_called_twice():
            tunnel = asyncio.ensure_future(keep_tunnel(config))
            end = time.monotonic() + 60
            while not log.exists() or log.read_text().count("called") < 2:
                assert time.monotonic() < end
                await asyncio.sleep(0.05)
            tunnel.cancel()
            await asyncio.gather(tunnel, return_exceptions=True)

        asyncio.run(until_called_twice())
