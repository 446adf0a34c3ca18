"""The headers of every response."""

import pytest

from pages.server import headers
from tests.pages.server.asking import answer
from tests.pages.server.test_gate import started


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with started(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/", "localhost", 200),
        ("/_stcore/health", "localhost", 200),
        ("/media/none", "localhost", 404),
        ("/", "x.example", 403),
    ],
)
def test_every_response_has_them(address, path, host, status):
    found = answer(address, path, Host=host)
    assert found.status == status
    policy = dict(part.split(" ", 1) for part in found.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'self'"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "http:"} & set(policy["script-src"].split())
    assert found.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert found.headers["Referrer-Policy"] == "same-origin"
    assert "camera=(self)" in found.headers["Permissions-Policy"]


def test_streamlits_own_script_is_named_by_its_content():
    index = headers.INDEX.read_text(encoding="utf-8")
    (source,) = headers.inline_scripts(index)
    assert source.startswith("'sha256-")
    assert headers.inline_scripts(index.replace("prerenderReady", "other")) != [source]
