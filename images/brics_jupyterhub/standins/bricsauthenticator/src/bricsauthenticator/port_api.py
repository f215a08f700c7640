"""`POST /hub/api/batchspawner`: where a starting notebook server says which port it took.

batchspawner's own handler sets any attribute of the spawner that the request names. The request comes from the user's job, and some of
those attributes are command lines that the hub runs; so this handler takes the port, a number, and nothing else.
"""

import hmac

import batchspawner  # noqa: F401  registers the handler that is replaced below
from jupyterhub.apihandlers import APIHandler, default_handlers
from tornado import web

PATH = r"/api/batchspawner"


class PortHandler(APIHandler):
    """Answers 201 once the port is noted, 400 for anything but one port, 403 unless the request has a server's own token."""

    @web.authenticated
    def post(self):
        port = port_in(self.get_json_body())
        if port is None:
            raise web.HTTPError(400, "Expected one port number")
        spawner = self._spawner_of_token()
        if spawner is None:
            raise web.HTTPError(403, "Only a notebook server can say its port")
        spawner.port = port
        self.set_status(201)
        self.finish({"message": "Port noted"})

    def _spawner_of_token(self):
        token = (self.get_auth_token() or "").encode()
        for spawner in getattr(self.current_user, "spawners", {}).values():
            if spawner.api_token and hmac.compare_digest(spawner.api_token.encode(), token):
                return spawner
        return None


def port_in(body):
    """The port in `{"port": NUMBER}`; None for any other body."""
    if not isinstance(body, dict) or set(body) != {"port"}:
        return None
    port = body["port"]
    return port if type(port) is int and 0 < port < 65536 else None


def install():
    """Put PortHandler in the place of batchspawner's handler, for hubs that are made from now on."""
    default_handlers[:] = [entry for entry in default_handlers if entry[0] != PATH]
    default_handlers.append((PATH, PortHandler))
