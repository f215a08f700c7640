import asyncio
import base64
import copy
import json
import time

import jwt
import pytest
from bricsauthenticator import oidc
from bricsauthenticator.oidc import DISCOVERY_SECONDS, KEYS_SECONDS, REFETCH_SECONDS, REFETCHES, RETRY_SECONDS, Expected, InvalidToken, Issuer, IssuerError, verify
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ISSUER = "https://issuer.example/realms/r"
EXPECTED = Expected(ISSUER, "hub", 5.0)
RSA_KEY = rsa.generate_private_key(65537, 2048)
OTHER_RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def published(key, kid, algorithm, **more):
    return {**json.loads(jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key())), "kid": kid, "use": "sig", **more}


def claims(**changes):
    now = int(time.time())
    all_claims = {"iss": ISSUER, "aud": "hub", "iat": now, "exp": now + 3600, "short_name": "alice", "projects": {}, **changes}
    return {name: value for name, value in all_claims.items() if value is not None}


def token(key=RSA_KEY, algorithm="RS256", kid="rsa", **changes):
    return jwt.encode(claims(**changes), key, algorithm, headers={"kid": kid} if kid is not None else None)


class Site:
    """What the issuer publishes, how often it was asked, and the time."""

    def __init__(self):
        self.metadata = {
            "issuer": ISSUER,
            "jwks_uri": f"{ISSUER}/certs",
            "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "HS256", "none"],
        }
        self.keys = [
            published(RSA_KEY, "rsa", "RS256"),
            published(EC_KEY, "ec", "ES256"),
            published(ED_KEY, "ed", "EdDSA"),
            published(OTHER_RSA_KEY, "enc", "RS256", use="enc"),
            {"kty": "oct", "kid": "hmac", "k": "c2VjcmV0"},
            {"kty": "RSA", "kid": "broken", "n": "!", "e": 7},
            "not a key",
        ]
        self.asked = []
        self.now = 1000.0
        self.down = False
        self.issuer = Issuer(ISSUER, self.fetch, lambda: self.now)

    async def fetch(self, url):
        self.asked.append(url.removeprefix(ISSUER))
        await asyncio.sleep(0)
        if self.down:
            raise IssuerError("down")
        return self.metadata if url.endswith("/.well-known/openid-configuration") else {"keys": copy.copy(self.keys)}

    def verify(self, text, expected=EXPECTED):
        return asyncio.run(verify(text, self.issuer, expected))


@pytest.fixture
def site():
    return Site()


DISCOVERY, CERTS = "/.well-known/openid-configuration", "/certs"


@pytest.mark.parametrize("key, algorithm, kid", [(RSA_KEY, "RS256", "rsa"), (RSA_KEY, "PS256", "rsa"), (EC_KEY, "ES256", "ec"), (ED_KEY, "EdDSA", "ed")])
def test_good_signatures(site, key, algorithm, kid):
    if algorithm == "PS256":
        site.keys[0].pop("alg", None)
    assert site.verify(token(key, algorithm, kid))["short_name"] == "alice"


def test_the_only_fitting_key_needs_no_name(site):
    assert site.verify(token(kid=None))["short_name"] == "alice"


@pytest.mark.parametrize(
    "text, reason",
    [
        (token(aud="other"), "Audience doesn't match"),
        (token(aud=None), 'Token is missing the "aud" claim'),
        (token(iss="https://other"), "Invalid issuer"),
        (token(iss=None), 'Token is missing the "iss" claim'),
        (token(exp=1), "Signature has expired"),
        (token(exp=None), 'Token is missing the "exp" claim'),
        (token(iat=None), 'Token is missing the "iat" claim'),
        (token(iat=2**40), "The token is not yet valid (iat)"),
        (token(short_name=None), 'Token is missing the "short_name" claim'),
        (token(projects=None), 'Token is missing the "projects" claim'),
        (token(key=OTHER_RSA_KEY), "Signature verification failed"),
        (token(key=OTHER_RSA_KEY, kid="enc"), "signed with a key that the issuer does not publish"),
        (token(kid="unknown"), "signed with a key that the issuer does not publish"),
        (token(kid="broken"), "signed with a key that the issuer does not publish"),
        (token(kid="ec"), "signed with a key that the issuer does not publish"),
        (token(key="s" * 32, algorithm="HS256", kid="hmac"), "its signature algorithm is not accepted"),
        (token(key=None, algorithm="none"), "its signature algorithm is not accepted"),
        (token(key=RSA_KEY, algorithm="RS512"), "the issuer does not sign with RS512"),
    ],
)
def test_refused_tokens(site, text, reason):
    with pytest.raises(InvalidToken) as refusal:
        site.verify(text)
    assert str(refusal.value).startswith(reason)


def header_only(header):
    encoded = base64.urlsafe_b64encode(header if isinstance(header, bytes) else json.dumps(header).encode()).decode().rstrip("=")
    return f"{encoded}.e30.c2ln"


@pytest.mark.parametrize(
    "text",
    [
        "x", "..", "a.b.c", "Bearer x", "é.é.é", "e30.e30.e30", "\x00", "a" * 60_000, header_only(b"["), header_only(b"\xff\xfe"), header_only(b"[" * 40_000),
        header_only(b'{"alg":' * 6_000), header_only({"alg": 7}), header_only({"alg": ["RS256"]}), header_only({"alg": {"RS256": 1}}), header_only({"alg": None}),
        header_only({"alg": "RS256", "kid": 7}), header_only({"alg": "RS256", "kid": ["rsa"]}), header_only({"alg": "RS256", "crit": ["x"]}), header_only([]),
        header_only({"alg": "HS256", "kid": "rsa"}), header_only({"alg": "none"}),
    ],
    ids=lambda text: ascii(text)[:40],
)  # fmt: skip
def test_garbage_is_refused_and_nobody_is_asked(site, text):
    with pytest.raises(InvalidToken):
        site.verify(text)
    assert site.asked == []


def test_a_reason_is_one_short_line_of_ascii():
    assert oidc._reason(jwt.DecodeError("a\nERROR forged é " + "x" * 1000)) == "a\\nERROR forged \\xe9 " + "x" * 179
    assert oidc._reason(ValueError("content")) == "malformed"


def test_a_reason_holds_nothing_of_the_token(site):
    text = token(key=OTHER_RSA_KEY)
    with pytest.raises(InvalidToken) as refusal:
        site.verify(text)
    assert not any(part in str(refusal.value) for part in text.split("."))


def test_clocks_may_differ_by_the_leeway(site):
    late = token(exp=int(time.time()) - 3)
    assert site.verify(late)
    with pytest.raises(InvalidToken, match="expired"):
        site.verify(late, Expected(ISSUER, "hub", 0.0))


class TestWhatIsFetched:
    def test_once_for_many(self, site):
        async def many():
            await asyncio.gather(*(verify(token(), site.issuer, EXPECTED) for _ in range(20)))

        asyncio.run(many())
        assert site.asked == [DISCOVERY, CERTS]

    def test_again_when_too_old(self, site):
        site.verify(token())
        site.now += KEYS_SECONDS
        site.verify(token())
        assert site.asked == [DISCOVERY, CERTS, CERTS]
        site.now += DISCOVERY_SECONDS
        site.verify(token())
        assert site.asked == [DISCOVERY, CERTS, CERTS, DISCOVERY, CERTS]

    def test_a_new_key_is_found(self, site):
        site.verify(token())
        site.keys.append(published(OTHER_RSA_KEY, "new", "RS256"))
        assert site.verify(token(OTHER_RSA_KEY, kid="new"))
        assert site.asked == [DISCOVERY, CERTS, CERTS]

    def test_a_new_key_is_fetched_once_for_many(self, site):
        site.verify(token())
        site.keys.append(published(OTHER_RSA_KEY, "new", "RS256"))

        async def many():
            await asyncio.gather(*(verify(token(OTHER_RSA_KEY, kid="new"), site.issuer, EXPECTED) for _ in range(20)))

        asyncio.run(many())
        assert site.asked == [DISCOVERY, CERTS, CERTS]

    def test_unknown_keys_do_not_make_a_flood(self, site):
        for _ in range(50):
            with pytest.raises(InvalidToken):
                site.verify(token(kid="unknown"))
        assert site.asked == [DISCOVERY, CERTS] + [CERTS] * REFETCHES

    def test_new_keys_are_found_again_after_a_flood(self, site):
        self.test_unknown_keys_do_not_make_a_flood(site)
        site.keys.append(published(OTHER_RSA_KEY, "new", "RS256"))
        with pytest.raises(InvalidToken):
            site.verify(token(OTHER_RSA_KEY, kid="new"))
        site.now += REFETCH_SECONDS
        assert site.verify(token(OTHER_RSA_KEY, kid="new"))

    def test_asking_an_issuer_that_is_down_does_not_count(self, site):
        site.verify(token())
        site.down = True
        for _ in range(REFETCHES + 1):
            with pytest.raises(IssuerError):
                site.verify(token(OTHER_RSA_KEY, kid="new"))
        site.down = False
        site.keys.append(published(OTHER_RSA_KEY, "new", "RS256"))
        site.now += RETRY_SECONDS
        assert site.verify(token(OTHER_RSA_KEY, kid="new"))

    def test_a_withdrawn_key_is_refused_once_the_keys_are_old(self, site):
        site.verify(token())
        del site.keys[0]
        site.now += KEYS_SECONDS
        with pytest.raises(InvalidToken):
            site.verify(token())

    def test_an_issuer_that_is_down_is_left_alone_for_a_moment(self, site):
        site.down = True
        for _ in range(5):
            with pytest.raises(IssuerError):
                site.verify(token())
        assert site.asked == [DISCOVERY]
        site.down = False
        site.now += RETRY_SECONDS
        assert site.verify(token())

    def test_known_keys_work_while_the_issuer_is_down(self, site):
        site.verify(token())
        site.down = True
        site.now += KEYS_SECONDS - 1
        assert site.verify(token())


@pytest.mark.parametrize(
    "metadata",
    [
        None, [], "x", {}, {"issuer": "https://other"}, {"issuer": ISSUER}, {"issuer": ISSUER, "jwks_uri": 7}, {"issuer": ISSUER, "jwks_uri": "/certs"},
        {"issuer": ISSUER, "jwks_uri": "http://issuer.example/certs"}, {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"},
        {"issuer": ISSUER, "jwks_uri": "https://[x"},
    ],
    ids=repr,
)  # fmt: skip
def test_unusable_metadata(site, metadata):
    site.metadata = metadata
    with pytest.raises(IssuerError):
        site.verify(token())


def test_metadata_without_algorithms_means_rs256(site):
    del site.metadata["id_token_signing_alg_values_supported"]
    assert site.verify(token())
    with pytest.raises(InvalidToken):
        site.verify(token(EC_KEY, "ES256", "ec"))


@pytest.mark.parametrize("keys", [None, {}, "x"], ids=repr)
def test_unusable_key_set(site, keys):
    site.keys = keys
    with pytest.raises(IssuerError):
        site.verify(token())
