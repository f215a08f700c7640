"""envtool reads as ruamel.yaml reads with YAML 1.2, and refuses what both ruamel.yaml and PyYAML refuse."""

import io
import re

import pytest
import ruamel.yaml
import yaml
from generate import TREES, shared, strings, trees

TEXTS = """
a: 1
===
- a
-   - b
    - c
-
  d: e
===
a: {b: [c, d, {e: f}], g: "h, i", 'j': k}
===
a: |
  x

   y
  z
b: >-
  one
  two

  three
   four
c: |+
  x

d: |1
  y
===
? a
: - b
? "c"
: d
===
a: &x
  b: 1
c: *x
===
a: b
  c
    d

  e
===
"a\\u00e4\\x41\\
  b": 'c''d

  e'
===
a:
- b
-
- c: d
  e:
  - f
===
# comment
a:   b   # comment
# comment

c:
  # comment
  d
===
{a: 1, b: , c: [,
===
a: [b
c: d
===
a: "b
===
a: 'b
===
a: b: c
===
a: 1
 b: 2
===
- a
b: c
===
a: b
- c
===
a: *nope
===
{a: 1}}
===
a: {b}
===
[a, b]: c
===
a: "\\q"
===
a: @b
===
a: `b`
===
a: %b
===
a: 'b'c
===
"a" b: c
===
a: [b]c
===
a: |
x
===
a: !!int x
===
\ta: b
===
a:
  - b
 - c
===
a:
    b: c
  d: e
===
--- a
--- b
===
---
a: b
...
c: d
===
%YAML 1.2
---
a: b
===
a: b
---
===
""".split("===\n")


def read_with_ruamel(text):
    reader = ruamel.yaml.YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    return [document for document in reader.load_all(io.StringIO(text)) if document is not None]


def outcome(read, text):
    try:
        return read(text)
    except Exception:
        return "refused"


@pytest.mark.parametrize("text", TEXTS)
def test_texts(ours, text):
    (answer,) = ours([{"type": "read", "text": text}])
    found = answer.get("documents", "refused")
    theirs = outcome(read_with_ruamel, text)
    if theirs == "refused":
        assert outcome(lambda text: list(yaml.safe_load_all(text)), text) != "refused" or found == "refused", found
    elif found != "refused":
        assert found == theirs, answer


NOT_FOR_KUBECTL = re.compile("[\x7f-\x9f\u2028\u2029\ufffe\uffff]")
LINE_BREAKS_OF_YAML_1_1 = re.compile("[\x85\u2028\u2029]")
NUMBER_OF_YAML_1_2 = re.compile(r"0o[0-7]+$|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")


def texts_in(value):
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in texts_in(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts_in(item)]
    return [value] if isinstance(value, str) else []


def readers_agree(document, style):
    """`0o644`, `08` and `1e3` are numbers in YAML 1.2 alone."""
    return style is not None or not any(NUMBER_OF_YAML_1_2.match(text) for text in texts_in(document))


@pytest.mark.parametrize("style", ["|", ">", '"', "'", None])
@pytest.mark.parametrize("flow", [True, False])
def test_what_pyyaml_writes(ours, style, flow):
    """Every style of writing, read back as the data that was written; PyYAML itself reads a few of its texts as something else."""
    documents = [{"text": text, "list": [text]} for text in strings()]
    documents += [{"tree": tree} for tree in trees(TREES // 6, depth=3)] + shared(trees(TREES // 6, depth=2))
    documents = [document for document in documents if readers_agree(document, style)]
    assert len(documents) > 100
    texts = [
        yaml.safe_dump(document, default_style=style, default_flow_style=flow, allow_unicode=True, width=60)
        for document in documents
    ]
    pairs = [(document, text) for document, text in zip(documents, texts) if yaml.safe_load(text) == document]
    assert len(pairs) > 0.9 * len(documents)
    for (document, text), answer in zip(pairs, ours([{"type": "read", "text": text} for _, text in pairs])):
        assert answer == {"documents": [document]}, text


def test_what_kubectl_writes(ours, patch_locally):
    """Through envtool's writer, go-yaml's reader and its writer, back to what it was. kubectl writes no control characters, and
    what only YAML 1.1 takes for line breaks so that no reader of YAML 1.2 finds it where it was; it leaves `<<` and 1e400 bare."""
    values = strings() + trees()
    values = [value for value in values if not any(NOT_FOR_KUBECTL.search(text) or text in ("<<", "1e400") for text in texts_in(value))]
    assert len(values) > 700
    document = {"apiVersion": "example.org/v1", "kind": "Tree", "metadata": {"name": "x"}, "spec": values}
    (sent,) = ours([{"type": "emit", "documents": [document]}])
    (answer,) = ours([{"type": "read", "text": patch_locally(sent["yaml"], "yaml")}])
    assert answer == {"documents": [document]}


def test_what_ruamel_writes(ours):
    """As people's editors do that keep comments."""
    writer = ruamel.yaml.YAML()
    texts = [text for text in strings() if readers_agree(text, None) and len(text) < 100 and not text.startswith("?")]
    texts = [text for text in texts if not LINE_BREAKS_OF_YAML_1_1.search(text)]
    documents = [{"text": text, "list": [text], text: 1} for text in texts]
    assert len(documents) > 100
    written = []
    for document in documents:
        out = io.StringIO()
        writer.dump(document, out)
        written.append(out.getvalue())
    for document, text, answer in zip(documents, written, ours([{"type": "read", "text": text} for text in written])):
        assert answer == {"documents": [document]}, text
