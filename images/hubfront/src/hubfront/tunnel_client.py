"""The hub's end of the tunnel: keeps an ssh connection to a Zenith server, through which the server reaches the hub.

The server says which port it gave, then asks for the configuration, and gets it as lines of base64: the same conversation as the real
client's. A connection that ends is made again. Knows nothing of HTTP.
"""

import asyncio
import base64
import json
import logging
import re
from asyncio.subprocess import PIPE, STDOUT, Process
from typing import Any

from hubfront.tunnel_config import TunnelConfig

SEND, END, RECEIVED = "SEND_CONFIGURATION", "END_CONFIGURATION", "RECEIVED_CONFIGURATION"
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 10.0

_ALLOCATED = re.compile(r"Allocated port (\d+) for remote forward")
log = logging.getLogger("hubfront.tunnel")


class TunnelFailed(Exception):
    """The conversation with the server went wrong; the message is the last that was heard."""


async def keep_tunnel(config: TunnelConfig) -> None:
    """Never returns. Waits longer after each failure in a row, so that a server that is away isn't flooded."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            await _run_once(config)
            pause = FIRST_PAUSE_SECONDS
        except (TunnelFailed, OSError) as error:
            log.error("no tunnel: %s", error)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        await asyncio.sleep(pause)


def ssh_command(config: TunnelConfig) -> list[str]:
    """A port that the server chooses leads to the hub. The server's key isn't known beforehand, as with the real client."""
    options = {
        "ExitOnForwardFailure": "yes",
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": "/dev/null",
        "IdentitiesOnly": "yes",
        "ServerAliveInterval": str(config.server_alive_period),
        "ServerAliveCountMax": str(config.server_alive_failures),
    }
    command = [config.ssh_executable, "-tt", "-i", config.ssh_identity_path, "-p", str(config.server_port)]
    for name, value in options.items():
        command += ["-o", f"{name}={value}"]
    return [*command, "-R", f"0:{config.forward_to_host}:{config.forward_to_port}", f"zenith@{config.server_address}"]


def configuration_lines(config: TunnelConfig, port: int) -> list[str]:
    """What the server gets to know, in lines that a terminal takes."""
    told: dict[str, Any] = {"allocated_port": port, "backend_protocol": config.backend_protocol, "skip_auth": config.skip_auth}
    names = ("auth_oidc_issuer", "auth_oidc_client_id", "auth_oidc_client_secret")
    if not config.skip_auth:
        told |= {name: getattr(config, name) for name in names if getattr(config, name)}
    return [*base64.encodebytes(json.dumps(told).encode()).decode().splitlines(), END]


async def _run_once(config: TunnelConfig) -> None:
    """Until the connection ends."""
    process = await asyncio.create_subprocess_exec(*ssh_command(config), stdin=PIPE, stdout=PIPE, stderr=STDOUT)
    try:
        await asyncio.wait_for(_configure(process, config), config.configure_timeout)
        log.info("the tunnel to %s is up", config.server_address)
        while line := await process.stdout.readline():
            log.debug("%s", line.decode(errors="replace").rstrip())
        log.warning("the tunnel has ended")
    except asyncio.TimeoutError:
        raise TunnelFailed("the server did not answer in time") from None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _configure(process: Process, config: TunnelConfig) -> None:
    port = int((await _wait_for(process, _ALLOCATED))[1])
    await _wait_for(process, re.compile(SEND))
    process.stdin.write(("\n".join(configuration_lines(config, port)) + "\n").encode())
    await process.stdin.drain()
    await _wait_for(process, re.compile(RECEIVED))


async def _wait_for(process: Process, wanted: re.Pattern[str]) -> re.Match[str]:
    last = "ssh said nothing"
    while line := await process.stdout.readline():
        last = line.decode(errors="replace").strip() or last
        if match := wanted.match(last):
            return match
    raise TunnelFailed(last)
