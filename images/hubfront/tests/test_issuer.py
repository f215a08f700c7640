"""The issuer by itself: what it publishes, whom it refuses, how its keys change."""

import stat

import jwt
import pytest
import requests
from conftest import SITE
from hubfront.keys import KeyRing
from hubfront.people import parse_people
from hubfront.tokens import FLAWS, UnknownPerson, make

GOOD = {"response_type": "code", "client_id": "client", "scope": "openid", "code_challenge": "c", "code_challenge_method": "S256"}


def verify(running, token):
    """As a hub does it: with what is published now."""
    key_set = requests.get(running.issuer.metadata()["jwks_uri"], timeout=30).json()
    key = jwt.PyJWKSet.from_dict(key_set)[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key.key, algorithms=["RS256"], audience="hub-audience", issuer=running.site.issuer)


class TestPublished:
    def test_discovery_leads_to_keys_that_verify(self, running):
        metadata = requests.get(running.site.issuer + "/.well-known/openid-configuration", timeout=30).json()
        assert metadata["issuer"] == running.site.issuer
        assert verify(running, make(running.site, running.issuer.ring, "bob"))["short_name"] == "bob"

    def test_no_private_part(self, running):
        running.issuer.ring.rotate(60)
        for key in requests.get(running.site.issuer + "/jwks", timeout=30).json()["keys"]:
            assert set(key) == {"alg", "e", "key_ops", "kid", "kty", "n", "use"}

    def test_tokens_outlive_a_rotation(self, running):
        old = make(running.site, running.issuer.ring, "bob")
        KeyRing(running.issuer.ring._folder).rotate(overlap=3600)  # as another process does it
        new = make(running.site, running.issuer.ring, "bob")
        assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new)["kid"]
        assert verify(running, old) and verify(running, new)

    def test_keys_go_when_their_time_is_over(self, running):
        old = make(running.site, running.issuer.ring, "bob")
        running.issuer.ring.rotate(overlap=-1)
        with pytest.raises(KeyError):
            verify(running, old)


class TestPage:
    @pytest.mark.parametrize(
        "changes",
        [{"client_id": "other"}, {"response_type": "token"}, {"scope": "email"}, {"code_challenge_method": "plain"}, {"redirect_uri": "https://else.where/"}],
        ids=str,
    )
    def test_refuses_what_is_not_right(self, running, changes):
        query = {**GOOD, "redirect_uri": running.url + "/back", **changes}
        answer = requests.get(running.url + "/_issuer/authorize", params=query, allow_redirects=False, timeout=30)
        assert answer.status_code == 400

    def test_refuses_a_stranger(self, running):
        query = {**GOOD, "redirect_uri": running.url + "/back"}
        answer = requests.post(running.url + "/_issuer/authorize", params=query, data={"user": "mallory"}, allow_redirects=False, timeout=30)
        assert answer.status_code == 400


class TestCodes:
    def code(self, running):
        query = {**GOOD, "redirect_uri": running.url + "/back", "code_challenge": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}
        answer = requests.post(running.url + "/_issuer/authorize", params=query, data={"user": "bob"}, allow_redirects=False, timeout=30)
        return answer.headers["Location"].partition("code=")[2].partition("&")[0]

    def exchange(self, running, auth=("client", "secret"), **changes):
        body = {"grant_type": "authorization_code", "code": self.code(running), "redirect_uri": running.url + "/back", "code_verifier": "", **changes}
        return requests.post(running.site.issuer + "/token", data=body, auth=auth, timeout=30)

    def test_become_tokens(self, running):
        answer = self.exchange(running)
        assert verify(running, answer.json()["id_token"])["azp"] == "client"

    @pytest.mark.parametrize("changes", [{"code": "other"}, {"code_verifier": "other"}, {"redirect_uri": "other"}, {"grant_type": "password"}], ids=str)
    def test_are_refused(self, running, changes):
        assert self.exchange(running, **changes).status_code == 400

    @pytest.mark.parametrize("auth", [("client", "other"), ("other", "secret"), None], ids=str)
    def test_are_for_their_client(self, running, auth):
        assert self.exchange(running, auth).status_code == 401


class TestTokens:
    def test_for_one_project(self, tmp_path):
        claims = jwt.decode(make(SITE, KeyRing(tmp_path), "alice", "two"), options={"verify_signature": False})
        assert list(claims["projects"]) == ["two.brics"]

    @pytest.mark.parametrize("user, project", [("mallory", None), ("bob", "two")])
    def test_only_for_people_who_are_there(self, tmp_path, user, project):
        with pytest.raises(UnknownPerson):
            make(SITE, KeyRing(tmp_path), user, project)

    @pytest.mark.parametrize("flaw", FLAWS)
    def test_a_flaw_is_seen(self, running, flaw):
        token = make(running.site, running.issuer.ring, "bob", flaw=flaw)
        try:
            claims = verify(running, token)
        except (jwt.PyJWTError, KeyError):
            return
        assert "short_name" not in claims or not claims["projects"]


def test_people_are_words_of_two_parts():
    assert parse_people("a.p  b.p\na.q a.p x a.b.c *.p -x.p") == {"a": ("p", "q"), "b": ("p",)}


def test_keys_are_for_their_owner_alone(tmp_path):
    KeyRing(tmp_path / "keys").signer()
    assert stat.S_IMODE((tmp_path / "keys" / "keys.json").stat().st_mode) == 0o600
