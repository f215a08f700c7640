"""Renders the same templates with Jinja2 and with this project, and compares texts and refusals.

TMPL_PAIRS is how many pairs (50000), TMPL_SEED where they start (1; `make differential SEED=N` takes others);
ENVTOOL_BUILD_DIR has the program.
"""

import itertools
import json
import os
import pathlib
import re
import subprocess
import warnings

import corner_cases
import generate
import jinja2
import pytest

PAIRS = int(os.environ.get("TMPL_PAIRS", "50000"))
SEED = int(os.environ.get("TMPL_SEED", "1"))
BATCH = 1000

# What this project refuses and Jinja2 renders, on purpose: the table in envtool/tmpl/template.h.
REFUSED = [
    r"can't be printed",
    r"doesn't fit into 64 bits",
    r"of the caller can't be changed",
    r"complex numbers aren't supported",
    r"the case of `.*` .* can't be changed",
    r"^there is no (filter|test) ",
    r"`.*` of a .* isn't supported",
    r"pprint of more than one line",
    r"the entity `.*` isn't supported",
    r"views of dicts can't be compared",
    r"can't be assigned to inside a loop",
    r"what is sliced must be",
    r"expected an index",
    r"`%a` isn't supported",
    r"this (comment|`raw` block) isn't closed",
]
MOST_REFUSED = 0.05  # of all pairs

# What Jinja2 prints and nobody wants: addresses.
ADDRESS = re.compile(r"<[^>]* at 0x[0-9a-f]+>|<built-in |<class |<bound method |<function ")


def program():
    found = pathlib.Path(os.environ["ENVTOOL_BUILD_DIR"]) / "tests/peer/tmpl/tmpl_peer"
    assert found.exists(), f"{found} isn't built"
    return str(found)


def render_here(pairs):
    lines = "".join(json.dumps(pair) + "\n" for pair in pairs)
    done = subprocess.run([program()], input=lines, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert len(answers) == len(pairs)
    return answers


def compiled(environment, text):
    """Jinja2 computes constants when it compiles; if one is undefined it refuses the template, also where that is never
    reached. This project looks when it is reached, as Jinja2 itself does if it is told not to compute beforehand."""
    try:
        return environment.from_string(text)
    except jinja2.UndefinedError:
        return environment.overlay(optimized=False).from_string(text)


def render_there(pair):
    options = pair["options"]
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined if options["strict"] else jinja2.Undefined,
        trim_blocks=options["trim_blocks"], lstrip_blocks=options["lstrip_blocks"],
        keep_trailing_newline=options["keep_trailing_newline"], cache_size=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return {"ok": compiled(environment, pair["template"]).render(**pair["context"])}
        except Exception as error:  # whatever the generated Python code raises
            return {"error": f"{type(error).__name__}: {error}"}


def verdict(here, there):
    """`same`, `refused` or `different`."""
    if "ok" in there and ADDRESS.search(there["ok"]):
        return "refused" if "error" in here else "different"
    if "error" in there:
        return "same" if "error" in here else "different"
    if here == there:
        return "same"
    if "error" in here and any(re.search(pattern, here["error"]) for pattern in REFUSED):
        return "refused"
    return "different"


def compare(pairs):
    counts = {"same": 0, "refused": 0, "different": 0, "rendered": 0}
    differences = []
    for pair, here in zip(pairs, render_here(pairs)):
        there = render_there(pair)
        result = verdict(here, there)
        counts[result] += 1
        counts["rendered"] += "ok" in there
        if result == "different":
            differences.append((pair, here, there))
    return counts, differences


def report(differences):
    return "\n".join(json.dumps({"pair": pair, "here": here, "there": there}, ensure_ascii=False, indent=1) for pair, here, there in differences[:5])


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("trim", [False, True])
def test_corner_cases(strict, trim):
    options = {"strict": strict, "trim_blocks": trim, "lstrip_blocks": trim, "keep_trailing_newline": trim}
    pairs = [{"template": text, "context": corner_cases.CONTEXT, "options": options} for text in corner_cases.ALL]
    _, differences = compare(pairs)
    assert not differences, f"{len(differences)} differences\n{report(differences)}"


MANIFESTS = sorted((pathlib.Path(__file__).resolve().parents[3] / "manifests").glob("*.j2"))
PORTS = {"public": {"name": "public", "container": "jupyterhub", "container_port": 8000, "host_ip": "127.0.0.1", "host_port": 8000},
         "front_page": {"name": "front_page", "container": "front", "container_port": 8009, "host_ip": "0.0.0.0", "host_port": 8009}}
SWITCHES = {"auth": ["dummy", "brics"], "slurm": ["pod", "external"], "zenith": [False, True], "stage": ["dev", "prod"], "gpus": [False, True],
            "front": [False, True], "zenith_server": [False, True], "zenith_client": [False, True], "ports": [PORTS, {}]}


def asked_for(text, kind):
    """What a template names of the environment's images, volumes or secrets."""
    names = re.findall(rf"\b{kind}(?:\.([a-z_]+)|\[[\"']([^\"']+))", text)
    return {first or second: f"{first or second}-1" for first, second in names}


@pytest.mark.parametrize("template", MANIFESTS, ids=lambda file: file.name)
def test_own_manifests(template):
    text = template.read_text()
    given = {"env": "test", "pod": "pod-test", "deploy_object": "deploy-test", **{kind: asked_for(text, kind) for kind in ("images", "volumes", "secrets")}}
    contexts = [{**given, **dict(zip(SWITCHES, values))} for values in itertools.product(*SWITCHES.values())]
    options = {"strict": False, "trim_blocks": False, "lstrip_blocks": False, "keep_trailing_newline": False}
    counts, differences = compare([{"template": text, "context": context, "options": options} for context in contexts])
    assert not differences, f"{len(differences)} differences\n{report(differences)}"
    assert counts["rendered"] == counts["same"] == len(contexts)


@pytest.mark.parametrize("first", range(0, PAIRS, BATCH))
def test_same_as_jinja2(first):
    size = min(BATCH, PAIRS - first)
    pairs = [generate.Generator(SEED * 10_000_000 + first + i).pair() for i in range(size)]
    counts, differences = compare(pairs)
    assert not differences, f"{len(differences)} differences\n{report(differences)}"
    assert counts["refused"] <= max(MOST_REFUSED * size, 5), counts
    assert counts["rendered"] >= 0.3 * size, counts
