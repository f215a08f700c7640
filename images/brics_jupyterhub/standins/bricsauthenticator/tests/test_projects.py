import json

import pytest
from bricsauthenticator.projects import account_of, is_account_name, is_project_id, projects_on_platform, usable_projects

HOSTILE = [
    "", "x", ".", "a.", ".b", "a.b.c", "A.b", "a.B", "1a.b", "a b.c", "a.b ", " a.b", "a.b\n", "\na.b", "a\n.b", "a.b;id", "a.$(id)", "-a.b", "a/../b.c",
    "à.b", "a.b\x00", "a٣.b", "a.b'", 'a.b"', "a" * 65 + ".b", "a.*", None, 1, True, ["a.b"], {"a": "b"}, b"a.b",
]


@pytest.mark.parametrize("text", ["project1.brics", "a.b", "a-b_c1.brics-2"])
def test_project_ids(text):
    assert is_project_id(text)


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_not_project_ids(text):
    assert not is_project_id(text)


@pytest.mark.parametrize("text", ["alice", "alice.project1", "a_b-c.d"])
def test_account_names(text):
    assert is_account_name(text)


@pytest.mark.parametrize(
    "text", [value for value in HOSTILE if value != "x"] + ["x; touch F #", "root\n", "alice.project1 id", "-u", "#0", "alice.p=1"], ids=repr
)
def test_not_account_names(text):
    assert not is_account_name(text)


def test_home_is_below_the_part_of_the_project_before_the_dot():
    account = account_of(usable_projects({"project1.brics": {"name": "P", "username": "alice.project1"}}), "project1.brics")
    assert (account.username, account.homedir) == ("alice.project1", "/home/project1/alice.project1")


def test_only_well_formed_entries_are_usable():
    candidates = {
        "good.brics": {"name": "Good", "username": "alice.good", "more": 1},
        "nameless.brics": {"username": "alice.nameless"},
        "odd-name.brics": {"name": 7, "username": "alice.odd"},
        "Bad.brics": {"name": "Bad", "username": "alice.bad"},
        "shell.brics": {"name": "Bad", "username": "x; touch F #"},
        "userless.brics": {"name": "Bad"},
        "text.brics": "alice.text",
        7: {"name": "Bad", "username": "alice.seven"},
    }
    assert usable_projects(candidates) == {
        "good.brics": {"name": "Good", "username": "alice.good"},
        "nameless.brics": {"name": "nameless.brics", "username": "alice.nameless"},
        "odd-name.brics": {"name": "odd-name.brics", "username": "alice.odd"},
    }


@pytest.mark.parametrize("candidates", [None, [], "x", 7, True], ids=repr)
def test_nothing_usable(candidates):
    assert usable_projects(candidates) == {}


HERE = {"name": "here", "username": "alice.p1"}
CLAIM = {"p1.brics": {"name": "One", "resources": [{"name": "elsewhere", "username": "al"}, HERE]}}
WANTED = {"p1.brics": {"name": "One", "username": "alice.p1"}}


@pytest.mark.parametrize("claim", [CLAIM, json.dumps(CLAIM)], ids=["object", "text"])
def test_projects_on_platform(claim):
    assert projects_on_platform(claim, "here") == WANTED
    assert projects_on_platform(claim, "nowhere") == {}


@pytest.mark.parametrize(
    "claim",
    [
        None, 7, True, [], ["p1.brics"], "", "p1.brics", "[]", "null", "{", "[" * 100_000, {},
        {"p1.brics": None}, {"p1.brics": []}, {"p1.brics": {}}, {"p1.brics": {"name": "One"}},
        {"p1.brics": {"resources": None}}, {"p1.brics": {"resources": "here"}}, {"p1.brics": {"resources": {"name": "here"}}},
        {"p1.brics": {"resources": [None, "here", ["here"], {}]}}, {"p1.brics": {"resources": [{"name": "here"}]}},
        {"p1.brics": {"resources": [{"name": "here", "username": ["alice"]}]}},
        {"p1.brics": {"resources": [{"name": "here", "username": "x; touch F #"}]}},
        {"../etc.brics": {"resources": [HERE]}},
    ],
    ids=lambda claim: repr(claim)[:60],
)
def test_claims_without_usable_projects(claim):
    assert projects_on_platform(claim, "here") == {}


def test_a_bad_project_does_not_hide_a_good_one():
    assert projects_on_platform({**CLAIM, "p2.brics": {"name": "Two"}}, "here") == WANTED
