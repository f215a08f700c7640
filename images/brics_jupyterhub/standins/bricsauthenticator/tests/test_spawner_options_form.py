from html.parser import HTMLParser

import pytest
from bricsauthenticator.spawner_options_form import InvalidOptions, interpret_form_data, make_options_form

PROJECTS = {
    "project1.brics": {"name": "First", "username": "alice.project1"},
    "project2.brics": {"name": "Second", "username": "alice.project2"},
}
FORM = {"brics_project": ["project1.brics"], "runtime": ["01:00:00"], "ngpus": ["1"], "partition": [""], "reservation": [""]}
PLAIN = {key: value[0] for key, value in FORM.items()}
PREFIX = "Invalid spawner options input: "


class Elements(HTMLParser):
    """Flat list of (tag, attributes, text that follows); also checks that tags are closed in order."""

    VOID = {"input"}

    def __init__(self, html):
        super().__init__()
        self.found, self.open = [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append([tag, dict(attrs), ""])
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.found:
            self.found[-1][2] += data

    def of(self, tag):
        return [(attrs, text.strip()) for name, attrs, text in self.found if name == tag]

    def options_of(self, select_id):
        start = next(i for i, (_, attrs, _) in enumerate(self.found) if attrs.get("id") == select_id)
        result = []
        for tag, attrs, text in self.found[start + 1 :]:
            if tag != "option":
                break
            result.append((attrs["value"], text.strip(), "selected" in attrs))
        return result


class TestInterpretFormData:
    def test_form(self):
        assert interpret_form_data(FORM, PROJECTS) == {"brics_project": "project1.brics", "runtime": "01:00:00", "ngpus": "1"}

    def test_plain_strings_mean_the_same(self):
        assert interpret_form_data(PLAIN, PROJECTS) == interpret_form_data(FORM, PROJECTS)

    def test_its_result_is_valid_input(self):
        once = interpret_form_data({**FORM, "partition": ["gpu"]}, PROJECTS)
        assert interpret_form_data(once, PROJECTS) == once

    @pytest.mark.parametrize("key", ["partition", "reservation"])
    @pytest.mark.parametrize("value", [None, "", [], [""]], ids=repr)
    def test_empty_means_left_out(self, key, value):
        assert key not in interpret_form_data({**FORM, key: value}, PROJECTS)

    @pytest.mark.parametrize("key", ["partition", "reservation"])
    @pytest.mark.parametrize("value", ["gpu", "a-b_C9", "0", "x" * 64])
    def test_names(self, key, value):
        assert interpret_form_data({**FORM, key: [value]}, PROJECTS)[key] == value

    @pytest.mark.parametrize("value", ["01:00:00", "02:00:00", "04:00:00", "08:00:00", "00:00:01", "00:10:00", "23:59:59"])
    def test_runtimes(self, value):
        assert interpret_form_data({**FORM, "runtime": [value]}, PROJECTS)["runtime"] == value

    @pytest.mark.parametrize(
        "value",
        [
            "", "1:2:3", "24:00:00", "00:60:00", "00:00:60", "00:00:00", "01:00", "1", "1-00:00:00", "01:00:00 ", " 01:00:00", "01:00:00\n", "UNLIMITED",
            "1\n#SBATCH --mail-type=ALL", "01:00:00\n#SBATCH --x", "٠١:٠٠:٠٠", "-1:00:00", "01:00:00;id", "01:00:00\x00", 3600, 1.5, True, {"a": 1}, [[]],
        ],
        ids=repr,
    )  # fmt: skip
    def test_refused_runtimes(self, value):
        self.refused({**FORM, "runtime": value}, "runtime not valid")

    @pytest.mark.parametrize("value", ["1", "2", "3", "4"])
    def test_ngpus(self, value):
        assert interpret_form_data({**FORM, "ngpus": [value]}, PROJECTS)["ngpus"] == value

    @pytest.mark.parametrize("value", ["", "0", "5", "9", "10", "-1", "+1", "1.0", "1 ", "1\n", "٣", "１", "²", "one", "$(id)", 1, True, {}], ids=repr)
    def test_refused_ngpus(self, value):
        self.refused({**FORM, "ngpus": value}, "ngpus not valid")

    @pytest.mark.parametrize("key", ["partition", "reservation"])
    @pytest.mark.parametrize(
        "value",
        [" ", "a b", "a,b", "a\n", "a\n#SBATCH --x", "a;id", "$(id)", "`id`", "a'b", 'a"b', "a=b", "../x", "é", "x" * 65, "{{cmd}}", 1, False, {}],
        ids=repr,
    )
    def test_refused_names(self, key, value):
        self.refused({**FORM, key: [value]}, f"{key} not valid")

    @pytest.mark.parametrize("value", ["", "project1", "Project1.brics", "project1.brics\n", "a.b.c", "x; touch F #", 1, True, {}, [["project1.brics"]]], ids=repr)
    def test_malformed_projects(self, value):
        self.refused({**FORM, "brics_project": value}, "brics_project not valid")

    def test_project_of_somebody_else(self):
        self.refused({**FORM, "brics_project": ["project3.brics"]}, "unknown brics_project")
        with pytest.raises(InvalidOptions, match="unknown brics_project"):
            interpret_form_data(FORM, frozenset())

    @pytest.mark.parametrize("key", ["homedir", "options", "srun", "cmd", "username", "req_options", "", "Runtime", "brics_project_select", 7])
    def test_unknown_keys(self, key):
        self.refused({**FORM, key: ["x"]}, "unknown form data keys")

    @pytest.mark.parametrize("key", ["brics_project", "runtime", "ngpus"])
    @pytest.mark.parametrize("value", ["absent", [], None], ids=repr)
    def test_missing(self, key, value):
        form = {**FORM, key: value}
        if value == "absent":
            del form[key]
        self.refused(form, f"{key} is missing")

    @pytest.mark.parametrize("key", list(FORM))
    def test_given_twice(self, key):
        self.refused({**FORM, key: FORM[key] * 2}, f"{key} given more than once")

    @pytest.mark.parametrize("form_data", [None, [], "x", 7, True, [FORM]], ids=lambda value: repr(value)[:20])
    def test_not_options_at_all(self, form_data):
        self.refused(form_data, "expected a set of named options")

    @staticmethod
    def refused(form_data, problem):
        with pytest.raises(InvalidOptions) as refusal:
            interpret_form_data(form_data, PROJECTS)
        assert str(refusal.value) == PREFIX + problem


class TestMakeOptionsForm:
    def test_controls(self):
        elements = Elements(make_options_form(PROJECTS))
        controls = [(attrs["id"], attrs["name"]) for tag in ("select", "input") for attrs, _ in elements.of(tag)]
        assert controls == [
            ("brics_project_select", "brics_project"),
            ("runtime_select", "runtime"),
            ("ngpus_select", "ngpus"),
            ("partition_input", "partition"),
            ("reservation_input", "reservation"),
        ]

    def test_choices_and_what_is_selected_at_first(self):
        elements = Elements(make_options_form(PROJECTS))
        assert elements.options_of("brics_project_select") == [
            ("project1.brics", "project1.brics: First", True),
            ("project2.brics", "project2.brics: Second", False),
        ]
        assert elements.options_of("runtime_select") == [
            ("01:00:00", "1 hour", True),
            ("02:00:00", "2 hours", False),
            ("04:00:00", "4 hours", False),
            ("08:00:00", "8 hours", False),
        ]
        assert elements.options_of("ngpus_select") == [(n, n, n == "1") for n in "1234"]

    def test_each_control_has_a_label_and_each_description_exists(self):
        elements = Elements(make_options_form(PROJECTS))
        ids = [attrs["id"] for _, attrs, _ in elements.found if "id" in attrs]
        assert len(ids) == len(set(ids))
        labels = {attrs["for"]: text for attrs, text in elements.of("label")}
        assert set(labels) == {attrs["id"] for tag in ("select", "input") for attrs, _ in elements.of(tag)}
        assert labels["ngpus_select"] == "Select number of GH200s:"
        described = [attrs["aria-describedby"] for _, attrs, _ in elements.found if "aria-describedby" in attrs]
        assert described and set(described) <= set(ids)

    def test_no_projects(self):
        elements = Elements(make_options_form({}))
        ((attrs, text), *_) = elements.of("option")
        assert (text, "disabled" in attrs, attrs["value"]) == ("No projects available", True, "")

    @pytest.mark.parametrize("name", ["<script>alert(1)</script>", "Project <1>", '"><img src=x onerror=y>', "a&b", "'", "{{ 7*7 }}"])
    def test_names_are_text(self, name):
        html = make_options_form({"p.brics": {"name": name, "username": "alice.p"}})
        elements = Elements(html)
        assert elements.options_of("brics_project_select") == [("p.brics", f"p.brics: {name}", True)]
        assert {tag for tag, _, _ in elements.found} == {"div", "label", "select", "option", "input"}

    def test_the_last_choice_is_offered_again(self):
        chosen = {"brics_project": "project2.brics", "runtime": "04:00:00", "ngpus": "3", "partition": "gpu", "reservation": "r1"}
        elements = Elements(make_options_form(PROJECTS, chosen))
        selected = [value for tag in ("brics_project", "runtime", "ngpus") for value, _, on in elements.options_of(f"{tag}_select") if on]
        assert selected + [attrs["value"] for attrs, _ in elements.of("input")] == ["project2.brics", "04:00:00", "3", "gpu", "r1"]

    @pytest.mark.parametrize("chosen", [None, [], "x", 7, {"runtime": "9", "ngpus": 1, "brics_project": ["x"], "partition": '"><b>', "reservation": {}}], ids=repr)
    def test_a_choice_that_cannot_be_offered_is_passed_over(self, chosen):
        assert make_options_form(PROJECTS, chosen) == make_options_form(PROJECTS)
