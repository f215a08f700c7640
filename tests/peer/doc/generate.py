"""Strings and trees that YAML's readers disagree on, made from a seed.

DOC_TREES is how many trees are made (600; `make differential` takes 6000), DOC_SEED where they start (0).
"""

import os
import random

TREES = int(os.environ.get("DOC_TREES", "600"))
SEED = int(os.environ.get("DOC_SEED", "0"))

# What some reader of YAML 1.1 or 1.2 takes for a number, a boolean, a date, a merge, a marker.
WORDS = """
~ null Null NULL nUll true True TRUE tRue false False y Y yes Yes YES n N no No NO on On ON off Off OFF
0 1 -1 +1 00 007 0644 -0644 0o644 0O644 0x1F 0X1F -0x1F 0xg 0b101 0B11 1_000 _1 1__0 08 09 0_7
1e3 1E3 1e+3 1e-3 1.5 .5 5. +.5 -.5 1.e3 .e3 . .. ... -. 1.2.3 4.3.1 1.5e300 1e400 1,000
.inf -.inf +.inf .Inf .INF .iNf inf Infinity .nan .NaN .NAN nan NaN -.nan
12:30:45 1:2 190:20:30.15 2001-12-14 2001-12-14T21:59:43Z 2001-12-14t21:59:43.10-05:00 20011214
<< = - -- --- ---- ? ?? : :: ::: , [ ] { } # & * ! | > ' " % @ ` \\ / $ ^ ( ) ; < + _
9223372036854775807 9223372036854775808 18446744073709551615 -9223372036854775808 123456789012345678901234567890
!!str !x &a *a %YAML @a `a` |- >- |2 <<: -a ?a :a a: :a: -1a 0x 0b 0o 1e e1 1e+ 0.0 -0 -0.0 +0 12e03 1.0
""".split()

PARTS = [
    " ", "  ", "    ", "\n", "\n\n", "\n\n\n", "\t", "\r", "\r\n", ": ", ":", " #", "#", "- ", "? ", "'", '"', "\\", "\\n",
    "a", "b c", "word", "0", "1", "---", "...", "\u00e4", "\u20ac", "\U0001f433", "\u0085", "\u2028", "\u2029", "\ufeff",
    "\u00a0", "\u200b", "\x00", "\x07", "\x1b[0m", "\x7f", "\x9f", "\ufffd", "\ufffe", "\ue000", "\u0301",
]  # fmt: skip

SPECIAL = [
    "", " ", "\n", "\n\n", " \n", "\n ", "a\n", "a\n\n", "a\n ", "a \n", " a", "a ", " a\n", "\na", "a\n b", "a\n  b\n c\n",
    "a\n\tb\n", "\ta\n", "a\t\n", "a\t", "a\n   \nb\n", "a\n \n", "---\na\n", "--- a", "... a", "a\n---\nb\n", "a\n...\n",
    "- a\n- b\n", "a: b\nc: d\n", "# a\nb\n", "a #b", "a: b", "a:", "#!/bin/sh\nset -e\n\techo x\n", "\r", "\r\n", "a\rb",
    "x" * 2000, ("word " * 40 + "\n") * 3, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA==\n-----END OPENSSH PRIVATE KEY-----\n",
    "%TAG", "{{ x }}", "{% if %}", "a\u2028b\n", "a\u0085b\n", "\ufeffa\n", "key: |\n  nested\n", '"quoted"', "'quoted'",
]  # fmt: skip


def strings(seed=SEED, count=TREES):
    """Every word, alone and with company, then random mixtures."""
    dice = random.Random(seed)
    found = WORDS + SPECIAL
    found += [word + tail for word in WORDS for tail in (" ", "\n", " x", ":", ": x", " #x")]
    found += [head + word for word in WORDS for head in (" ", "\n", "x ", "- ", "x\n")]
    for _ in range(count):
        found.append("".join(dice.choice(PARTS if dice.random() < 0.8 else WORDS) for _ in range(dice.randrange(1, 8))))
    return list(dict.fromkeys(found))


def tree(dice, depth=4):
    """Maps, lists and scalars of every kind."""
    kind = dice.randrange(8 if depth else 5)
    if kind >= 6:
        return {dice.choice(WORDS + SPECIAL[:20]): tree(dice, depth - 1) for _ in range(dice.randrange(4))}
    if kind == 5:
        return [tree(dice, depth - 1) for _ in range(dice.randrange(4))]
    scalars = [None, True, False, 0, 1, -7, 8000, 2**63 - 1, -(2**63), 1.0, 0.1, -2.5e-7, 1e22, 1.5e300]
    return dice.choice(scalars) if kind < 2 else dice.choice(WORDS + SPECIAL + PARTS)


def trees(count=TREES, depth=4):
    return [tree(random.Random(SEED * 1_000_000 + number), depth) for number in range(count)]


def shared(trees):
    """Documents that hold the same trees in several places: writers make anchors of them."""
    return [{"first": one, "list": [one, other, one], "map": {"x": other, "y": {"z": one}}} for one, other in zip(trees, trees[1:])]
