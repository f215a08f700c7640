"""The secrets of an environment that is up, and the places in which other people could see one.

Knows what this project's environments hold; what runs, and what has run before, is for the caller.
"""

import base64

from environment import podman, podman_lists

TOKENS = r"""
import pathlib, re
for process in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        print(*re.findall(r"(?:JUPYTERHUB_API_TOKEN|CONFIGPROXY_AUTH_TOKEN)=([^\0]+)", (process / "environ").read_text()))
    except (OSError, ValueError):
        pass
""".strip()


def tokens_in_use(environment, account):
    """Those of the proxy, which root runs, and of the account's servers."""
    hub = podman("exec", environment.container("jupyterhub"), "/srv/venv/bin/python", "-c", TOKENS)
    slurm = podman("exec", "--user", account, environment.container("slurm"), "python3", "-c", TOKENS)
    return {*hub.split(), *slurm.split()}


def secrets_of(environment):
    """Every secret value of the environment by name; of a key, a line from its middle."""
    folder = environment.deploy_directory
    values = {"password": environment.deploy_data()["dummyAuthPassword"]}
    for name in ("ssh_client_key", "ssh_host_ed25519_key"):
        values[name] = (folder / name).read_text().splitlines()[2]
    values["munge_key"] = (folder / "munge_key").read_text().strip()
    values["salt"] = (folder / ".fingerprint-salt").read_text().strip()
    for name in ("jupyterhub_crypt_key", "jupyterhub_cookie_secret"):
        values[name] = podman("exec", environment.container("jupyterhub"), "cat", f"/srv/jupyterhub/{name}").strip()
    values |= {f"token {number}": token for number, token in enumerate(sorted(environment.tokens))}
    assert all(len(value) >= 32 for value in values.values())
    return values | {f"{name} in base64": base64.b64encode(value.encode()).decode() for name, value in values.items()}


def podman_labels(environment):
    kinds = {"pod": "{{json .Labels}}", "volume": "{{json .Labels}}", "container": "{{json .Config.Labels}}{{json .Config.Cmd}}"}
    lists = {kind: [name for name in podman_lists()[f"{kind}s"] if environment.name in name] for kind in kinds}
    lists["image"] = [f"localhost/envtool-e2e/{image}:test" for image in environment.original_images]
    kinds["image"] = "{{json .Labels}}{{json .Config}}{{json .History}}"
    return "".join(podman(kind, "inspect", "--format", form, *lists[kind]) for kind, form in kinds.items() if lists[kind])


def others_can_read(file):
    return file.stat().st_mode & 0o044
