from types import SimpleNamespace

import pytest
from bricsauthenticator.auth import TOKEN_HEADER, BricsAuthenticator, BricsLoginHandler, BricsLogoutHandler, VerifiedIdentity, identity_in
from bricsauthenticator.oidc import InvalidToken
from tornado.httputil import HTTPHeaders

DEFAULTS = {
    "oidc_server": "https://keycloak.isambard.ac.uk/realms/isambard",
    "platform": "brics.aip1.notebooks.shared",
    "jwt_audience": "zenith-jupyter",
    "jwt_leeway": 5.0,
}


def test_one_handler_by_default():
    assert BricsAuthenticator().get_handlers(None) == [("/login", BricsLoginHandler, DEFAULTS)]


def test_settings_reach_the_handler():
    made = BricsAuthenticator(oidc_server="https://o", brics_platform="p", jwt_audience="a", jwt_leeway=1.5)
    ((_, _, settings),) = made.get_handlers(None)
    assert settings == {"oidc_server": "https://o", "platform": "p", "jwt_audience": "a", "jwt_leeway": 1.5}


def test_a_sign_out_handler_if_there_is_somewhere_to_go():
    handlers = BricsAuthenticator(logout_redirect_url="/out").get_handlers(None)
    assert handlers[1] == ("/logout", BricsLogoutHandler)


@pytest.mark.parametrize("data", [None, {}, {"username": "alice", "auth_state": {}}, "alice"], ids=repr)
def test_only_a_verified_identity_signs_in(run, data):
    with pytest.raises(NotImplementedError):
        run(BricsAuthenticator().authenticate(None, data))


def test_a_verified_identity(run):
    identity = VerifiedIdentity(username="alice", auth_state={"p.brics": {}})
    assert run(BricsAuthenticator().authenticate(None, identity)) == {"name": "alice", "auth_state": {"p.brics": {}}}


@pytest.mark.parametrize(
    "settings, name, allowed",
    [({}, "alice", True), ({"allowed_users": {"bob"}}, "alice", False), ({"allowed_users": {"bob"}}, "bob", True), ({"blocked_users": {"alice"}}, "alice", False)],
)
def test_the_hubs_own_rules(run, settings, name, allowed):
    identity = VerifiedIdentity(username=name, auth_state={})
    user = run(BricsAuthenticator(**settings).get_authenticated_user(None, identity))
    assert (user is not None) == allowed


@pytest.mark.parametrize("name", ["alice", "Alice", "a-b_c9"])
def test_names(name):
    assert identity_in({"short_name": name, "projects": {}}, "here") == {"username": name, "auth_state": {}}


@pytest.mark.parametrize("name", [None, "", " ", "alice ", "alice\n", "Alice/../X", "..", "a.b", "9a", "-a", "a" * 65, "é", "a;b", 7, True, ["alice"]], ids=repr)
def test_refused_names(name):
    with pytest.raises(InvalidToken):
        identity_in({"short_name": name, "projects": {}}, "here")


def test_the_request_log_never_sees_a_token():
    seen = []
    app = SimpleNamespace(tornado_settings={"log_function": lambda handler: seen.append(dict(handler.request.headers))})
    BricsAuthenticator().get_handlers(app)
    headers = HTTPHeaders({TOKEN_HEADER.lower(): "eyJ", "Accept": "x"})
    app.tornado_settings["log_function"](SimpleNamespace(request=SimpleNamespace(headers=headers)))
    assert seen == [{"Accept": "x"}]


def test_an_issuer_is_made_once():
    made = BricsAuthenticator()
    assert made.issuer("https://a") is made.issuer("https://a")
    assert made.issuer("https://a") is not made.issuer("https://b")
