"""What envtool writes is read as the same data by PyYAML (YAML 1.1), ruamel.yaml (1.2) and kubectl (go-yaml)."""

import io

import pytest
import ruamel.yaml
import yaml
from generate import strings, trees


def read_with_ruamel(text):
    reader = ruamel.yaml.YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    return list(reader.load_all(io.StringIO(text)))


def read_with_pyyaml(text):
    return list(yaml.safe_load_all(text))


READERS = {"PyYAML": read_with_pyyaml, "ruamel": read_with_ruamel}


def emitted(ours, requests):
    return [answer["yaml"] for answer in ours([{"type": "emit", "documents": documents} for documents in requests])]


def same(left, right):
    """Equal, and of the same types: Python takes 1, 1.0 and True for one."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


@pytest.mark.parametrize("reader", READERS)
def test_strings(ours, reader):
    """As a value, in a list, and as the whole document."""
    texts = strings()
    requests = [[{"value": text, "list": [text, [text]]}, text] for text in texts]
    for text, written in zip(texts, emitted(ours, requests)):
        assert READERS[reader](written) == [{"value": text, "list": [text, [text]]}, text], written


@pytest.mark.parametrize("reader", READERS)
def test_keys(ours, reader):
    """Readers take no implicit key that is longer than 1024 characters."""
    texts = [text for text in strings() if len(text) < 500]
    requests = [[{text: {text: 1}}, [{text: []}]] for text in texts]
    for text, written in zip(texts, emitted(ours, requests)):
        assert READERS[reader](written) == [{text: {text: 1}}, [{text: []}]], written


@pytest.mark.parametrize("reader", READERS)
def test_trees(ours, reader):
    documents = trees()
    for document, written in zip(documents, emitted(ours, [[document] for document in documents])):
        (found,) = READERS[reader](written)
        assert same(found, document), written


def test_config_maps(ours, kubectl):
    """Every string as data of one ConfigMap; go-yaml's JSON has no lone U+FFFD to offer for what it can't read."""
    texts = strings()
    data = {f"key-{number}": text for number, text in enumerate(texts)}
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": data}
    (written,) = emitted(ours, [[document]])
    assert kubectl(written)["data"] == data


def custom_resource(spec):
    return {"apiVersion": "example.org/v1", "kind": "Tree", "metadata": {"name": "x"}, "spec": spec}


def test_trees_in_kubectl(ours, kubectl):
    """Any shape, as part of an object that kubectl knows nothing of. JSON has one kind of number."""
    spec = {f"tree-{number}": tree for number, tree in enumerate(trees())}
    (written,) = emitted(ours, [[custom_resource(spec)]])
    assert kubectl(written)["spec"] == spec


def test_labels_and_numbers(ours, kubectl):
    """What must be a string stays one and what must be a number too: kubectl refuses anything else."""
    labels = {"yes": "on", "a": "0644", "b": "1e3", "c": "true", "d": "null", "e": "1.0"}
    document = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x", "labels": labels, "annotations": {"config.x/0x1F": "12:30:45", "n": "~"}},
        "spec": {
            "containers": [{"name": "a", "image": "b", "env": [{"name": "y", "value": "8000"}], "command": ["-", "y"]}],
            "volumes": [{"name": "v", "secret": {"secretName": "s", "defaultMode": 0o600}}],
        },
    }
    (written,) = emitted(ours, [[document]])
    found = kubectl(written)
    assert found["metadata"]["labels"] == labels
    assert found["metadata"]["annotations"] == document["metadata"]["annotations"]
    assert found["spec"]["volumes"][0]["secret"]["defaultMode"] == 384
    assert found["spec"]["containers"][0]["env"] == document["spec"]["containers"][0]["env"]
