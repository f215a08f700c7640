"""Random objects and strategic merge patches for every kind of the schema table.

Nothing here is valid for an API server: strategic merging looks at maps, lists and merge keys only, and so does this.
Names come from small pools, so that patches meet what is there. The same seed gives the same pairs.
"""

import random
import re
from pathlib import Path

TABLE = Path(__file__).resolve().parents[3] / "envtool" / "patch" / "schema_table.cc"
IDS = ["a", "b", "c", "d", "notebook", "x-y", "8080", 80, 443, 8080]
WORDS = ["image", "value", "replicas", "protocol", "path", "mode", "ttl"]
SCALARS = ["", "one", "two", "é", 0, 1, -7, 2.5, True, False]
KEYS = ["app", "tier", "example.org/role", "a.b", "zone"]

# What people patch.
GROUPS = ("v1", "apps/v1", "batch/v1", "networking.k8s.io/v1", "rbac.authorization.k8s.io/v1")
KINDS = ("Pod", "Service", "Deployment", "StatefulSet", "Job", "CronJob", "ServiceAccount", "Secret", "Ingress", "ConfigMap", "Role")
KINDS += ("NetworkPolicy", "PersistentVolumeClaim")


class Schema:
    """The rows of schema_table.cc."""

    def __init__(self, text=None):
        text = text or TABLE.read_text()
        fields, types, kinds = (self.rows(text, name) for name in ("kFields", "kTypes", "kKinds"))
        all_fields = [(name, int(below), shape, key) for name, below, shape, key in fields]
        self.types = [all_fields[int(first) : int(first) + int(count)] for _, first, count in types]
        self.kinds = [(version, kind, int(number)) for version, kind, number in kinds]

    @staticmethod
    def rows(text, name):
        body = re.search(name + r"\[\] = \{\n(.*?)\n\};", text, re.S).group(1)
        return [[cell.strip('"') for cell in row.split(", ")] for row in re.findall(r"^    \{(.*)\},$", body, re.M)]


class Generator:
    def __init__(self, seed, schema=None, trouble=0.02):
        self.random = random.Random(seed)
        self.schema = schema or Schema()
        self.trouble = trouble  # how likely a malformed piece is, for each place where one can stand
        self.spoiled = False  # at most one for each pair, so that there is one error to name

    def pair(self):
        self.spoiled = False
        api_version, kind, number = self.random.choice(self.schema.kinds + self.common)
        top = {"apiVersion": api_version, "kind": kind}
        thing = {**top, **self.object(number, 5)}
        thing.setdefault("metadata", {})["name"] = "thing"
        return {"object": thing, "patch": self.patch_map(thing, number, 5)}

    @property
    def common(self):
        """The kinds that people patch, so often that half of all pairs are of these."""
        return [kind for kind in self.schema.kinds if kind[0] in GROUPS and kind[1] in KINDS] * 10

    # ---- objects

    def chance(self, likelihood):
        return self.random.random() < likelihood

    def spoils(self, times):
        spoiled = not self.spoiled and self.chance(self.trouble * times)
        self.spoiled = self.spoiled or spoiled
        return spoiled

    def scalar(self):
        return self.random.choice(SCALARS)

    def free_map(self):
        return {key: self.scalar() for key in self.some(KEYS, 3)}

    def some(self, pool, most):
        return self.random.sample(pool, self.random.randint(0, min(most, len(pool))))

    def object(self, number, depth, nulls=0.0):
        fields = self.schema.types[number]
        if not fields:
            return self.free_map()
        made = {word: self.scalar() for word in self.some(WORDS, 2)}
        for field in self.chosen(fields):
            made[field[0]] = self.value(field, depth - 1)
        if nulls:
            made = {key: None if self.chance(nulls) else value for key, value in made.items()}
        return made

    def chosen(self, fields):
        most = 4 if len(fields) > 4 else len(fields)
        return self.random.sample(fields, self.random.randint(min(1, most), most))

    def value(self, field, depth, nulls=0.0):
        _, below, shape, key = field
        if depth <= 0:
            return [] if "List" in shape else {}
        if "List" not in shape:
            return self.object(below, depth, nulls)
        if not key:
            if self.schema.types[below]:
                return [self.object(below, depth, nulls) for _ in range(self.random.randint(0, 2))]
            return self.random.sample(["a", "b", "c", "d", "e"], self.random.randint(0, 4))
        return self.elements(below, key, depth, nulls)

    def elements(self, below, key, depth, nulls):
        ids = self.some(IDS, 4)
        if ids and self.chance(0.05):
            ids.append(ids[0])
        made = []
        for id_ in ids:
            element = {**self.object(below, depth, nulls), key: id_}
            if self.spoils(0.5):
                del element[key]
            made.append(element)
        return made

    # ---- patches

    def patch_map(self, thing, number, depth):
        fields = {field[0]: field for field in self.schema.types[number]}
        patch = {word: None if self.chance(0.2) else self.scalar() for word in self.some(WORDS if fields else KEYS, 2)}
        present = [name for name in fields if name in thing]
        names = set(self.some(present, 4)) | set(self.some(list(fields), 2))
        for name in sorted(names):
            self.patch_field(patch, thing.get(name), fields[name], depth - 1)
        self.retain(patch, thing)
        if self.spoils(1):
            patch["$patch"] = self.random.choice(["replace", "delete", "merge", "odd"])
        if self.spoils(0.5):
            patch["unknownField"] = {"x": 1}
            thing["unknownField"] = {"y": 2}
        return patch

    def retain(self, patch, thing):
        if not self.chance(0.05):
            return
        plain = [key for key in patch if not key.startswith("$") and patch[key] is not None]
        kept = plain + self.some([key for key in thing if key not in plain], 3)
        if plain and self.spoils(3):
            kept.remove(plain[0])
        patch["$retainKeys"] = kept

    def patch_field(self, patch, current, field, depth):
        name, below, shape, key = field
        if self.chance(0.08):
            patch[name] = None
        elif current is None or depth <= 0 or self.chance(0.05):
            patch[name] = self.value(field, depth, nulls=0.1)
        elif isinstance(current, dict):
            patch[name] = self.patch_map(current, below, depth)
            if shape == "kReplacedMap":
                patch[name].pop("$patch", None)
        elif shape == "kMergedList" and key:
            self.patch_maps_of_list(patch, current, field, depth)
        elif shape == "kMergedList":
            self.patch_set(patch, current, name)
        else:
            patch[name] = self.value(field, depth, nulls=0.1)

    def patch_set(self, patch, current, name):
        added = self.random.sample(["a", "b", "c", "d", "e", "f"], self.random.randint(0, 3))
        if self.spoils(1):
            patch[name] = [self.random.choice([7, {"a": 1}, ["l"], None]), *added]
            return
        gone = [scalar for scalar in self.some(["a", "b", "c", "d"], 2) if scalar not in added]
        if added or self.chance(0.5):
            patch[name] = added
        if gone:
            patch["$deleteFromPrimitiveList/" + name] = gone
        if self.chance(0.3):
            order = added + [scalar for scalar in current if scalar not in added and self.chance(0.7)]
            if order:
                patch["$setElementOrder/" + name] = self.shuffled_behind(order, len(added))

    def shuffled_behind(self, order, fixed):
        """Elements that aren't in the patch go anywhere; those of the patch keep their order, mostly."""
        head, tail = order[:fixed], order[fixed:]
        for element in tail:
            head.insert(self.random.randint(0, len(head)), element)
        if self.spoils(2):
            self.random.shuffle(head)
        return head

    def patch_maps_of_list(self, patch, current, field, depth):
        name, below, _, key = field
        there = {element.get(key): element for element in current if isinstance(element, dict) and key in element}
        elements, ids = [], []
        for id_ in list(dict.fromkeys(self.some(list(there), 3) + self.some(IDS, 2))):
            element = self.patch_element(there.get(id_), id_, field, depth)
            elements.append(element)
            if "$patch" not in element:
                ids.append(id_)
        patch[name] = elements
        if self.chance(0.03):
            elements.insert(0, {"$patch": "replace"})
        if self.chance(0.3):
            self.order(patch, name, key, ids, [id_ for id_ in there if id_ not in ids])

    def patch_element(self, current, id_, field, depth):
        _, below, _, key = field
        if self.chance(0.2):
            return {key: id_, "$patch": "delete"}
        if self.spoils(0.5):
            return {key: id_, "$patch": self.random.choice(["replace", "merge", "odd"])}
        element = self.patch_map(current, below, depth) if current else self.object(below, depth, nulls=0.1)
        element.pop("$patch", None)
        element[key] = id_
        if "$retainKeys" in element and key not in element["$retainKeys"]:
            element["$retainKeys"].append(key)
        if self.spoils(1):
            del element[key]
        return element

    def order(self, patch, name, key, ids, others):
        order = self.shuffled_behind(ids + [id_ for id_ in others if self.chance(0.7)], len(ids))
        if order:
            patch["$setElementOrder/" + name] = [{key: id_} for id_ in order]


def pairs(seed, count):
    """`count` pairs of an object and a patch."""
    generator = Generator(seed)
    return [generator.pair() for _ in range(count)]


# ---- the other types of patches ------------------------------------------------------------------------------------------


def merge_patch(value, in_list=False):
    """A strategic patch as a JSON merge patch. Nulls in lists are left out: RFC 7386 keeps them, kubectl drops them."""
    if isinstance(value, dict):
        kept = {key: below for key, below in value.items() if not key.startswith("$") and not (in_list and below is None)}
        return {key: merge_patch(below, in_list) for key, below in kept.items()}
    return [merge_patch(below, True) for below in value] if isinstance(value, list) else value


def pointers(value, above=""):
    """All places of a value."""
    yield above
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in children:
        yield from pointers(below, f"{above}/{str(key).replace('~', '~0').replace('/', '~1')}")


def json_patch(dice, thing):
    """Operations of RFC 6902, most of them in places that are there."""
    places = [place for place in pointers(thing) if place and not place.startswith(("/metadata", "/apiVersion", "/kind"))] or ["/data"]
    operations = []
    for _ in range(dice.choice([1, 1, 2, 3])):
        kind = dice.choice(["add", "add", "remove", "replace", "move", "copy", "test"])
        operation = {"op": kind, "path": dice.choice(places) + dice.choice([""] * 12 + ["/0", "/-", "/new", "/9"])}
        if kind in ("move", "copy"):
            operation["from"] = dice.choice(places)
        elif kind != "remove":
            operation["value"] = dice.choice(SCALARS + [None, [], {}, ["a"], {"name": "a"}])
        operations.append(operation)
    return operations
