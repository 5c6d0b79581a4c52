"""What the page may run: exactly its own scripts, and data that no browser takes for markup or for a script."""

import base64
import hashlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.common.errors import StudyError
from wordspaces.report.page import SCRIPTS, own_script
from wordspaces.report.policy import content_policy, data_block, script_block, vega_bundle


def digest(text):
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_policy_allows_the_given_scripts_by_their_digest_and_nothing_else():
    policy = dict(part.strip().split(" ", 1) for part in content_policy(["a()", "b()"]).split(";"))
    assert policy["script-src"] == f"'sha256-{digest('a()')}' 'sha256-{digest('b()')}'"
    assert policy["default-src"] == "'none'"
    assert policy["base-uri"] == policy["form-action"] == "'none'"


def test_a_script_stands_in_its_element_unchanged():
    text = "if (1 < 2 && 'x') run();"
    block = str(script_block(text))
    assert re.fullmatch(r"<script>(.*)</script>", block, flags=re.DOTALL)[1] == text


@pytest.mark.parametrize("text", ["x('</script>')", "x('</SCRIPT >')", "// <!-- "])
def test_a_script_that_would_end_its_element_is_refused(text):
    with pytest.raises(StudyError, match="script of the page"):
        script_block(text)


@given(st.text())
def test_data_come_back_as_they_were_and_hold_no_markup(word):
    block = str(data_block("words", json.dumps({"word": word})))
    inside = re.fullmatch(r'<script type="application/json" id="data-words">(.*)</script>', block, flags=re.DOTALL)[1]
    assert "<" not in inside
    assert json.loads(inside) == {"word": word}


def test_the_bundle_is_the_same_twice_and_ends_no_element():
    bundle = vega_bundle()
    assert bundle == vega_bundle()
    assert "</script" not in bundle.lower()
    assert "window.vegaEmbed" in bundle


def test_own_scripts_are_closed_off_and_strict():
    text = own_script({name: f"const {name} = 1;" for name in SCRIPTS})
    assert text.startswith('"use strict";\n(() => {')
    places = [text.index(f"const {name} ") for name in SCRIPTS]
    assert places == sorted(places)
