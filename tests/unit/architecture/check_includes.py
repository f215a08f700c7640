"""Reads every include line of envtool/ against the tables below: who may use whom, and which library owns what."""

import re
import sys
from pathlib import Path

CORE = {"base", "doc"}
DOMAIN = {"tmpl", "patch", "model", "manifest", "spawn", "graph", "plan"}
EDGES = {"sys", "archive", "ssh", "git", "http", "podman", "kube", "helm"}
EVERYTHING = CORE | DOMAIN | EDGES

# Which folders a folder may include, besides itself.
MAY_USE = {
    "base": set(),
    "doc": {"base"},
    "tmpl": {"base", "doc"},
    "patch": {"base", "doc"},
    "model": {"base", "doc", "patch"},
    "manifest": {"base", "doc", "tmpl", "patch", "model"},
    "graph": {"base"},
    "plan": {"base", "doc", "model", "manifest", "graph"},
    "sys": {"base"},
    "archive": {"base", "sys"},
    "ssh": {"base", "sys"},
    "git": {"base", "sys"},
    "http": {"base", "sys"},
    "podman": {"base", "doc", "sys"},
    "kube": {"base", "doc", "sys", "http"},
    "helm": {"base", "doc", "sys"},
    "spawn": {"base", "doc", "tmpl", "patch", "model"},
    "app": EVERYTHING,
    "cli": EVERYTHING | {"app"},
    "python": CORE | DOMAIN | {"kube"},
}

# Third-party headers and the folders that own them. Only .cc files may include them, and headers where said so.
OWNERS = {
    r"yaml\.h$": {"doc"},
    r"rapidjson/": {"doc"},
    r"archive(_entry)?\.h$": {"archive"},
    r"libssh/": {"ssh"},
    r"git2": {"git"},
    r"curl/": {"http", "kube"},
    r"CLI/": {"cli"},
    r"openssl/": {"base", "ssh"},
}
IN_HEADERS_TOO = {("archive", r"archive(_entry)?\.h$"), ("base", r"openssl/"), ("cli", r"CLI/"), ("http", r"curl/"), ("git", r"git2"), ("ssh", r"libssh/")}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def complaints_about(folder, is_header, included):
    own = re.match(r"envtool/(\w+)/", included)
    if own:
        if own[1] != folder and own[1] not in MAY_USE.get(folder, set()):
            yield f"`{folder}` must not use `{own[1]}`"
        return
    for pattern, owners in OWNERS.items():
        if not re.match(pattern, included):
            continue
        if folder not in owners:
            yield f"<{included}> belongs to {' and '.join(sorted(owners))}"
        elif is_header and (folder, pattern) not in IN_HEADERS_TOO:
            yield f"<{included}> may only be included by .cc files"


def check(root):
    for file in sorted((root / "envtool").rglob("*")):
        if file.suffix not in {".h", ".cc"}:
            continue
        folder = file.relative_to(root / "envtool").parts[0]
        if folder not in MAY_USE:
            yield f"{file.relative_to(root)}: there is no rule for the folder `{folder}`"
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            for complaint in complaints_about(folder, file.suffix == ".h", found[1]) if found else ():
                yield f"{file.relative_to(root)}:{number}: {complaint}"


def main():
    complaints = list(check(Path(sys.argv[1])))
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
