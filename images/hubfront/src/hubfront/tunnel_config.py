"""Reads the configuration of a Zenith client: a YAML file with names in camelCase or snake_case, and ZENITH_CLIENT__* variables over it.

Names that aren't known are passed over, as the real client does. Knows nothing of ssh.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

DEFAULT_FILE = Path("/etc/zenith/client.yaml")
PREFIX = "ZENITH_CLIENT__"


class BadConfig(Exception):
    """The message names the field."""


@dataclass(frozen=True)
class TunnelConfig:
    """What both ends of the tunnel need to know. Periods are in seconds."""

    server_address: str
    server_port: int = 22
    ssh_identity_path: str = "/etc/zenith/ssh_key"
    ssh_executable: str = "ssh"
    forward_to_host: str = "localhost"
    forward_to_port: int = 8000
    server_alive_period: int = 10
    server_alive_failures: int = 3
    configure_timeout: int = 60
    backend_protocol: str = "http"
    skip_auth: bool = False
    auth_oidc_issuer: str = ""
    auth_oidc_client_id: str = ""
    auth_oidc_client_secret: str = ""
    debug: bool = False


def read_config(environment: Mapping[str, str]) -> TunnelConfig:
    """Raises BadConfig, and OSError for a file that can't be read."""
    text = Path(environment.get("ZENITH_CLIENT_CONFIG", DEFAULT_FILE)).read_text()
    try:
        file = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise BadConfig(f"the configuration is not YAML: {error}") from None
    if not isinstance(file, Mapping):
        raise BadConfig("the configuration must be a map")
    values = {_snake_case(str(name)): value for name, value in file.items()}
    values |= {name[len(PREFIX) :].lower(): value for name, value in environment.items() if name.startswith(PREFIX)}
    return _checked(values)


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _checked(values: Mapping[str, Any]) -> TunnelConfig:
    known = {field.name: field.type for field in fields(TunnelConfig)}
    config = {name: _converted(name, values[name], known[name]) for name in known if values.get(name) is not None}
    if "server_address" not in config:
        raise BadConfig("server_address is missing")
    if config.get("auth_oidc_client_id") and not config.get("auth_oidc_client_secret"):
        raise BadConfig("auth_oidc_client_secret is needed with auth_oidc_client_id")
    return TunnelConfig(**config)


def _converted(name: str, value: Any, kind: Any) -> Any:
    text = str(value).strip()
    if kind is int:
        if not text.isdecimal():
            raise BadConfig(f"{name} must be a number")
        return int(text)
    if kind is bool:
        if text.lower() not in ("true", "false", "1", "0"):
            raise BadConfig(f"{name} must be true or false")
        return text.lower() in ("true", "1")
    return text
