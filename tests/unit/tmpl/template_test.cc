// What templates render to, and how they fail; the comparison with Jinja2 itself is in tests/peer/tmpl.
#include "envtool/tmpl/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace {

using tmpl::LstripBlocks;
using tmpl::Options;
using tmpl::TrailingNewline;
using tmpl::TrimBlocks;
using tmpl::Undefined;

doc::Value variables() {
  return doc::make_map({
      {"name", "hub"},
      {"count", 3},
      {"ratio", 2.5},
      {"on", true},
      {"nothing", nullptr},
      {"ports", doc::List{8000, 8081}},
      {"labels", doc::make_map({{"app", "jupyter"}, {"tier", "web"}})},
      {"users",
       doc::List{doc::make_map({{"name", "bob"}, {"age", 7}}), doc::make_map({{"name", "Al"}, {"age", 3}})}},
  });
}

std::string rendered(const std::string& text, Options options = {}, const tmpl::Limits& limits = {}) {
  const base::Source source{"t", text};
  const doc::Value all = variables();
  return tmpl::render(source, all.as_map(), options, limits);
}

/// `line:column message` of the first error, and the first hint after ` | `.
std::string failure(const std::string& text, Options options = {}, const tmpl::Limits& limits = {}) {
  const base::Source source{"t", text};
  const doc::Value all = variables();
  try {
    return "rendered: " + tmpl::render(source, all.as_map(), options, limits);
  } catch (const base::Error& error) {
    const base::Diagnostic& first = error.diagnostics().front();
    const std::string at = base::to_string(first.span);
    const std::string hint = first.hints.empty() ? "" : " | " + first.hints.front();
    return (at.empty() ? "" : at.substr(2) + " ") + first.message + hint;
  }
}

struct Case {
  std::string text;
  std::string expected;
};

void expect_all(const std::vector<Case>& cases, Options options = {}) {
  for (const Case& one : cases) EXPECT_EQ(rendered(one.text, options), one.expected) << one.text;
}

TEST(Template, PrintsValuesAsPythonDoes) {
  expect_all({
      {"{{ name }} {{ count }} {{ on }} {{ nothing }}", "hub 3 True None"},
      {"{{ ratio }} {{ 1.0 }} {{ 1e16 }} {{ 1e-5 }} {{ 0.1 + 0.2 }} {{ 1e300 * 1e10 }}",
       "2.5 1.0 1e+16 1e-05 0.30000000000000004 inf"},
      {"{{ ports }} {{ labels }} {{ (1,) }} {{ ('a', none) }}",
       "[8000, 8081] {'app': 'jupyter', 'tier': 'web'} (1,) ('a', None)"},
      {"{{ [\"it's\", 'say \"x\"', 'a\\nb'] }}", "[\"it's\", 'say \"x\"', 'a\\nb']"},
      {"{{ range(3) }} {{ labels.keys() }}", "range(0, 3) dict_keys(['app', 'tier'])"},
  });
}

TEST(Template, KnowsPythonsOperators) {
  expect_all({
      {"{{ 1 + 2 * 3 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 3 ** 2 }}",
       "7 3 -4 2 3.5 64"},
      {"{{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }} {{ 1 == 1.0 == true }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }}",
       "True False True True True"},
      {"{{ 'x' ~ 1 ~ none }} {{ 'a' + 'b' }} {{ 'ab' * 2 }} {{ [1] + [2] }}", "x1None ab abab [1, 2]"},
      {"{{ 0 or 'x' }} {{ '' and 1 }} {{ not 0 }} {{ 1 if false else 2 }}", "x  True 2"},
      {"{{ 'u' in name }} {{ 8000 in ports }} {{ 'app' not in labels }} {{ 2 is even }} {{ 3 is not "
       "divisibleby 2 }}",
       "True True False True True"},
      {"{{ 'hello'[1:3] }} {{ ports[-1] }} {{ [1, 2, 3][::-1] }} {{ 'äöü'[1] }}", "el 8081 [3, 2, 1] ö"},
      {"{{ '%s-%03d' % ('a', 7) }} {{ '{:>4}|{x}'.format(1, x=2) }}", "a-007    1|2"},
  });
}

TEST(Template, RunsStatements) {
  expect_all({
      {"{% if count > 5 %}a{% elif count > 2 %}b{% else %}c{% endif %}", "b"},
      {"{% for p in ports %}{{ loop.index }}:{{ p }}{{ ', ' if not loop.last }}{% endfor %}",
       "1:8000, 2:8081"},
      {"{% for x in [] %}x{% else %}none{% endfor %}", "none"},
      {"{% for k, v in labels.items() %}{{ k }}={{ v }};{% endfor %}", "app=jupyter;tier=web;"},
      {"{% for u in users if u.age > 5 %}{{ u.name }}/{{ loop.length }}{% endfor %}", "bob/1"},
      {"{% for n in [{'v': 1, 'c': [{'v': 2, 'c': []}]}] recursive %}{{ n.v }}({{ loop(n.c) }}){% endfor %}",
       "1(2())"},
      {"{% set a, b = 1, 2 %}{{ b }}{{ a }}{% set t %}x{{ a }}{% endset %}{{ t }}", "21x1"},
      {"{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}", "3"},
      {"{% filter upper %}a{{ name }}{% endfilter %}", "AHUB"},
      {"{% raw %}{{ x }}{% endraw %}{# gone #}{% print 1, 'a' %}", "{{ x }}1a"},
  });
}

TEST(Template, ScopesNamesAsJinja2Does) {
  expect_all({
      {"{% set a = 1 %}{% for i in [1, 2] %}{{ a }}{% set a = i + 5 %}{{ a }}{% endfor %}{{ a }}", "16171"},
      {"{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}",
       "3"},
      {"{% if true %}{% set a = 1 %}{% endif %}{{ a }}", "1"},
      {"{% set a = 1 %}{% macro m() %}{{ a }}{% endmacro %}{% set a = 2 %}{{ m() }}", "2"},
      {"{% set l = [] %}{% for i in [1, 2] %}{% set _ = l.append(i) %}{% endfor %}{{ l }}", "[1, 2]"},
  });
}

TEST(Template, CallsMacros) {
  expect_all({
      {"{% macro m(a, b=2, c=b) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }} {{ m(1, c=3) }} {{ m(b=5, "
       "a=4) }}",
       "122 123 455"},
      {"{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}", "(1, 2){'x': 3}"},
      {"{% macro m(t) %}<{{ t }}>{{ caller(1) }}{% endmacro %}{% call(x) m('a') %}{{ x + 1 }}{% endcall %}",
       "<a>2"},
      {"{% macro fact(n) %}{{ n * fact(n - 1)|int if n > 1 else 1 }}{% endmacro %}{{ fact(5) }}", "120"},
  });
}

TEST(Template, FiltersAndTests) {
  expect_all({
      {"{{ ports|join(',') }} {{ name|upper|replace('H', 'J') }} {{ missing|default('d') }}",
       "8000,8081 JUB d"},
      {"{{ users|map(attribute='name')|join(' ') }} {{ "
       "users|sort(attribute='age')|map(attribute='name')|list }}",
       "bob Al ['Al', 'bob']"},
      {"{{ users|selectattr('age', 'gt', 5)|map(attribute='name')|first }} {{ users|sum(attribute='age') }}",
       "bob 10"},
      {"{{ labels|dictsort }} {{ [3, 1, 2]|sort(reverse=true) }} {{ ['b', 'A']|sort }}",
       "[('app', 'jupyter'), ('tier', 'web')] [3, 2, 1] ['A', 'b']"},
      {"{{ {'b': 1, 'a': ['<', none, 1.5]}|tojson }}", R"({"a": ["\u003c", null, 1.5], "b": 1})"},
      {"{{ {'a': [1]}|tojson(indent=2) }}", "{\n  \"a\": [\n    1\n  ]\n}"},
      {"{{ 'a\nb'|indent(2) }}|{{ 'a\nb'|indent(2, true) }}", "a\n  b|  a\n  b"},
      {"{{ 2.5|round }} {{ 3.567|round(1) }} {{ '42.9'|int }} {{ 'x'|int(7) }} {{ 1536|filesizeformat(true) "
       "}}",
       "2.0 3.6 42 7 1.5 KiB"},
      {"{{ [1, 2, 3, 4, 5]|batch(2)|list }} {{ [1, 2, 3]|slice(2)|list }}",
       "[[1, 2], [3, 4], [5]] [[1, 2], [3]]"},
      {"{{ 'a&b'|e }} {{ ('<'|e) + '<' }} {{ 'a b/c'|urlencode }}", "a&amp;b &lt;&lt; a%20b/c"},
  });
}

TEST(Template, ControlsWhitespace) {
  expect_all({{"a  {%- if true -%}  b  {%- endif %}  c", "ab  c"},
              {"a {{- ' b ' -}} c", "a b c"},
              {"x\n{% set a = 1 %}\ny\n", "x\n\ny"}});
  const Options trimmed{Undefined::strict, TrimBlocks::yes, LstripBlocks::yes, TrailingNewline::keep};
  expect_all({{"x\n  {% if true %}\n  y\n  {% endif %}\nz\n", "x\n  y\nz\n"},
              {"  {%+ if true +%}\n{% endif %}", "  \n"}},
             trimmed);
}

TEST(Template, NamesWhatIsUndefined) {
  EXPECT_EQ(failure("a\n{{ nmae }}"), "2:4 `nmae` is undefined | did you mean `name`?");
  EXPECT_EQ(failure("{{ labels.apq }}"), "1:4 `labels.apq` is undefined | did you mean `app`?");
  EXPECT_EQ(failure("{{ users[7].name }}"), "1:4 `users[7]` is undefined");
  EXPECT_EQ(failure("{% if nope %}{% endif %}"), "1:7 `nope` is undefined");
  EXPECT_EQ(rendered("{{ nope is defined }}{{ nope|default('x') }}"), "Falsex");
}

TEST(Template, IsLenientOnRequest) {
  const Options lenient{Undefined::lenient};
  EXPECT_EQ(
      rendered("[{{ nope }}{{ labels.nope }}{% for x in nope %}{% endfor %}]{{ nope == other }}", lenient),
      "[]True");
  EXPECT_EQ(failure("{{ nope.x }}", lenient), "1:4 `nope` is undefined");
  EXPECT_EQ(failure("{{ 1 + nope }}", lenient), "1:8 `nope` is undefined");
}

TEST(Template, PointsAtWhatIsWrong) {
  const std::vector<Case> cases = {
      {"{{ 1 + }}", "1:8 expected an expression, found `}}`"},
      {"{{ name", "1:1 this tag isn't closed"},
      {"{{ (1 }}", "1:7 `}` closes `(`"},
      {"{{ 'abc }}", "1:4 this string isn't closed"},
      {"{% if on %}", "1:4 this `if` isn't closed: expected `elif`, `else` and `endif`"},
      {"{% endif %}", "1:4 `endif` doesn't close the block that is open here"},
      {"{% fro x in y %}", "1:4 there is no statement `fro` | did you mean `for`?"},
      {"{% include 'x' %}", "1:4 `include` isn't supported"},
      {"{{ name|uper }}", "1:9 there is no filter `uper` | did you mean `upper`?"},
      {"{{ name|upper.title() }}",
       "1:9 there is no filter `upper.title` | put what is before the `.` into parentheses"},
      {"{{ name is evn }}", "1:12 there is no test `evn` | did you mean `even`?"},
      {"{{ name|random }}", "1:9 the filter `random` isn't supported: it gives another result each time"},
      {"{{ 1 / 0 }}", "1:4 division by zero"},
      {"{{ 1 + 'a' }}", "1:4 `+` can't take an integer and a string"},
      {"{{ 9223372036854775807 + 1 }}", "1:4 the result doesn't fit into 64 bits"},
      {"{{ name.__class__ }}", "1:9 `__class__` is out of reach of templates"},
      {"{{ name['__class__'] }}", "1:4 `__class__` is out of reach of templates"},
      {"{{ name|attr('__class__') }}", "1:4 `__class__` is out of reach of templates"},
      {"{{ ports.append(1) }}", "1:4 a list of the caller can't be changed | `| list` makes a copy that can"},
      {"{{ ports|map('upper') }}",
       "1:4 a generator can't be printed | `| list` makes a list of what it gives"},
      {"{{ name.upper(1) }}", "1:4 upper() takes 0 arguments, not 1"},
      {"{{ 'ß'.upper() }}", "1:4 the case of `ß` (U+00DF) can't be changed"},
      {"{% for loop in ports %}{% endfor %}", "1:8 `loop` can't be assigned to inside a loop"},
      {"{% set a, b = ports + [1] %}", "1:8 there are 3 values for 2 names"},
  };
  for (const Case& one : cases) EXPECT_EQ(failure(one.text), one.expected) << one.text;
}

TEST(Template, CountsColumnsInTheTextAsItWas) {
  EXPECT_EQ(failure("a\r\nb\r\n{{ é }}"), "3:4 unexpected character `é`");
  EXPECT_EQ(failure("ä\r\n{{ nope }}"), "2:4 `nope` is undefined");
}

TEST(Limits, StopWhatWouldNotEnd) {
  tmpl::Limits limits;
  limits.output_bytes = 4U << 20U;
  limits.steps = 500'000;
  limits.memory_bytes = 32U << 20U;
  const std::vector<Case> cases = {
      {"{% for i in range(10 ** 9) %}{% endfor %}", "steps"},
      {"{% for i in range(10 ** 6) %}{% for j in range(10 ** 6) %}{% endfor %}{% endfor %}", "steps"},
      {"{{ 'a' * 10 ** 12 }}", "memory"},
      {"{{ [0] * 10 ** 12 }}", "steps"},
      {"{{ range(10 ** 12)|list }}", "steps"},
      {"{{ 'a'.ljust(10 ** 12) }}", "memory"},
      {"{{ 'a'|center(10 ** 12) }}", "memory"},
      {"{{ '%999999999s' % 'a' }}", "memory"},
      {"{{ '{:999999999}'.format('a') }}", "memory"},
      {"{{ 'a'|indent(10 ** 12, true) }}", "memory"},
      {"{{ [1]|tojson(indent=10 ** 12) }}", "memory"},
      {"{{ '\t'.expandtabs(10 ** 12) }}", "memory"},
      {"{{ '1'.zfill(10 ** 12) }}", "memory"},
      {"{{ [1]|batch(10 ** 12, 0)|list }}", ""},
      {"{% set ns = namespace(s='xxxxxxxxxxxxxxxx') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% "
       "endfor %}",
       "memory"},
      {"{% set ns = namespace(s='xxxx') %}{% for i in range(99) %}{% set ns.s = ns.s.replace('x', 'xx') %}{% "
       "endfor %}",
       "memory"},
      {"{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ "
       "ns.l }}",
       ""},
      {"{% set a = namespace(l=[1]) %}{% set b = namespace(l=[1]) %}{% for i in range(60) %}{% set a.l = "
       "[a.l, a.l] %}"
       "{% set b.l = [b.l, b.l] %}{% endfor %}{{ a.l == b.l }}",
       "steps"},
      {"{% set ns = namespace(t=(1,)) %}{% for i in range(60) %}{% set ns.t = (ns.t, ns.t) %}{% endfor %}{{ "
       "{ns.t: 1} }}",
       "key"},
      {"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "nest"},
      {"{% set l = [] %}{% set _ = l.append(l) %}{{ l }}", "nest"},
      {"{% set l = [] %}{% set _ = l.append(l) %}{{ l|tojson }}", "nest"},
      {"{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "nest"},
      {"{% set ns = namespace(l=[]) %}{% for i in range(100000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l "
       "== 1 }}",
       "rendered: False"},
      {"{% set ns = namespace(g=[1]) %}{% for i in range(10000) %}{% set ns.g = ns.g|map('abs') %}{% endfor "
       "%}{{ ns.g|list }}",
       "nest"},
      {"{% for i in range(10 ** 6) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}", "longer"},
  };
  for (const Case& one : cases)
    EXPECT_THAT(failure(one.text, {}, limits), testing::HasSubstr(one.expected)) << one.text;
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Limits, StopDeepSyntax) {
  const std::vector<std::string> texts = {
      "{{ " + repeated("(", 5000) + "1" + repeated(")", 5000) + " }}",
      "{{ " + repeated("[", 5000) + repeated("]", 5000) + " }}",
      "{{ " + repeated("not ", 5000) + "1 }}",
      "{{ " + repeated("-", 5000) + "1 }}",
      "{{ 1" + repeated(" + 1", 5000) + " }}",
      "{{ name" + repeated("|upper", 5000) + " }}",
      "{{ name" + repeated(".a", 5000) + " }}",
      "{{ 1" + repeated(" if 1 else 1", 5000) + " }}",
      repeated("{% if 1 %}", 5000) + repeated("{% endif %}", 5000),
      repeated("{% for a in [1] %}", 250) + repeated("{% endfor %}", 250) + "{{ nope }}",
  };
  for (const std::string& text : texts)
    EXPECT_THAT(failure(text), testing::Not(testing::StartsWith("rendered"))) << text.substr(0, 30);
}

TEST(Limits, AreTheCallers) {
  tmpl::Limits limits;
  limits.output_bytes = 3;
  EXPECT_EQ(rendered("abc", {}, limits), "abc");
  EXPECT_EQ(failure("abcd", {}, limits), "1:1 the text of the template is longer than 3 bytes");
  limits = {};
  limits.steps = 50;
  EXPECT_THAT(failure("{% for i in range(100) %}{% endfor %}", {}, limits),
              testing::HasSubstr("more than 50 steps"));
}

TEST(Template, CallsRegisteredFunctions) {
  const base::Source source{"t", "{{ double(4) }} {{ keys({'a': 1}) }}"};
  const tmpl::Environment functions = {
      {"double",
       [](const std::vector<doc::Value>& arguments) { return doc::Value(arguments.at(0).as_integer() * 2); }},
      {"keys",
       [](const std::vector<doc::Value>& arguments) {
         return doc::Value(arguments.at(0).as_map().keys().front());
       }},
  };
  EXPECT_EQ(tmpl::Template::parse(source).render(doc::Map(), {}, functions), "8 a");
}

TEST(Template, CallsRegisteredMethodsOfVariables) {
  const base::Source source{"t", "{{ spawner.port }}{% for k, v in spawner.env('A').items() %} {{ k }}={{ v }}{% endfor %}"};
  const tmpl::Environment functions = {{"spawner.env", [](const std::vector<doc::Value>& arguments) {
                                          return doc::make_map({{arguments.at(0).as_string(), 1}});
                                        }}};
  const doc::Value variables = doc::make_map({{"spawner", doc::make_map({{"port", 8888}})}});
  EXPECT_EQ(tmpl::Template::parse(source).render(variables.as_map(), {}, functions), "8888 A=1");
}

TEST(Template, WritesWideCharactersInJsonAsTheCallerSays) {
  Options options;
  EXPECT_EQ(rendered("{{ 'é😀'|tojson }}", options), R"("\u00e9\ud83d\ude00")");
  options.wide_characters = tmpl::WideCharacters::bare;
  EXPECT_EQ(rendered("{{ 'é😀'|tojson }}", options), R"("\u00e9😀")");
}

TEST(Template, RendersInSeveralThreads) {
  const base::Source source{
      "t", "{% macro m(x) %}{{ x }}{% endmacro %}{% for i in range(500) %}{{ m(i) }}{{ name }}{% endfor %}"};
  const tmpl::Template parsed = tmpl::Template::parse(source);
  const doc::Value all = variables();
  const std::string expected = parsed.render(all.as_map());
  std::vector<std::string> texts(4);
  std::vector<std::thread> threads;
  for (std::string& text : texts) threads.emplace_back([&] { text = parsed.render(all.as_map()); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(texts, testing::Each(expected));
}

}  // namespace
