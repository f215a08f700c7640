"""Strategic merges against k8s.io/apimachinery and kubectl: results byte for byte, errors by what they are about.

PATCH_PAIRS: how many random pairs are tried (10000; `make differential` takes 50000). PATCH_SEED: which ones (1). KUBECTL_PAIRS: how
many of each type of patch kubectl itself gets, a process each (40; 400).
"""

import json
import os
import random
import re
import subprocess

import generate
import pytest
import schema_table

PAIRS = int(os.environ.get("PATCH_PAIRS", "10000"))
SEED = int(os.environ.get("PATCH_SEED", "1"))
KUBECTL_PAIRS = int(os.environ.get("KUBECTL_PAIRS", "40"))

# What an error is about: in kubectl's words, and in ours.
ERRORS = {
    "order": "The order in patch list|are not in the order of",
    "directive": "unknown patch type|unknown directive",
    "merge directive": "merging lists cannot yet be specified|can't stand in a list",
    "retained keys": "invalid patch format of retainKeys|retainKeys` leaves out",
    "unknown field": "unable to find api field|data type is not struct|has no such map or list",
    "no merge key": "cannot merge lists without merge key|has no merge key",
    "merge key": "does not contain declared merge key|the key that this list merges by",
    "kinds": "not identical|panic: |lists of lists|of several kinds|lists in lists|is null",
    "unsupported": "strategic merge patch is not supported",
}


def about(message):
    return next((name for name, words in ERRORS.items() if re.search(words, message)), message)


def same(text):
    """JSON as text that differs exactly if the values do."""
    return json.dumps(text, sort_keys=True)


def agree(answer, outcomes):
    if "error" in answer:
        return about(answer["error"]) in [about(outcome["error"]) for outcome in outcomes if "error" in outcome]
    return same(answer["result"]) in [same(outcome["result"]) for outcome in outcomes if "result" in outcome]


def difference(pair, answer, outcomes):
    return f"\npair: {json.dumps(pair)}\nours: {same(answer)}\ntheirs: {same(outcomes)}"


def test_random_pairs_agree_with_apimachinery(ours, go_peer):
    pairs = generate.pairs(SEED, PAIRS)
    answers = ours([{"type": "strategic", **pair} for pair in pairs])
    theirs = [answer["outcomes"] for answer in go_peer(pairs)]
    failures = [difference(*row) for row in zip(pairs, answers, theirs) if not agree(*row[1:])]
    assert not failures, f"{len(failures)} of {len(pairs)} differ: {failures[0]}"
    good = sum("result" in answer for answer in answers)
    assert PAIRS / 2 < good < PAIRS, "the generator must give patches that apply and patches that do not"
    assert {pair["object"]["kind"] for pair in pairs} >= set(generate.KINDS)


def kubectl_patch(kubectl, folder, kind, thing, patch):
    path = folder / "object.json"
    path.write_text(json.dumps(thing))
    command = [kubectl, "patch", "--local", "-f", str(path), "--type", kind, "--patch", json.dumps(patch), "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})
    return {"result": json.loads(done.stdout)} if done.returncode == 0 else {"error": done.stderr}


KUBECTL_KINDS = ("Pod", "Service", "Deployment", "StatefulSet", "Job", "CronJob", "Ingress", "ConfigMap", "Secret", "Role", "ServiceAccount")
KUBECTL_KINDS += ("NetworkPolicy", "PersistentVolumeClaim")


def pairs_for_kubectl():
    suited = (pair for pair in generate.pairs(SEED + 1, 4 * KUBECTL_PAIRS + 100) if pair["object"]["kind"] in KUBECTL_KINDS)
    return [for_kubectl(pair) for _, pair in zip(range(KUBECTL_PAIRS), suited)]


def test_random_pairs_agree_with_kubectl(ours, kubectl, tmp_path):
    pairs = pairs_for_kubectl()
    assert len(pairs) == KUBECTL_PAIRS
    answers = ours([{"type": "strategic", **pair} for pair in pairs])
    for pair, answer in zip(pairs, answers):
        theirs = kubectl_patch(kubectl, tmp_path, "strategic", pair["object"], pair["patch"])
        assert agree(answer, [theirs]) or is_no_answer(theirs), difference(pair, answer, theirs)


def custom(pair):
    """The same as an object of a kind that kubectl doesn't know: it drops what it doesn't know of those it does."""
    return {"object": {**pair["object"], "apiVersion": "example.org/v1", "kind": "Thing"}, "patch": pair["patch"]}


def test_random_merge_patches_agree_with_kubectl(ours, kubectl, tmp_path):
    pairs = [custom({**pair, "patch": generate.merge_patch(pair["patch"])}) for pair in pairs_for_kubectl()]
    for pair, answer in zip(pairs, ours([{"type": "merge", **pair} for pair in pairs])):
        theirs = kubectl_patch(kubectl, tmp_path, "merge", pair["object"], pair["patch"])
        assert same(answer) == same(theirs), difference(pair, answer, theirs)


# As the RFC has it, and json_patch.h: kubectl takes what isn't there for null, and moves an element of a list into the next one.
STRICTER = re.compile(r"`(replace|copy) [^`]*`\): there is no value at|can't be moved into itself")


def test_random_json_patches_agree_with_kubectl(ours, kubectl, tmp_path):
    dice = random.Random(SEED)
    pairs = [custom({**pair, "patch": generate.json_patch(dice, pair["object"])}) for pair in pairs_for_kubectl()]
    good = 0
    for pair, answer in zip(pairs, ours([{"type": "json", **pair} for pair in pairs])):
        if STRICTER.search(answer.get("error", "")):
            continue
        theirs = kubectl_patch(kubectl, tmp_path, "json", pair["object"], pair["patch"])
        assert ("error" in answer) == ("error" in theirs), difference(pair, answer, theirs)
        assert "error" in answer or same(answer) == same(theirs), difference(pair, answer, theirs)
        good += "result" in answer
    assert KUBECTL_PAIRS / 10 < good < KUBECTL_PAIRS


def for_kubectl(pair):
    """Without metadata, of which kubectl wants to know more than a strategic merge does."""
    thing, patch = dict(pair["object"]), dict(pair["patch"])
    thing["metadata"] = {"name": "thing"}
    patch.pop("metadata", None)
    return {"object": thing, "patch": patch}


def is_no_answer(outcome):
    """Whether kubectl can't be compared with: the patch took the object's kind away, which it sees when it prints; the
    field is newer than this kubectl; or it left a directive in the result."""
    if "result" in outcome:
        return '"$' in json.dumps(outcome)
    return "is missing in" in outcome["error"] or "unable to find api field" in outcome["error"]


POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p", "labels": {"a": "1"}, "finalizers": ["x", "y"]},
    "spec": {
        "containers": [
            {"name": "notebook", "image": "i:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
            {"name": "side", "image": "s:1", "ports": [{"containerPort": 80}, {"containerPort": 443, "name": "tls"}]},
        ],
        "tolerations": [{"key": "k", "operator": "Exists"}],
        "volumes": [{"name": "v", "emptyDir": {}}],
        "nodeSelector": {"disk": "ssd"},
    },
}


def containers(*patches):
    return {"spec": {"containers": list(patches)}}


STRATEGIC = {
    "patched elements come first": containers({"name": "new", "image": "n"}, {"name": "side", "tty": True}),
    "env merges by name": containers(
        {"name": "notebook", "env": [{"name": "C", "value": "3"}, {"name": "A", "value": "9"}]}
    ),
    "ports merge by number": containers(
        {"name": "side", "ports": [{"containerPort": 443, "name": "https"}, {"containerPort": 8080}]}
    ),
    "tolerations are replaced": {"spec": {"tolerations": [{"key": "z"}]}},
    "delete an element": {"spec": {"volumes": [{"name": "v", "$patch": "delete"}]}},
    "replace in an element empties": containers({"name": "notebook", "$patch": "replace", "image": "x"}),
    "replace a list": containers({"$patch": "replace"}, {"name": "only", "image": "o"}),
    "replace a map": {"spec": {"nodeSelector": {"$patch": "replace", "gpu": "yes"}}},
    "delete a map": {"spec": {"nodeSelector": {"$patch": "delete"}}},
    "null deletes": {"spec": {"nodeSelector": None, "volumes": None}, "metadata": {"labels": {"a": None}}},
    "a volume keeps one source": {
        "spec": {"volumes": [{"name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/x"}}]}
    },
    "finalizers are a set": {"metadata": {"finalizers": ["z", "y"], "$deleteFromPrimitiveList/finalizers": ["x"]}},
    "order of elements": {"spec": {"$setElementOrder/containers": [{"name": "side"}, {"name": "notebook"}]}},
    "order and deletion": {
        "spec": {
            "$setElementOrder/containers": [{"name": "new"}, {"name": "side"}],
            "containers": [{"name": "new", "image": "n"}, {"name": "notebook", "$patch": "delete"}],
        }
    },
    "unknown fields stay": {"spec": {"colour": "red", "shade": {"a": [1]}}},
    "no merge key": containers({"image": "noname"}),
    "unknown directive": containers({"name": "side", "$patch": "drop"}),
}


@pytest.mark.parametrize("name", STRATEGIC)
def test_strategic_vectors_agree_with_kubectl(ours, kubectl, tmp_path, name):
    (answer,) = ours([{"type": "strategic", "object": POD, "patch": STRATEGIC[name]}])
    theirs = kubectl_patch(kubectl, tmp_path, "strategic", POD, STRATEGIC[name])
    assert agree(answer, [theirs]), difference(STRATEGIC[name], answer, theirs)


@pytest.mark.parametrize("api_version, kind", [("core/v1", "Pod"), ("example.org/v1", "Thing"), ("v1", "Thing")])
def test_unknown_kinds_are_refused_as_kubectl_does(ours, kubectl, tmp_path, api_version, kind):
    thing = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}}
    (answer,) = ours([{"type": "strategic", "object": thing, "patch": {"a": 1}}])
    theirs = kubectl_patch(kubectl, tmp_path, "strategic", thing, {"a": 1})
    assert answer["error"] in theirs["error"]


MERGE = [
    {"spec": {"containers": [{"name": "only"}], "nodeSelector": {"disk": None, "gpu": "1"}}},
    {"metadata": {"labels": None, "annotations": {"a": "b", "c": None}}},
    {"spec": {"tolerations": None, "volumes": {}}},
]


@pytest.mark.parametrize("patch", MERGE)
def test_merge_patches_agree_with_kubectl(ours, kubectl, tmp_path, patch):
    (answer,) = ours([{"type": "merge", "object": POD, "patch": patch}])
    assert same(answer) == same(kubectl_patch(kubectl, tmp_path, "merge", POD, patch))


JSON = [
    [{"op": "add", "path": "/spec/containers/-", "value": {"name": "new"}}],
    [{"op": "add", "path": "/spec/containers/0", "value": {"name": "n"}}, {"op": "remove", "path": "/spec/volumes/0"}],
    [{"op": "replace", "path": "/metadata/labels/a", "value": None}, {"op": "test", "path": "/kind", "value": "Pod"}],
    [{"op": "move", "from": "/spec/containers/0", "path": "/spec/containers/1"}],
    [{"op": "copy", "from": "/spec/nodeSelector", "path": "/metadata/annotations"}],
    [{"op": "add", "path": "/metadata/labels/x~1y~0z", "value": "1"}],
    [{"op": "test", "path": "/kind", "value": "Job"}],
    [{"op": "remove", "path": "/spec/none"}],
    [{"op": "replace", "path": "/spec/volumes/7", "value": 1}],
    [{"op": "add", "path": "/spec/none/below", "value": 1}],
    [{"op": "add", "path": "/spec/containers/3", "value": {}}],
    [{"op": "frob", "path": "/spec"}],
]


@pytest.mark.parametrize("patch", JSON)
def test_json_patches_agree_with_kubectl(ours, kubectl, tmp_path, patch):
    (answer,) = ours([{"type": "json", "object": POD, "patch": patch}])
    theirs = kubectl_patch(kubectl, tmp_path, "json", POD, patch)
    assert ("error" in answer) == ("error" in theirs), difference(patch, answer, theirs)
    assert "error" in answer or same(answer) == same(theirs)


def test_the_schema_table_is_what_the_api_server_says():
    assert schema_table.made() == generate.TABLE.read_text(), "run tests/peer/patch/schema_table.py > envtool/patch/schema_table.cc"
