"""The outer end of the tunnel: an sshd that takes the client's key, and what a client tells it about its tunnel.

sshd runs `hubfront register` for each client that connects; it writes down the tunnel for as long as the connection lives, and the proxy
looks there for the way to the hub. One client, one tunnel: a later one takes the place of an earlier one. Knows nothing of HTTP.
"""

import base64
import contextlib
import json
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from hubfront.client import Registration
from hubfront.front import Upstream
from hubfront.tunnel_client import END, RECEIVED, SEND

RUN = Path("/run/hubfront")
ACCOUNT = "zenith"
PORT = 2222
LONGEST_CONFIGURATION = 64 * 1024

SSHD_CONFIG = """\
Port {port}
ListenAddress {address}
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
AllowUsers {account}
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowTcpForwarding remote
PermitListen localhost:*
GatewayPorts no
AllowAgentForwarding no
X11Forwarding no
PermitUserRC no
ClientAliveInterval 10
ClientAliveCountMax 3
ForceCommand {register}
"""


class BadRegistration(Exception):
    """The message says what a client told wrong."""


def start_sshd(public_key: Path, folder: Path = RUN, address: str = "0.0.0.0", port: int = PORT) -> subprocess.Popen:
    """Makes a host key for this start only: no client knows one beforehand. The process is the caller's to end."""
    account = pwd.getpwnam(ACCOUNT)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    tunnels = folder / "tunnels"
    tunnels.mkdir(mode=0o700, exist_ok=True)
    os.chown(tunnels, account.pw_uid, account.pw_gid)
    (folder / "authorized_keys").write_text("restrict,pty,port-forwarding " + public_key.read_text())
    (folder / "host_key").unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "host_key"], check=True)
    config = folder / "sshd_config"
    config.write_text(SSHD_CONFIG.format(port=port, address=address, folder=folder, account=ACCOUNT, register=f"{sys.argv[0]} register"))
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    return subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", config])


def find_tunnel(folder: Path = RUN) -> Upstream | None:
    """The way to the hub that a client has told, or None while none is connected."""
    try:
        told = json.loads((folder / "tunnels" / "tunnel.json").read_text())
    except (OSError, ValueError):
        return None
    registration = Registration(told["auth_oidc_issuer"], told["auth_oidc_client_id"], told["auth_oidc_client_secret"])
    return Upstream("127.0.0.1", told["allocated_port"], registration)


def parse_registration(lines: Iterable[str]) -> dict:
    """What a client tells, from its lines up to the last. Raises BadRegistration."""
    text = ""
    for line in lines:
        if line.strip() == END:
            return _checked(text)
        text += line.strip()
        if len(text) > LONGEST_CONFIGURATION:
            raise BadRegistration("too long")
    raise BadRegistration("it ended too early")


def _checked(text: str) -> dict:
    try:
        told = json.loads(base64.b64decode(text, validate=True))
    except ValueError:
        raise BadRegistration("not JSON in base64") from None
    port = told.get("allocated_port") if isinstance(told, dict) else None
    if not isinstance(port, int) or not 0 < port < 65536:
        raise BadRegistration("no allocated_port")
    for name in ("auth_oidc_issuer", "auth_oidc_client_id", "auth_oidc_client_secret"):
        if not isinstance(told.get(name), str):
            raise BadRegistration(f"no {name}: this server signs people in, and can't do without")
    return told


def register(folder: Path = RUN) -> int:
    """Talks with one client, and stays until it is gone."""
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(0))
    print(SEND, flush=True)
    try:
        told = parse_registration(sys.stdin)
    except BadRegistration as error:
        print(f"the configuration is refused: {error}", file=sys.stderr)
        return 1
    with _written(folder / "tunnels" / "tunnel.json", told):
        print(RECEIVED, flush=True)
        for _ in sys.stdin:
            pass
    return 0


@contextlib.contextmanager
def _written(file: Path, told: dict):
    new = file.with_suffix(f".{os.getpid()}")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        json.dump(told, opened)
    mine = new.stat().st_ino
    new.replace(file)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            if file.stat().st_ino == mine:
                file.unlink()
