"""The page of licences names what is locked."""

import re

from tests.facts import mentions
from tests.test_locks import lock
from tools import licences

PAGE = licences.TARGET.read_text(encoding="utf-8")


def test_every_package_that_is_installed_has_its_licence():
    stated = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", PAGE, re.MULTILINE))
    here = set(licences.locked("requirements.lock"))
    assert {name: licences.licence(name) for name in here} == {name: stated.get(name) for name in here}, "make licences"
    assert stated.keys() <= lock("requirements.txt").keys()


def test_what_is_not_permissive_is_explained():
    remarks = PAGE.partition("## What serves")[0]
    assert mentions(remarks, "av", "GPL", "certifi", "MPL-2.0", "tqdm")
    assert not licences.is_permissive("GPL-3.0-or-later")
    assert not licences.is_permissive("LGPL-2.1")
