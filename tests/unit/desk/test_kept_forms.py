"""What is kept of a form whose session has ended, and how it stands in its page again."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from services.desk.policy import kept

PAGE = """<!doctype html><html><body>
<form method="get" action="/tasks/1/done"><input name="note" value="look"></form>
<form method="post" action="/tasks/1/claim"><input type="hidden" name="once" value="c"></form>
<form method="post" action="/tasks/1/done">
<input type="hidden" name="once" value="new"><input type="hidden" name="version" value="5">
<input type="hidden" name="back" value="whose=mine">
<input name="words"><input name="words">
<input type="password" name="secret_word">
<input type="radio" name="answer" value="yes" checked><input type="radio" name="answer" value="no">
<input type="checkbox" name="chosen" value="a" checked><input type="checkbox" name="chosen" value="b">
<select name="to"><option value="">Choose</option><option value="k">Kay</option></select>
<details><summary>More</summary><textarea name="note"></textarea></details>
<details><summary>Other</summary><textarea name="reason"></textarea></details>
<button formaction="/tasks/1/elsewhere">Else</button>
</form></body></html>"""

TYPED = {
    "once": ["old"],
    "version": ["2"],
    "back": ["whose=team"],
    "words": ["First.", "Second."],
    "answer": ["no"],
    "chosen": ["b"],
    "to": ["k"],
    "note": ['\nShe said: <b>"no"</b> & went.'],
    "gone": ["A field that is no more."],
}


@pytest.mark.parametrize("path", ["/tasks/1/done", "/tasks/1/elsewhere"])
def test_everything_stands_where_it_was_typed_and_the_version_is_the_one_that_was_seen(path: str) -> None:
    found = kept.filled(PAGE, path, TYPED)
    soup = BeautifulSoup(found.html, "html.parser")
    search, claim, form = soup.find_all("form")
    assert 'value="look"' in str(search)
    assert 'value="c"' in str(claim)
    values = {str(one["name"]): str(one["value"]) for one in form.find_all("input", type="hidden")}
    assert values == {"once": "old", "version": "2", "back": "whose=mine"}
    assert [one.get("value") for one in form.find_all("input", attrs={"name": "words"})] == [
        "First.",
        "Second.",
    ]
    assert [str(one["value"]) for one in form.find_all("input", checked=True)] == ["no", "b"]
    assert [str(one["value"]) for one in form.find_all("option", selected=True)] == ["k"]
    note, reason = form.find_all("textarea")
    # A browser leaves out the first line break after the tag.
    assert note.get_text() == "\n" + TYPED["note"][0]
    assert [one.has_attr("open") for one in form.find_all("details")] == [True, False]
    assert not reason.get_text()
    assert found.left == ("A field that is no more.",)


def test_where_the_form_is_no_longer_there_what_was_typed_is_given_back_as_it_is() -> None:
    found = kept.filled("<html><body><p>Done.</p></body></html>", "/tasks/1/done", TYPED)
    assert "First." in found.left
    assert "A field that is no more." in found.left
    assert "old" not in found.left


@settings(max_examples=40)
@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_is_typed_comes_back_as_it_is_and_is_never_markup(line: str, text: str) -> None:
    page = '<form method="post" action="/x"><input name="line"><textarea name="text"></textarea></form>'
    fields = kept.worth_keeping("/x", [("line", line), ("text", text)])
    assert fields is not None
    html = kept.filled(page, "/x", fields).html
    soup = BeautifulSoup(html, "html.parser")
    assert len(soup.find_all()) == 3
    area = soup.find("textarea")
    assert area is not None
    told = area.get_text()
    assert told.removeprefix("\n") == fields["text"][0].removeprefix("\n")


@pytest.mark.parametrize(
    "path", ["/sign-in", "/account/password", "/people/add", "/people/1/password", "/kept"]
)
def test_of_what_holds_passwords_nothing_is_kept(path: str) -> None:
    assert kept.worth_keeping(path, [("email", "sam@example.org")]) is None


def test_no_password_is_kept_wherever_it_is_sent_and_nothing_that_is_too_long() -> None:
    assert kept.worth_keeping("/clients", [("Password", "x"), ("new_password", "y")]) is None
    assert kept.worth_keeping("/clients", [("name", "x" * kept.LARGEST)]) is None
    assert kept.worth_keeping("/clients", [("name", "x")] * (kept.MOST_FIELDS + 1)) is None


@pytest.mark.parametrize(
    ("referer", "page"),
    [
        ("http://desk/clients/1/goals/new", "/clients/1/goals/new"),
        ("http://desk/today?whose=mine&said=claimed&kept=1", "/today?whose=mine"),
        ("http://elsewhere/clients", None),
        ("http://desk//elsewhere", None),
        ("", None),
        ("http://desk/" + "x" * 2000, None),
    ],
)
def test_only_a_page_of_our_own_is_gone_back_to(referer: str, page: str | None) -> None:
    assert kept.page_of(referer, "desk") == page
