"""What nobody can generate for an environment's deployment, made up."""

import json
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

ENVIRONMENTS = ["dev_dummyauth", "dev_dummyauth_extslurm", "dev_realauth", "dev_realauth_zenithclient", "prod"]

# What only an administrator knows.
SETTINGS = {
    "logLevel": "INFO",
    "baseUrl": "/jupyter",
    "devUsers": "testuser.project1",
    "dummyAuthPassword": "a-long-password",
    "sshHostname": "slurm.test",
    "slurmSpawnerWrappersBin": "/opt/wrappers/bin",
    "condaPrefixDir": "/opt/conda",
    "jupyterDataDir": "/opt/jupyter",
    "hubConnectUrl": "http://hub.test:8081",
    "oidcServer": "https://issuer.test/realms/hub",
    "bricsPlatform": "brics.test.notebooks.shared",
    "jwtAudience": "zenith-jupyter",
}
ZENITH = {
    "serverAddress": "zenith.test",
    "authOidcIssuer": SETTINGS["oidcServer"],
    "authOidcClientId": "hub",
    "authOidcClientSecret": "secret",
}


def write_settings(folder, env):
    """A deployment with everything that can't be generated; environments in which all of it can be begin empty."""
    folder.mkdir(mode=0o700)
    if env in ("dev_dummyauth_extslurm", "prod"):
        document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "deploy-config"}, "immutable": True}
        example = (PROJECT / "examples" / env / "deploy-configmap.yaml").read_text()
        data = {key: value for key, value in SETTINGS.items() if f"  {key}:" in example}
        (folder / "deploy-configmap.yaml").write_text(json.dumps(document | {"data": data}))
        for name in ("ssh_client_key", "ssh_zenith_client_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        (folder / "ssh_known_hosts").write_text(f"slurm.test {(folder / 'ssh_client_key.pub').read_text()}")
    if env == "prod":
        (folder / "zenith_client_config.yaml").write_text(json.dumps(ZENITH))
    for file in folder.iterdir():
        file.chmod(0o600)
