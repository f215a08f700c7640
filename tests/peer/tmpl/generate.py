"""Templates with their variables, drawn from a grammar by a seed. Knows nothing of who renders them.

Most draws respect types, so that most pairs render; the others find out whether both sides refuse the same things.
"""

import random

WORDS = ["", "a", "abc", "Hello World", "x-y_z", "  pad ", "one two  three", "a,b,,c", "line1\nline2\n", "<b>&'\"", "42", "3.5",
         "-7", "ÄÖ ü", "日本語", "tab\there", "UPPER", "n\\t", "{}", "%s", "0x1f", "1e3", "true", "jupyter--user", "aXbXc", "éa"]
INTS = [0, 1, 2, 3, 5, 7, 10, -1, -2, -5, 12, 100, 8888]
REALS = [0.0, 1.0, 0.5, -1.5, 2.25, 3.14159, 1e16, 1e-5, 123456789.125, -0.0, 1e22, 0.1, 2.675, 1e15]
TYPES = ["int", "real", "str", "bool", "none", "list", "dict"]


class Scope:
    """The names that an expression may use, by the type that they probably have."""

    def __init__(self, names=()):
        self.names = list(names)

    def child(self):
        return Scope(self.names)

    def add(self, name, kind):
        self.names.append((name, kind))

    def of(self, kind):
        return [name for name, has in self.names if has == kind or kind == "any"]


class Generator:
    """One source of pairs; the same seed gives the same pairs."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.fresh = 0
        self.loops = 0

    def pair(self):
        self.fresh = 0
        self.loops = 0
        context, scope = self.context()
        options = {name: self.chance(0.3) for name in ("trim_blocks", "lstrip_blocks", "keep_trailing_newline")}
        options["strict"] = self.chance(0.4)
        if self.chance(0.06):
            text = self.noise()
        else:
            text = self.block(scope, self.random.randint(1, 3), self.random.randint(1, 4))
        if self.chance(0.03):
            text = self.damage(text)
        return {"template": text, "context": context, "options": options}

    # Drawing

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, choices):
        return self.random.choice(choices)

    def name(self):
        self.fresh += 1
        return self.pick(["v", "item", "n", "tmp", "a", "b", "s"]) + (str(self.fresh % 3) if self.chance(0.5) else "")

    # Variables

    def value(self, kind, depth=2):
        if kind == "int":
            return self.pick(INTS)
        if kind == "real":
            return self.pick(REALS)
        if kind == "str":
            return self.pick(WORDS)
        if kind == "bool":
            return self.chance(0.5)
        if kind == "none":
            return None
        if kind == "list":
            if depth == 0:
                return []
            same = self.pick(["int", "str", "mixed", "dict"])
            kinds = TYPES if same == "mixed" else [same]
            return [self.value(self.pick(kinds), depth - 1) for _ in range(self.random.randint(0, 4))]
        keys = self.random.sample(["name", "port", "x", "items", "a b", "1", "Key", "list", "deep"], self.random.randint(0, 4))
        return {key: self.value(self.pick(TYPES if depth else ["int", "str"]), max(depth - 1, 0)) for key in keys}

    def context(self):
        scope = Scope()
        context = {}
        for name in self.random.sample(["foo", "bar", "i", "f", "s", "t", "l", "m", "d", "e", "flag", "nil", "users", "a", "b", "n"], 10):
            kind = {"i": "int", "n": "int", "f": "real", "s": "str", "t": "str", "l": "list", "m": "list", "d": "dict", "e": "dict",
                    "flag": "bool", "nil": "none"}.get(name) or self.pick(TYPES)
            context[name] = self.value(kind)
            scope.add(name, kind)
        context["users"] = [{"name": self.pick(["Bob", "alice", "bob", "Carl"]), "age": self.pick(INTS), "tags": ["x", "Y"],
                             "meta": {"k": self.pick(INTS)}} for _ in range(self.random.randint(0, 4))]
        scope.add("users", "records")
        return context, scope

    # Expressions

    def expr(self, scope, depth, kind=None):
        if kind is None or self.chance(0.04):
            kind = self.pick(["int", "str", "str", "list", "dict", "bool", "real", "any"])
        if depth <= 0:
            return self.atom(scope, kind)
        return getattr(self, "expr_" + kind)(scope, depth - 1)

    def atom(self, scope, kind):
        names = scope.of(kind)
        if names and self.chance(0.6):
            return self.pick(names)
        if self.chance(0.02):
            return "missing"
        return self.literal(self.pick(TYPES) if kind == "any" else kind)

    def literal(self, kind):
        if kind == "int":
            return self.pick(["0", "1", "2", "3", "7", "10", "0x1f", "1_000", "0b101", "0o17", "-1"])
        if kind == "real":
            return self.pick(["1.5", "0.25", "1e3", "2.0", "1.5e-7", "1_0.5", "-0.5"])
        if kind == "str":
            return self.string(self.pick(WORDS))
        if kind == "bool":
            return self.pick(["true", "false", "True", "False"])
        if kind == "none":
            return self.pick(["none", "None"])
        if kind == "list":
            return self.pick(["[]", "[1, 2, 3]", "['b', 'a', 'C']", "(1, 'x')", "[3, 1, 2,]", "[[1, 2], [3, 4]]", "()", "(1,)", "range(4)",
                              "range(5, 0, -2)", "['x', none, 1.5, true]"])
        if kind == "records":
            return "[{'name': 'z', 'age': 3, 'tags': [], 'meta': {'k': 1}}]"
        return self.pick(["{}", "{'a': 1}", "{'x': 'y', 'n': [1, 2]}", "{1: 2, 'k': none}", "{'items': 3}", "dict(a=1, b='q')"])

    def string(self, text):
        quote = self.pick("'\"")
        out = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
        if self.chance(0.7):
            out = out.replace("\n", "\\n")
        if self.chance(0.05):
            out += self.pick(["\\x41", "\\u00e9", "\\101", "\\q", "\\\n", "\\t"])
        return quote + out + quote

    def expr_any(self, scope, depth):
        choices = [
            lambda: f"{self.expr(scope, depth)} if {self.expr(scope, depth, 'bool')} else {self.expr(scope, depth)}",
            lambda: f"({self.expr(scope, depth)})",
            lambda: f"({self.expr(scope, depth)} {self.pick(['and', 'or'])} {self.expr(scope, depth)})",
            lambda: f"{self.expr(scope, depth, 'dict')}.{self.pick(['name', 'x', 'port', 'items', 'nope', 'deep.x'])}",
            lambda: f"{self.expr(scope, depth, 'dict')}[{self.string(self.pick(['name', 'x', 'a b', 'nope', 'Key']))}]",
            lambda: f"{self.expr(scope, depth, 'list')}[{self.expr(scope, depth, 'int')}]",
            lambda: f"{self.expr(scope, depth, 'list')}|{self.pick(['first', 'last', 'max', 'min', 'sum'])}",
            lambda: f"({self.expr(scope, depth)}|default({self.expr(scope, depth)}{self.pick(['', ', true', ', boolean=false'])}))",
            lambda: f"{self.atom(scope, 'any')}.{self.pick(['x', 'y.z', '0', '1', 'name'])}",
            lambda: f"{self.expr(scope, depth, 'dict')}.get({self.string(self.pick(['x', 'name', 'zz']))}{self.pick(['', ', 5'])})",
            lambda: self.atom(scope, "any"),
            lambda: f"({self.expr(scope, depth)} if {self.expr(scope, depth, 'bool')})",
            lambda: f"{self.expr(scope, depth, 'records')}|map(attribute={self.string(self.pick(['name', 'age', 'meta.k', 'tags.0', 'zz']))})|list",
        ]
        return self.pick(choices)()

    def expr_none(self, scope, depth):
        return self.atom(scope, "none")

    def expr_int(self, scope, depth):
        choices = [
            lambda: f"({self.expr(scope, depth, 'int')} {self.pick(['+', '-', '*', '//', '%'])} {self.expr(scope, depth, 'int')})",
            lambda: f"{self.expr(scope, depth, 'int')} {self.pick(['+', '-', '//', '%'])} {self.expr(scope, depth, 'int')}",
            lambda: f"({self.pick(['2', '3', '-2', 'true', '1.5'])} ** {self.pick(['0', '1', '2', '3', '-1', '10', '0.5'])})",
            lambda: f"-{self.expr(scope, depth, 'int')}",
            lambda: f"{self.expr(scope, depth, self.pick(['list', 'str', 'dict']))}|{self.pick(['length', 'count'])}",
            lambda: f"({self.expr(scope, depth, self.pick(['str', 'real', 'any']))}|int{self.pick(['', '(5)', '(base=16)', '(0, 2)', '(default=-1)'])})",
            lambda: f"({self.expr(scope, depth, 'int')}|abs)",
            lambda: f"{self.expr(scope, depth, 'str')}.{self.pick(['find', 'count', 'rfind', 'index'])}({self.string(self.pick(['a', 'X', '', 'l', ' ']))}"
                    f"{self.pick(['', '', ', 1', ', 1, -1', ', -3'])})",
            lambda: f"({self.expr(scope, depth, 'list')}).{self.pick(['count', 'index'])}({self.expr(scope, depth)})",
            lambda: f"({self.expr(scope, depth, 'list')}|sum)",
            lambda: f"{self.expr(scope, depth, 'str')}|wordcount",
            lambda: f"({self.expr(scope, depth, 'records')}|sum(attribute='age'))",
            lambda: self.atom(scope, "int"),
        ]
        return self.pick(choices)()

    def expr_real(self, scope, depth):
        choices = [
            lambda: f"({self.expr(scope, depth, 'int')} / {self.expr(scope, depth, 'int')})",
            lambda: f"({self.expr(scope, depth, 'real')} {self.pick(['+', '-', '*', '/', '//', '%'])} {self.expr(scope, depth, self.pick(['int', 'real']))})",
            lambda: f"({self.expr(scope, depth, self.pick(['real', 'int']))}|round{self.pick(['', '(1)', '(2)', '(-1)', '(0, ' + repr('ceil') + ')', '(1, method=' + repr('floor') + ')'])})",
            lambda: f"({self.expr(scope, depth, self.pick(['str', 'int']))}|float{self.pick(['', '(2.5)'])})",
            lambda: self.atom(scope, "real"),
        ]
        return self.pick(choices)()

    def expr_bool(self, scope, depth):
        ops = ["==", "!=", "<", "<=", ">", ">="]
        kind = self.pick(["int", "str", "list", "real", "any"])
        choices = [
            lambda: f"{self.expr(scope, depth, kind)} {self.pick(ops)} {self.expr(scope, depth, kind)}",
            lambda: f"({self.expr(scope, depth, 'int')} {self.pick(ops)} {self.expr(scope, depth, 'real')} {self.pick(ops)} {self.expr(scope, depth, 'int')})",
            lambda: f"not {self.expr(scope, depth, 'bool')}",
            lambda: f"({self.expr(scope, depth, 'bool')} {self.pick(['and', 'or'])} {self.expr(scope, depth, 'bool')})",
            lambda: f"({self.expr(scope, depth)} {self.pick(['in', 'not in'])} {self.expr(scope, depth, self.pick(['list', 'dict', 'list']))})",
            lambda: f"({self.expr(scope, depth, 'str')} {self.pick(['in', 'not in'])} {self.expr(scope, depth, 'str')})",
            lambda: f"({self.expr(scope, depth)} is {self.pick(['', 'not '])}{self.test(scope, depth)})",
            lambda: f"{self.expr(scope, depth, 'str')}.{self.pick(['startswith', 'endswith'])}({self.string(self.pick(['a', 'H', '', 'c']))})",
            lambda: f"{self.expr(scope, depth, 'str')}.{self.pick(['isdigit', 'isalpha', 'isupper', 'islower', 'isspace', 'istitle', 'isalnum', 'isidentifier', 'isascii'])}()",
            lambda: self.atom(scope, "bool"),
        ]
        return self.pick(choices)()

    def test(self, scope, depth):
        plain = ["defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable", "callable",
                 "odd", "even", "lower", "upper", "true", "false", "escaped", "filter", "test"]
        choices = [
            lambda: self.pick(plain),
            lambda: self.pick(plain),
            lambda: f"divisibleby {self.pick(['2', '3', '0', '(5)'])}",
            lambda: f"divisibleby({self.expr(scope, depth, 'int')})",
            lambda: f"{self.pick(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'equalto', 'greaterthan', 'lessthan'])}({self.expr(scope, depth)})",
            lambda: f"in {self.atom(scope, 'list')}",
            lambda: f"sameas {self.pick(['true', 'none', 'false'])}",
        ]
        return self.pick(choices)()

    def expr_str(self, scope, depth):
        text = lambda: self.expr(scope, depth, "str")
        choices = [
            lambda: f"({text()} ~ {self.expr(scope, depth)})",
            lambda: f"({text()} + {text()})",
            lambda: f"({text()} * {self.pick(['0', '2', '3', '-1'])})",
            lambda: f"({text()})[{self.slice(scope, depth)}]",
            lambda: f"{text()}|{self.text_filter(scope, depth)}",
            lambda: f"{text()}|{self.text_filter(scope, depth)}",
            lambda: f"({text()}|{self.text_filter(scope, depth)}|{self.text_filter(scope, depth)})",
            lambda: f"{text()}.{self.text_method(scope, depth)}",
            lambda: f"{text()}.{self.text_method(scope, depth)}",
            lambda: f"({self.expr(scope, depth)}|string)",
            lambda: f"({self.expr(scope, depth)}|tojson{self.pick(['', '', '(2)', '(indent=1)'])})",
            lambda: f"{self.expr(scope, depth, 'list')}|join{self.pick(['', '(' + self.string(', ') + ')', '(d=' + self.string('-') + ')'])}",
            lambda: f"({self.expr(scope, depth, 'records')}|join(', ', attribute='name'))",
            lambda: f"({self.percent(scope, depth)})",
            lambda: self.braces(scope, depth),
            lambda: f"({self.expr(scope, depth, self.pick(['int', 'real', 'str']))}|{self.pick(['filesizeformat', 'filesizeformat(true)', 'pprint'])})",
            lambda: f"({self.expr(scope, depth)}|{self.pick(['escape', 'e', 'safe', 'forceescape', 'urlencode'])})",
            lambda: self.atom(scope, "str"),
        ]
        return self.pick(choices)()

    def text_filter(self, scope, depth):
        number = self.pick(["0", "1", "4", "10"])
        return self.pick([
            "upper", "lower", "title", "capitalize", "trim", "reverse", "e", "safe", "string", "striptags", "urlencode",
            "trim('a ')", f"center({number})", f"indent({number})", f"indent({number}, true)", "indent(width=2, blank=true)", "indent('> ')",
            f"truncate({number})", "truncate(5, true)", "truncate(5, end='', leeway=0)", f"truncate({number}, leeway=0)",
            f"replace({self.string(self.pick(['a', 'l', '', ' ']))}, {self.string(self.pick(['X', '', '<']))})", "replace('l', 'L', 1)",
            f"wordwrap({number})", "wordwrap(5)", "wordwrap(7, false)", "wordwrap(4, wrapstring='|')", "wordwrap(3, break_on_hyphens=false)", f"default({self.string('x')})", "first", "last", "length", "list", "format(1)",
            "attr('upper')", "select|list", "map('upper')|join", "unique|join", "sort|join", "min", "max", "batch(2)|list", "slice(2)|list",
        ])

    def text_method(self, scope, depth):
        return self.pick([
            "upper()", "lower()", "title()", "capitalize()", "swapcase()", "strip()", "lstrip()", "rstrip()", "strip('a ')", "casefold()",
            "split()", "split(',')", "split(' ', 1)", "rsplit(None, 1)", "rsplit('a', 1)", "splitlines()", "splitlines(true)", "partition('X')",
            "rpartition(',')", "replace('a', 'bb')", "replace('', '.')", "replace('l', '', 1)", "zfill(6)", "ljust(8)", "rjust(8, '*')", "center(9, '-')",
            "join(['x', 'y'])", "join(l)", "expandtabs(4)", "removeprefix('a')", "removesuffix('c')", "nosuch", "nosuch()", "upper", "strip(1)",
        ])

    def percent(self, scope, depth):
        spec = self.pick(["%s", "%d", "%5d", "%-5d|", "%05d", "%+d", "%x", "%o", "%.2f", "%8.3f", "%e", "%g", "%r", "%%", "%c", "%5s|", "%-5s|", "%.2s", "% d", "%#x", "%i", "%G", "%z"])
        kind = self.pick(["int", "real", "str", "int"])
        return self.pick([
            lambda: f"{self.string(spec)} % {self.expr(scope, depth, kind)}",
            lambda: f"{self.string('a' + spec + ' %s')} % ({self.expr(scope, depth, kind)}, {self.expr(scope, depth)})",
            lambda: f"{self.string('%(x)s %(y)d')} % {{'x': {self.expr(scope, depth)}, 'y': {self.expr(scope, depth, 'int')}}}",
            lambda: f"{self.string(spec)}|format({self.expr(scope, depth, kind)})",
            lambda: f"{self.string('%(x)s')}|format(x={self.expr(scope, depth)})",
        ])()

    def braces(self, scope, depth):
        spec = self.pick(["", ":5", ":>5", ":<5", ":^6", ":*^7", ":05", ":+", ":,", ":x", ":#x", ":b", ":.2f", ":e", ":g", ":.1%", ":s", ":d", ":.3", "!r", "!s:>6", ":_", ":010.2f", ":n", ":c5"])
        kind = self.pick(["int", "real", "str", "int"])
        return self.pick([
            lambda: f"'a{{{spec}}}b'.format({self.expr(scope, depth, kind)})",
            lambda: f"'{{1}}-{{0}}'.format({self.expr(scope, depth)}, {self.expr(scope, depth)})",
            lambda: f"'{{x{spec}}} {{{{}}}}'.format(x={self.expr(scope, depth, kind)})",
            lambda: f"'{{0[name]}} {{0[x]}}'.format({self.expr(scope, depth, 'dict')})",
            lambda: f"'{{:>{{w}}}}'.format({self.expr(scope, depth, 'str')}, w=6)",
        ])()

    def slice(self, scope, depth):
        part = lambda: self.pick(["", "", "0", "1", "2", "-1", "-2", "10", "none"])
        return self.pick([f"{part()}:{part()}", f"{part()}:{part()}:{self.pick(['1', '2', '-1', '-2', '', '0'])}", ":", "::-1"])

    def expr_list(self, scope, depth):
        items = lambda: self.expr(scope, depth, "list")
        choices = [
            lambda: "[" + ", ".join(self.expr(scope, depth) for _ in range(self.random.randint(0, 3))) + "]",
            lambda: "(" + "".join(self.expr(scope, depth) + ", " for _ in range(self.random.randint(1, 3))) + ")",
            lambda: f"({items()})[{self.slice(scope, depth)}]",
            lambda: f"({items()} + {items()})",
            lambda: f"({items()} * {self.pick(['0', '2'])})",
            lambda: f"{items()}|{self.list_filter(scope, depth)}|list",
            lambda: f"{items()}|{self.list_filter(scope, depth)}|list",
            lambda: f"{self.expr(scope, depth, 'records')}|{self.record_filter(scope, depth)}|list",
            lambda: f"{items()}|{self.pick(['batch', 'slice'])}({self.pick(['1', '2', '3'])}{self.pick(['', ', none', ', ' + repr('x')])})|list",
            lambda: f"{self.expr(scope, depth, 'dict')}.{self.pick(['keys', 'values', 'items'])}()|list",
            lambda: f"{self.expr(scope, depth, 'dict')}|{self.pick(['dictsort', 'items|list', 'list', 'dictsort(true)', 'dictsort(by=' + repr('value') + ')', 'dictsort(reverse=true)'])}",
            lambda: f"range({self.pick(['3', '1, 4', '6, 0, -2', '0', self.atom(scope, 'int')])}){self.pick(['', '|list', '[1:]', '[::-1]|list'])}",
            lambda: f"{self.expr(scope, depth, 'str')}.{self.pick(['split()', 'split(' + repr(',') + ')', 'splitlines()'])}",
            lambda: f"{self.expr(scope, depth, 'str')}|list",
            lambda: self.atom(scope, "list"),
        ]
        return self.pick(choices)()

    def list_filter(self, scope, depth):
        return self.pick([
            "sort", "sort(true)", "sort(case_sensitive=true)", "unique", "unique(true)", "reverse", "map('string')", "map('upper')", "map('int', 7)", "map('default', 'q')",
            "select", "reject", "select('odd')", "select('string')", "reject('none')", "select('eq', 1)", "select('>', 1)", "select('in', [1, 'a', 2])", "map('length')",
            "map('tojson')", "reject('undefined')", "select('number')|sum", "groupby(0)", "map(attribute='name')", "map(attribute=0)", "map(attribute='x', default=0)",
            "nosuch", "map('nosuch')", "select('nosuch')", "map", "sort(attribute='x')", "selectattr('x')", "list", "first", "join", "map('first')", "map('abs')",
        ])

    def record_filter(self, scope, depth):
        return self.pick([
            "map(attribute='name')", "map(attribute='meta.k')", "map(attribute='tags.1')", "map(attribute='zz', default='-')", "sort(attribute='age')", "sort(attribute='name')",
            "sort(attribute='name,age')", "sort(true, attribute='age')", "sort(attribute='name', case_sensitive=true)", "groupby('name')", "groupby('name', case_sensitive=true)",
            "groupby('zz', default='none')", "selectattr('age')", "selectattr('age', 'gt', 2)", "rejectattr('age', 'odd')", "selectattr('name', 'equalto', 'bob')",
            "selectattr('zz', 'defined')", "rejectattr('zz')", "unique(attribute='name')", "map(attribute='name')|map('lower')|unique|sort", "map('attr', 'name')", "map(attribute='name')|sort",
        ])

    def expr_dict(self, scope, depth):
        choices = [
            lambda: "{" + ", ".join(f"{self.pick([repr('a'), repr('x'), repr('name'), '1', 'none', '(1, 2)'])}: {self.expr(scope, depth)}" for _ in range(self.random.randint(0, 3))) + "}",
            lambda: f"dict({self.expr(scope, depth, 'dict')}, z={self.expr(scope, depth)})",
            lambda: f"dict({self.expr(scope, depth, 'dict')}.items())",
            lambda: f"({self.expr(scope, depth, 'dict')}|dictsort|first)",
            lambda: f"{self.atom(scope, 'dict')}.copy()",
            lambda: self.atom(scope, "dict"),
        ]
        return self.pick(choices)()

    def expr_records(self, scope, depth):
        return self.atom(scope, "records")

    # Statements

    def tag(self, text):
        left = self.pick(["{%", "{%", "{%", "{%-", "{%+"]) + self.pick([" ", "", "  "])
        right = self.pick([" ", "", "\n "]) + self.pick(["%}", "%}", "%}", "-%}", "+%}"])
        return left + text + right

    def output(self, text):
        return self.pick(["{{", "{{", "{{-", "{{+" if self.chance(0.05) else "{{"]) + " " + text + " " + self.pick(["}}", "}}", "-}}"])

    def data(self):
        return self.pick(["", " ", "\n", "\n\n", "  \n  ", "text", " a: b\n", "x", "  - ", "\n    ", "é ", "}", "{ ", "%", "#", "\r\n", "'"])

    def block(self, scope, depth, length):
        parts = [self.data()]
        for _ in range(length):
            parts.append(self.statement(scope, depth))
            parts.append(self.data())
        return "".join(parts)

    def statement(self, scope, depth):
        simple = [self.st_output, self.st_output, self.st_output, self.st_set, self.st_comment, self.st_raw, self.st_mutate, self.st_namespace]
        nested = [self.st_if, self.st_for, self.st_for, self.st_with, self.st_macro, self.st_set_block, self.st_filter, self.st_recursive, self.st_call]
        return self.pick(simple + (nested * 2 if depth > 0 else []))(scope, depth - 1)

    def st_output(self, scope, depth):
        return self.output(self.expr(scope, self.random.randint(0, 3)))

    def st_set(self, scope, depth):
        kind = self.pick(["int", "str", "list", "dict"])
        if self.chance(0.15):
            first, second = self.name(), self.name()
            out = self.tag(f"set {first}, {second} = {self.pick([self.expr(scope, 1, 'list'), '1, 2', '(' + repr('x') + ', [1])'])}")
            scope.add(first, "any")
            scope.add(second, "any")
            return out
        name = self.name()
        out = self.tag(f"set {name} = {self.expr(scope, 2, kind)}")
        scope.add(name, kind)
        return out

    def st_comment(self, scope, depth):
        return self.pick(["{#", "{#-", "{#+"]) + self.pick([" note ", "", " {{ x }} ", "\n", " - "]) + self.pick(["#}", "-#}", "+#}"])

    def st_raw(self, scope, depth):
        body = self.pick(["{{ x }}", " {% if %} ", "\n{# c #}\n", "", "  "])
        return self.pick(["{% raw %}", "{%- raw -%}", "{% raw -%}", "{%raw%}"]) + body + self.pick(["{% endraw %}", "{%- endraw -%}", "{% endraw +%}", "{%- endraw %}"])

    def st_mutate(self, scope, depth):
        name = self.name()
        op = self.pick([("[1, 2]", "append(3)"), ("[3, 1, 2]", "sort()"), ("[1]", "extend([2, 'x'])"), ("[1, 2, 3]", "pop(0)"), ("[1, 2]", "insert(1, 'q')"),
                        ("[1, 2]", "reverse()"), ("[1, 2, 1]", "remove(1)"), ("{'a': 1}", "update({'b': 2})"), ("{'a': 1}", "pop('a')"), ("{'a': 1}", "setdefault('k', [])"),
                        ("{'a': 1}", "update(c=3)"), ("[]", "pop()"), ("{}", "popitem()"), ("{'x': 1, 'y': 2}", "popitem()"), ("[1]", "clear()")])
        scope.add(name, "any")
        return f"{{% set {name} = {op[0]} %}}{{{{ {name}.{op[1]} }}}}|{{{{ {name} }}}}"

    def st_namespace(self, scope, depth):
        loop = self.loops > 0 and self.chance(0.3)
        return ("{% set ns = namespace(c=0, f=" + self.expr(scope, 1) + ") %}{% for q in " + self.expr(scope, 1, "list") + " %}{% set ns.c = ns.c + 1 %}"
                "{% set ns.last = q %}{% endfor %}{{ ns.c }},{{ ns.last }}" + ("{{ loop.index }}" if loop else ""))

    def st_if(self, scope, depth):
        inner = lambda: self.block(scope, depth, self.random.randint(0, 2))
        out = self.tag(f"if {self.expr(scope, 2, 'bool')}") + inner()
        for _ in range(self.pick([0, 0, 1, 2])):
            out += self.tag(f"elif {self.expr(scope, 1, 'bool')}") + inner()
        if self.chance(0.5):
            out += self.tag("else") + inner()
        return out + self.tag("endif")

    def loop_output(self, scope):
        member = self.pick(["index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0", "previtem", "nextitem",
                            "cycle('a', 'b')", "changed(loop.index0 // 2)", "nosuch"])
        return self.output(f"loop.{member}" + self.pick(["", "", "|default('-')"]))

    def st_for(self, scope, depth):
        inner = scope.child()
        target, iterable = self.target(scope, inner)
        condition = f" if {self.expr(inner, 1, 'bool')}" if self.chance(0.25) else ""
        self.loops += 1
        body = self.block(inner, depth, self.random.randint(0, 2))
        if self.chance(0.6):
            body += self.loop_output(inner)
        if self.chance(0.3):
            body += self.tag("if not loop.last") + "," + self.tag("endif")
        self.loops -= 1
        out = self.tag(f"for {target} in {iterable}{condition}") + body
        if self.chance(0.3):
            out += self.tag("else") + self.block(scope.child(), depth, 1)
        return out + self.tag("endfor")

    def target(self, scope, inner):
        if self.chance(0.25):
            inner.add("k", "str")
            inner.add("v", "any")
            return self.pick(["k, v", "(k, v)"]), self.pick([f"{self.expr(scope, 1, 'dict')}.items()", f"{self.expr(scope, 1, 'dict')}|dictsort", f"{self.expr(scope, 1, 'dict')}|items"])
        if self.chance(0.3):
            inner.add("u", "dict")
            return "u", self.expr(scope, 1, "records")
        name = self.name()
        inner.add(name, "any")
        return name, self.expr(scope, 2, "list")

    def st_recursive(self, scope, depth):
        tree = "[{'n': 1, 'c': [{'n': 2, 'c': [{'n': 3, 'c': []}]}, {'n': 4, 'c': []}]}, {'n': 5, 'c': []}]"
        return ("{% for node in " + tree + " recursive %}" + self.data() + "{{ node.n }}" + self.loop_output(scope) +
                self.pick(["{% if node.c %}({{ loop(node.c) }}){% endif %}", "[{{ loop(node.c)|upper }}]"]) +
                self.pick(["", "{% else %}empty"]) + "{% endfor %}")

    def st_with(self, scope, depth):
        inner = scope.child()
        names = [self.name() for _ in range(self.random.randint(0, 2))]
        bindings = ", ".join(f"{name} = {self.expr(scope, 1)}" for name in names)
        for name in names:
            inner.add(name, "any")
        return self.tag(f"with {bindings}") + self.block(inner, depth, self.random.randint(1, 2)) + self.tag("endwith")

    def st_macro(self, scope, depth):
        name = self.pick(["m1", "m2", "mac"])
        inner = scope.child()
        inner.add("p", "any")
        inner.add("q", "any")
        extra = self.pick(["", "", "{{ varargs }}", "{{ kwargs }}", "{{ caller() }}", "{{ caller is defined }}", "{{ p is defined }}"])
        signature = self.pick(["p, q", "p, q=2", "p=1, q=p", "p, q='x'", "q=[], p=none"])
        body = self.block(inner, depth, self.random.randint(0, 2)) + "{{ p }}" + extra
        out = self.tag(f"macro {name}({signature})") + body + self.tag("endmacro")
        for _ in range(self.random.randint(0, 2)):
            out += self.output(f"{name}({self.call_arguments(scope)})")
        if self.chance(0.1):
            out += self.output(f"{name}.{self.pick(['name', 'arguments', 'catch_kwargs', 'caller'])}")
        return out

    def call_arguments(self, scope):
        return self.pick(["", "1", self.expr(scope, 1), f"{self.expr(scope, 1)}, {self.expr(scope, 1)}", "q=3", "1, q='z'", "1, 2, 3", "z=1", "*[1, 2]", "**{'p': 5}", "*l", "p=1, p=2"])

    def st_call(self, scope, depth):
        inner = scope.child()
        if self.chance(0.4):
            inner.add("arg", "any")
            head, call = "call(arg)", "caller(" + self.expr(scope, 0) + ")"
        else:
            head, call = "call", "caller()"
        return (self.tag("macro wrap(title='t')") + "<" + self.output("title") + self.output(call) + ">" + self.tag("endmacro") +
                self.tag(f"{head} wrap({self.pick(['', repr('q'), 'title=1'])})") + self.block(inner, depth, 1) + self.tag("endcall"))

    def st_set_block(self, scope, depth):
        name = self.name()
        out = self.tag(f"set {name}{self.pick(['', '', ' | upper', ' | trim | length'])}") + self.block(scope.child(), depth, 1) + self.tag("endset")
        scope.add(name, "str")
        return out + self.output(name)

    def st_filter(self, scope, depth):
        return self.tag(f"filter {self.pick(['upper', 'indent(2, true)', 'trim|title', 'replace(' + repr('a') + ', ' + repr('b') + ')', 'length', 'tojson', 'e'])}") + \
            self.block(scope.child(), depth, 1) + self.tag("endfilter")

    # What is no template, or hardly one

    def noise(self):
        pieces = ["{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "if", "endif", "for", "in", "x", "s", "'", '"', " ", "\n", "(", ")", "[", "]", "|", "upper", "1", ".", ",",
                  "set", "=", "raw", "endraw", "~", "not", "is", "and", "1.5", "**", ":", "else", "i", "l", "endfor"]
        return "".join(self.pick(pieces) for _ in range(self.random.randint(1, 14)))

    def damage(self, text):
        if not text:
            return "{{"
        at = self.random.randrange(len(text))
        return text[:at] + self.pick(["", "%}", "{{", "'", "(", "|", " ", ".", "}"]) + text[at + self.random.randint(0, 2):]
