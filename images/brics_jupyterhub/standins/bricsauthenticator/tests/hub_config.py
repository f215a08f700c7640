"""The hub of test_hub.py: the two entry points, no proxy, and a Slurm of three shell commands that keep their state in files."""

import os

import batchspawner  # noqa: F401
from jupyterhub.proxy import Proxy
from traitlets.config import get_config


class RoutesOnly(Proxy):
    """Remembers routes; requests go to the hub and to servers directly."""

    should_start = False

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._routes = {}

    async def add_route(self, routespec, target, data):
        self._routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec):
        self._routes.pop(routespec, None)

    async def get_all_routes(self):
        return self._routes


c = get_config()
folder = os.environ["TEST_FOLDER"]
c.Application.log_level = "DEBUG"
c.JupyterHub.bind_url = "http://127.0.0.1:1/jupyter"
c.JupyterHub.hub_bind_url = os.environ["TEST_HUB_URL"]
c.JupyterHub.proxy_class = RoutesOnly
c.JupyterHub.db_url = f"sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{folder}/cookie_secret"
c.JupyterHub.authenticator_class = "brics"
c.JupyterHub.spawner_class = "brics"
c.JupyterHub.cleanup_servers = False
c.Authenticator.enable_auth_state = True
c.Authenticator.blocked_users = {"mallory"}
c.BricsAuthenticator.oidc_server = os.environ["TEST_ISSUER"]
c.BricsAuthenticator.brics_platform = "here"
c.BricsAuthenticator.jwt_audience = "hub"
c.BricsAuthenticator.logout_redirect_url = "/jupyter/_oidc/sign_out?rd=%2Fjupyter"
c.BricsAuthenticator.invalid_jwt_logout = os.environ.get("TEST_SIGN_OUT") == "1"
c.BricsSlurmSpawner.exec_prefix = f"/bin/sh {folder}/slurm {{username}}"
c.BricsSlurmSpawner.batch_submit_cmd = "sbatch"
c.BricsSlurmSpawner.batch_query_cmd = "squeue {{job_id}}"
c.BricsSlurmSpawner.batch_cancel_cmd = "scancel {{job_id}}"
c.BricsSlurmSpawner.startup_poll_interval = 15
c.Spawner.start_timeout = 30
