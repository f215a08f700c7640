"""Quantities against k8s.io/apimachinery, escaped names against Python's escapism."""

import random
import string
import sys

NUMBERS = ["0", "1", "5", "007", "1000", "1024", "1536", "999999", "1048576"]
NUMBERS += ["123456789012345678", "9223372036854775807"]
NUMBERS += ["1.5", "0.1", ".5", "3.", "1.000", "2.25", "1.0001", "0.0000000001", "12.3456789012"]
SUFFIXES = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
SUFFIXES += ["e0", "e3", "E3", "e-3", "e+6", "e5", "E-9"]
WRONG = ["", "x", "1x", "1 ", " 1", "1e3m", "1ki", "1KI", "--1", "1.2.3", "1e", "1e+", "1Mb", "0x10", "1,5", "k1"]


def requests():
    rng = random.Random(1)
    texts = [sign + number + suffix for sign in ("", "-", "+") for number in NUMBERS for suffix in SUFFIXES]
    return [{"text": text, "other": rng.choice(texts)} for text in texts + WRONG]


def loses_its_suffix(answer):
    """From 10^21 on the peer writes no suffix at all, for there is none of that size; ours stays with `E`."""
    return answer["canonical"].endswith("000E")


def test_quantities_agree_with_apimachinery(ours, go_peer):
    asked = requests()
    answers = ours([{"type": "quantity", **request} for request in asked])
    theirs = go_peer(asked, "-quantities")
    for request, answer, other in zip(asked, answers, theirs):
        if "error" in other:
            assert "error" in answer, (request, answer, other)
        elif loses_its_suffix(answer):
            assert answer["compared"] == other["compared"], request
        else:
            assert answer == other, request


def names():
    rng = random.Random(1)
    alphabet = string.printable + "éßİЖ漢😀"
    return ["GKE", "Foo@Bar-x.com", "a-b", "é", "A_b.c", "my server", ""] + [
        "".join(rng.choices(alphabet, k=rng.randint(1, 30))) for _ in range(500)
    ]


def test_escaped_names_agree_with_escapism(ours, python_peers):
    sys.path.insert(0, str(python_peers))
    import escapism

    safe = set(string.ascii_lowercase + string.digits)
    for name, answer in zip(names(), ours([{"type": "escape", "text": name} for name in names()])):
        assert answer["result"] == escapism.escape(name, safe=safe, escape_char="-").lower(), name
