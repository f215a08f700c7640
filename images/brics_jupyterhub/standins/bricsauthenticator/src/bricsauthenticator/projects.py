"""A user's projects: which names are acceptable, and which account and home directory a project stands for.

The names end up on a command line that a shell reads, so a name that does not fit is dropped here, before anything else can see it.
Nothing here knows about JupyterHub, tokens or Slurm.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# `PROJECT.PLATFORM`, such as `project1.brics`.
_PROJECT_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}\.[a-z][a-z0-9_-]{0,63}")
# `USER.PROJECT`, such as `alice.project1`; a plain account name is acceptable too.
_ACCOUNT = re.compile(r"[a-z][a-z0-9_-]{0,63}(?:\.[a-z][a-z0-9_-]{0,63})?")

Projects = dict[str, dict[str, str]]
"""Project id to its `name` (for people, any text) and `username` (an account on the Slurm hosts)."""


@dataclass(frozen=True)
class Account:
    """Who a job runs as, and where it starts."""

    username: str
    homedir: str


def is_project_id(text: Any) -> bool:
    """Whether `text` has the form of a project id."""
    return isinstance(text, str) and _PROJECT_ID.fullmatch(text) is not None


def is_account_name(text: Any) -> bool:
    """Whether `text` has the form of an account name, which is safe on a command line unquoted."""
    return isinstance(text, str) and _ACCOUNT.fullmatch(text) is not None


def usable_projects(candidates: Any) -> Projects:
    """The entries of `candidates` that are well formed; empty if it is not a mapping at all."""
    if not isinstance(candidates, Mapping):
        return {}
    return {project: _entry(project, entry) for project, entry in candidates.items() if _is_usable(project, entry)}


def account_of(projects: Projects, project: str) -> Account:
    """The account that `project` stands for; KeyError if the project is not one of `projects`."""
    username = projects[project]["username"]
    return Account(username, f"/home/{project.split('.')[0]}/{username}")


def projects_on_platform(claim: Any, platform: str) -> Projects:
    """The projects of a token's `projects` claim that have a resource named `platform`.

    The claim is an object, or the same as JSON text: project id to `name` and `resources`, a list of objects with `name` and `username`.
    Whatever does not have that form is left out; a claim of another form gives no projects.
    """
    found = {}
    for project, entry in _claimed(claim).items():
        username = _username_on(entry, platform)
        if username is not None:
            found[project] = {"name": entry.get("name"), "username": username}
    return usable_projects(found)


def _is_usable(project: Any, entry: Any) -> bool:
    return is_project_id(project) and isinstance(entry, Mapping) and is_account_name(entry.get("username"))


def _entry(project: str, entry: Mapping) -> dict[str, str]:
    name = entry.get("name")
    return {"name": name if isinstance(name, str) and name else project, "username": entry["username"]}


def _claimed(claim: Any) -> Mapping:
    if isinstance(claim, str):
        try:
            claim = json.loads(claim)
        except (ValueError, RecursionError):
            return {}
    return claim if isinstance(claim, Mapping) else {}


def _username_on(entry: Any, platform: str) -> Any:
    resources = entry.get("resources") if isinstance(entry, Mapping) else None
    if not isinstance(resources, list):
        return None
    for resource in resources:
        if isinstance(resource, Mapping) and resource.get("name") == platform:
            return resource.get("username")
    return None
