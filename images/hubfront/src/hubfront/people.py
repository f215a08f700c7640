"""Who can sign in, and what a token says of them. Knows nothing of keys and of HTTP."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PORTAL = "brics"

_DEV_USER = re.compile(r"([a-z][a-z0-9_-]*)\.([a-z][a-z0-9_-]*)")


@dataclass(frozen=True)
class Site:
    """The deployment that tokens are made for."""

    issuer: str
    audience: str
    platform: str
    people: Mapping[str, tuple[str, ...]]
    """Each user's projects, in the order in which they were named."""
    base_url: str = "/jupyter"


def parse_people(text: str) -> dict[str, tuple[str, ...]]:
    """Users and their projects, from words of the form USER.PROJECT. Words of any other form are passed over."""
    people: dict[str, tuple[str, ...]] = {}
    for word in dict.fromkeys(text.split()):
        if match := _DEV_USER.fullmatch(word):
            people[match[1]] = (*people.get(match[1], ()), match[2])
    return people


def site_from(environment: Mapping[str, str]) -> Site:
    """The site that DEPLOY_CONFIG_* variables describe; KeyError names the one that is missing."""
    return Site(
        issuer=environment["DEPLOY_CONFIG_OIDC_SERVER"],
        audience=environment["DEPLOY_CONFIG_JWT_AUDIENCE"],
        platform=environment["DEPLOY_CONFIG_BRICS_PLATFORM"],
        people=parse_people(environment["DEPLOY_CONFIG_DEV_USERS"]),
        base_url=environment["DEPLOY_CONFIG_BASE_URL"].rstrip("/"),
    )


def claims_about(site: Site, user: str, projects: tuple[str, ...]) -> dict[str, Any]:
    """What a token says of a user who is in `projects`, without times and audience."""
    return {
        "iss": site.issuer,
        "sub": f"{user}@{PORTAL}",
        "preferred_username": user,
        "short_name": user,
        "projects": {f"{project}.{PORTAL}": _project(site, user, project) for project in projects},
    }


def _project(site: Site, user: str, project: str) -> dict[str, Any]:
    return {"name": f"Project {project}", "resources": [{"name": site.platform, "username": f"{user}.{project}"}]}
