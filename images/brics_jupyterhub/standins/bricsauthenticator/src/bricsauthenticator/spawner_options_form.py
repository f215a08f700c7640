"""The form that asks for a job's options, and the check of what comes back.

The same check serves the form (lists of strings) and the REST API (plain strings). Its result is safe on a command line and in a batch
script without quoting. Nothing here knows about spawners or Slurm's commands.
"""

import re
from collections.abc import Callable, Collection, Mapping
from html import escape
from typing import Any

from bricsauthenticator.projects import Projects, is_project_id

RUNTIMES = {
    "01:00:00": "1 hour",
    "02:00:00": "2 hours",
    "04:00:00": "4 hours",
    "08:00:00": "8 hours",
}
NGPUS = {"1": "1", "2": "2", "3": "3", "4": "4"}

_RUNTIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
_NGPUS = re.compile(r"[1-4]")
_NAME = re.compile(r"[a-zA-Z0-9_-]{0,64}")

# To Slurm a time limit of zero means none at all (sbatch(1), --time).
_UNLIMITED = "00:00:00"


class InvalidOptions(ValueError):
    """An option that cannot be used. The message can be shown to the user: it repeats nothing that the user sent."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"Invalid spawner options input: {problem}")


def interpret_form_data(form_data: Any, projects: Collection[str]) -> dict[str, str]:
    """The options in `form_data`, each a plain string; an empty partition or reservation is left out.

    `projects` holds the ids that may be chosen. Raises InvalidOptions for a key that is unknown, missing or given twice, and for a value
    that does not fit.
    """
    if not isinstance(form_data, Mapping):
        raise InvalidOptions("expected a set of named options")
    if any(key not in _CHECKS for key in form_data):
        raise InvalidOptions("unknown form data keys")
    options = {key: _checked(key, form_data) for key in _CHECKS}
    if options["brics_project"] not in projects:
        raise InvalidOptions("unknown brics_project")
    return {key: value for key, value in options.items() if value}


def make_options_form(projects: Projects, chosen: Any = None) -> str:
    """The form's fields as HTML, without the form element. `chosen` holds options to select; what it cannot select is passed over."""
    chosen = chosen if isinstance(chosen, Mapping) else {}
    project_choices = {project: f"{project}: {entry['name']}" for project, entry in projects.items()}
    return "\n".join(
        [
            _project_field(project_choices, chosen.get("brics_project")),
            _select_field("runtime", "Runtime:", RUNTIMES, chosen.get("runtime"), "The job ends after this time, finished or not."),
            _select_field("ngpus", "Select number of GH200s:", NGPUS, chosen.get("ngpus")),
            _text_field("partition", "Partition (optional):", chosen.get("partition"), "Leave empty for the default partition."),
            _text_field("reservation", "Reservation (optional):", chosen.get("reservation"), "Only if one was made for you."),
        ]
    )


def _is_runtime(text: str) -> bool:
    return _RUNTIME.fullmatch(text) is not None and text != _UNLIMITED


def _is_ngpus(text: str) -> bool:
    return _NGPUS.fullmatch(text) is not None


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


_CHECKS: dict[str, Callable[[str], bool]] = {
    "brics_project": is_project_id,
    "runtime": _is_runtime,
    "ngpus": _is_ngpus,
    "partition": _is_name,
    "reservation": _is_name,
}
_OPTIONAL = frozenset({"partition", "reservation"})


def _checked(key: str, form_data: Mapping) -> str:
    value = _single(key, form_data.get(key))
    if value is None and key in _OPTIONAL:
        return ""
    if value is None:
        raise InvalidOptions(f"{key} is missing")
    if not isinstance(value, str) or not _CHECKS[key](value):
        raise InvalidOptions(f"{key} not valid")
    return value


def _single(key: str, value: Any) -> Any:
    """A form gives a list with one value for each field."""
    if not isinstance(value, list):
        return value
    if len(value) > 1:
        raise InvalidOptions(f"{key} given more than once")
    return value[0] if value else None


def _project_field(choices: Mapping[str, str], chosen: Any) -> str:
    if choices:
        return _select_field("brics_project", "Project:", choices, chosen)
    options = '<option value="" disabled selected>No projects available</option>'
    return _field("brics_project_select", "Project:", _select("brics_project", options, ""))


def _select_field(name: str, label: str, choices: Mapping[str, str], chosen: Any, help_text: str = "") -> str:
    selected = chosen if isinstance(chosen, str) and chosen in choices else next(iter(choices))
    options = "\n".join(
        f'<option value="{escape(value)}"{" selected" if value == selected else ""}>{escape(text)}</option>' for value, text in choices.items()
    )
    return _field(f"{name}_select", label, _select(name, options, _described_by(f"{name}_select", help_text)), help_text)


def _select(name: str, options: str, described_by: str) -> str:
    return f'<select class="form-select" id="{name}_select" name="{name}" required{described_by}>\n{options}\n</select>'


def _text_field(name: str, label: str, value: Any, help_text: str) -> str:
    value = value if isinstance(value, str) and _is_name(value) else ""
    control = (
        f'<input class="form-control" type="text" id="{name}_input" name="{name}" value="{escape(value)}" maxlength="64"'
        f' pattern="[a-zA-Z0-9_\\-]*" title="Letters, digits, - and _" autocomplete="off" autocapitalize="none" spellcheck="false"'
        f"{_described_by(f'{name}_input', help_text)}>"
    )
    return _field(f"{name}_input", label, control, help_text)


def _described_by(control_id: str, help_text: str) -> str:
    return f' aria-describedby="{control_id}_help"' if help_text else ""


def _field(control_id: str, label: str, control: str, help_text: str = "") -> str:
    text = f'\n<div class="form-text" id="{control_id}_help">{escape(help_text)}</div>' if help_text else ""
    return f'<div class="mb-3">\n<label class="form-label" for="{control_id}">{escape(label)}</label>\n{control}{text}\n</div>'
