"""The page of all methods: every member has a formula, a source and a test, and the page is what the registries say."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

BUILDER = Path(__file__).parent.parent / "docs" / "build_catalogue.py"


@pytest.fixture(scope="module")
def builder():
    return runpy.run_path(str(BUILDER))


def test_no_member_lacks_a_formula_a_source_or_a_test(builder):
    assert list(builder["lacking"]()) == []


def test_the_page_is_not_stale(builder):
    written = builder["PAGE"].read_text(encoding="utf-8")
    assert written == builder["page"](), "run: python docs/build_catalogue.py"


def test_a_member_that_lacks_something_would_be_found(builder):
    family = builder["FAMILIES"][0]
    nobody = type("Entry", (), {"name": "nobody_names_me", "member": object()})()
    assert builder["test_of"](nobody, family) == ""
    assert builder["test_of"](family.members.entry("softplus"), family) == "tests/functions/test_activations.py"


def test_every_family_of_methods_is_on_the_page(builder):
    shown = {id(family.members) for family in builder["FAMILIES"]}
    assert len(shown) == len(builder["FAMILIES"]) == 15
