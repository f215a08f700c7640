"""The commands of the containers: `hubfront serve`, `token`, `rotate`, `zenith-client`; and `register`, which sshd runs."""

import argparse
import asyncio
import contextlib
import logging
import os
import secrets
import signal
import sys
from pathlib import Path
from subprocess import Popen
from urllib.parse import urlsplit

from tornado.httpserver import HTTPServer

from hubfront.client import Registration
from hubfront.front import FindUpstream, Front, Upstream
from hubfront.issuer import Clients, Issuer
from hubfront.keys import KeyRing
from hubfront.people import site_from
from hubfront.tokens import FLAWS, LIFETIME_SECONDS, UnknownPerson, make
from hubfront.tunnel_client import keep_tunnel
from hubfront.tunnel_config import BadConfig, TunnelConfig, read_config
from hubfront.tunnel_server import find_tunnel, register, start_sshd

DATA = Path("/var/lib/hubfront")
TUNNEL_KEY = Path("/etc/zenith/ssh_key.pub")
# More than the token's lifetime: clocks differ.
OVERLAP_SECONDS = LIFETIME_SECONDS + 60
MOST_BODY_BYTES = 512 * 1024 * 1024


def direct(issuer: str, host: str, port: int) -> tuple[FindUpstream, Clients]:
    """A hub that is reached directly, and the one client that its issuer then has: both are this process."""
    registration = Registration(issuer, "hubfront", secrets.token_urlsafe(32))
    upstream = Upstream(host, port, registration)
    return lambda: upstream, lambda: {registration.client: registration.secret}


def tunnelled() -> tuple[FindUpstream, Clients]:
    """A hub that is reached through whatever tunnel there is. The issuer knows the client that the tunnel's configuration names."""
    config = read_config(os.environ)
    return find_tunnel, lambda: {config.auth_oidc_client_id: config.auth_oidc_client_secret}


async def serve(arguments: argparse.Namespace) -> None:
    """The issuer on its own port, for the pod alone, and the proxy on the one that is published. Until SIGTERM."""
    site = site_from(os.environ)
    find_upstream, clients = tunnelled() if arguments.tunnel else direct(site.issuer, arguments.hub_host, arguments.hub_port)
    issuer = Issuer(site, KeyRing(arguments.data), clients)
    issuer.ring.signer()
    front = Front(site.base_url, find_upstream, site.issuer)
    issuer_address = urlsplit(site.issuer)
    servers = [HTTPServer(issuer.application()), HTTPServer(front.application(), max_buffer_size=MOST_BODY_BYTES)]
    servers[0].listen(issuer_address.port, issuer_address.hostname)
    servers[1].listen(arguments.port)
    logging.info("issuer at %s, proxy at port %d", site.issuer, arguments.port)
    await _asked_to_end()
    for server in servers:
        server.stop()


async def _asked_to_end() -> None:
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()


def run_serve(arguments: argparse.Namespace) -> int:
    with contextlib.ExitStack() as stack:
        if arguments.tunnel:
            sshd = start_sshd(TUNNEL_KEY)
            stack.callback(end, sshd)
        asyncio.run(serve(arguments))
    return 0


def end(process: Popen) -> None:
    process.terminate()
    process.wait()


def run_zenith_client(arguments: argparse.Namespace) -> int:
    try:
        config = read_config(os.environ)
    except (BadConfig, OSError) as error:
        print(f"hubfront: {error}", file=sys.stderr)
        return 2
    logging.getLogger().setLevel(logging.DEBUG if config.debug else logging.INFO)
    asyncio.run(keep_until_asked_to_end(config))
    return 0


async def keep_until_asked_to_end(config: TunnelConfig) -> None:
    tunnel = asyncio.ensure_future(keep_tunnel(config))
    await asyncio.wait([tunnel, asyncio.ensure_future(_asked_to_end())], return_when=asyncio.FIRST_COMPLETED)
    tunnel.cancel()
    await asyncio.gather(tunnel, return_exceptions=True)


def run_token(arguments: argparse.Namespace) -> int:
    try:
        print(make(site_from(os.environ), KeyRing(arguments.data), arguments.user, arguments.project, arguments.flaw))
    except UnknownPerson as error:
        print(f"hubfront: {error}", file=sys.stderr)
        return 2
    return 0


def run_rotate(arguments: argparse.Namespace) -> int:
    print(KeyRing(arguments.data).rotate(OVERLAP_SECONDS).kid)
    return 0


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="hubfront", description="Stands in for what is in front of a JupyterHub, for development.")
    root.add_argument("--data", type=Path, default=DATA, help="folder with the signing keys")
    commands = root.add_subparsers(required=True)

    command = commands.add_parser("serve", help="run the issuer and the proxy")
    command.add_argument("--port", type=int, default=8080, help="port of the proxy")
    command.add_argument("--hub-host", default="127.0.0.1")
    command.add_argument("--hub-port", type=int, default=8000)
    command.add_argument("--tunnel", action="store_true", help="reach the hub through the tunnel that it makes")
    command.set_defaults(run=run_serve)

    command = commands.add_parser("zenith-client", help="keep a tunnel to a Zenith server")
    command.set_defaults(run=run_zenith_client)

    command = commands.add_parser("register", help="what sshd runs for the other end of a tunnel")
    command.set_defaults(run=lambda arguments: register())

    command = commands.add_parser("token", help="print an identity token")
    command.add_argument("--user", required=True)
    command.add_argument("--project", help="only this one of the user's projects")
    flaws = command.add_mutually_exclusive_group()
    for name, (meaning, _) in FLAWS.items():
        flaws.add_argument(f"--{name}", dest="flaw", action="store_const", const=name, help=f"a token that {meaning}")
    command.set_defaults(run=run_token)

    command = commands.add_parser("rotate", help="sign with a new key from now on; print its id")
    command.set_defaults(run=run_rotate)
    return root


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("tornado.access").setLevel(logging.WARNING)
    arguments = parser().parse_args()
    return arguments.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
