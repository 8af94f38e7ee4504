"""Reading files: whatever their form, every record with its line, and broken ones told from bad rows."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.navigation.directory import reading
from services.navigation.directory.csv_file import CsvFile
from services.navigation.directory.documents import BrokenFile, Document, Place
from services.navigation.directory.json_file import JsonFile

ONE: Document = {"id": "1", "name": "Öne\nroom"}
TWO: Document = {"id": "2", "name": "Two", "nested": [{"deep": [1, 2.5, None, True]}]}


def ignore(_count: int) -> None:
    pass


def json_file(path: Path, text: str | bytes, name: str = "directory.json") -> JsonFile:
    file = path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return JsonFile(file, ignore)


def csv_file(path: Path, text: str | bytes) -> CsvFile:
    file = path / "services.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return CsvFile(file, "service", ignore)


def read(file: JsonFile | CsvFile) -> list[tuple[int, Document]]:
    return [(row.place.line, row.document) for row in file.rows()]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (json.dumps(ONE), [1]),
        (json.dumps([ONE, TWO]), [1, 1]),
        (json.dumps([ONE, TWO], indent=1), [2, 6]),
        (json.dumps({"total_items": 2, "contents": [ONE, TWO]}, indent=1), [4, 8]),
        ("\n\n" + json.dumps(ONE) + "\n" + json.dumps(TWO) + "\n", [3, 4]),
        (json.dumps(ONE) + "\n" + json.dumps(TWO) + "\n", [1, 2]),
        (json.dumps(ONE) + "\r\n" + json.dumps(TWO), [1, 2]),
        (json.dumps({"contents": [ONE]}) + json.dumps({"contents": [TWO]}), [1, 1]),
        ("\ufeff" + json.dumps([ONE]), [1]),
    ],
)
def test_every_form_of_json_gives_its_records_and_their_lines(
    tmp_path: Path, text: str, lines: list[int]
) -> None:
    assert read(json_file(tmp_path, text)) == list(zip(lines, [ONE, TWO], strict=False))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    documents=st.lists(
        st.dictionaries(st.text(max_size=4), st.text(max_size=9) | st.integers() | st.none(), max_size=4),
        min_size=1,
        max_size=4,
    ),
    piece=st.integers(1, 40),
    indent=st.sampled_from([None, 1]),
)
def test_it_does_not_matter_where_the_file_is_cut_into_pieces(
    tmp_path: Path, documents: list[Document], piece: int, indent: int | None
) -> None:
    file = json_file(tmp_path, json.dumps({"contents": documents, "size": 12345}, indent=indent))
    whole = read(file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "CHUNK", piece)
        assert read(JsonFile(tmp_path / "directory.json", ignore)) == whole
    assert [document for _, document in whole] == documents


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("", 1, "empty"),
        ("  \n ", 2, "empty"),
        (json.dumps([ONE, TWO], indent=1)[:-5], 18, "ends"),
        (json.dumps({"contents": [ONE]})[:-1], 1, "ends"),
        ('[{"id": "1"},\n{"id": 2,,}]', 2, "not JSON"),
        ('[{"id": "1"}\n{"id": "2"}]', 2, "should be here"),
        ("<html></html>", 1, "should begin"),
        (json.dumps([ONE]) + "\n]", 2, "should begin"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, text: str, line: int, word: str) -> None:
    with pytest.raises(BrokenFile, match=word) as broken:
        read(json_file(tmp_path, text))
    assert broken.value.line == line


def test_a_bad_line_is_rejected_and_the_others_are_read(tmp_path: Path) -> None:
    file = json_file(tmp_path, f"{json.dumps(ONE)}\n{{oops\n[1]\n{json.dumps(TWO)}\n", "services.ndjson")

    assert read(file) == [(1, ONE), (4, TWO)]
    assert [(problem.place.line, problem.reason[:15]) for problem in file.rejected] == [
        (2, "this line is no"),
        (3, "not an object"),
    ]


def test_lines_that_end_in_the_middle_of_a_record_are_a_broken_file(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match="services.ndjson, line 2"):
        read(json_file(tmp_path, f"{json.dumps(ONE)}\n{json.dumps(TWO)[:-3]}", "services.ndjson"))


def test_windows_latin_is_read_where_it_is_no_utf_8(tmp_path: Path) -> None:
    file = json_file(tmp_path, json.dumps([{"id": "é"}], ensure_ascii=False).encode("cp1252"))
    assert (read(file), file.encoding) == ([(1, {"id": "é"})], "cp1252")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("id,name\n1,One\n2,Two\n", [(2, {"id": "1", "name": "One"}), (3, {"id": "2", "name": "Two"})]),
        ('id,name\r\n1,"One,\r\nor so"\r\n2,Two', [(2, {"id": "1", "name": "One,\r\nor so"}), (4, TWO)]),
        ("\ufeffID; Name\n1;One\n", [(2, {"id": "1", "name": "One"})]),
        ('id,name\n"1",""\n\n , \n', [(2, {"id": "1"})]),
        ('id,name\n1,"say ""so"""\n', [(2, {"id": "1", "name": 'say "so"'})]),
    ],
)
def test_tables_are_read_as_people_save_them(
    tmp_path: Path, text: str, rows: list[tuple[int, Document]]
) -> None:
    expected = [(line, {"id": "2", "name": "Two"} if row is TWO else row) for line, row in rows]
    assert read(csv_file(tmp_path, text)) == expected


def test_a_row_that_does_not_fit_the_header_is_rejected_and_the_others_are_read(tmp_path: Path) -> None:
    file = csv_file(tmp_path, "id,name\n1,One,more\n2\n3,Three\n")

    assert read(file) == [(4, {"id": "3", "name": "Three"})]
    assert [(problem.place, problem.record) for problem in file.rejected] == [
        (Place("services.csv", 2), "1"),
        (Place("services.csv", 3), "2"),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [("id,name,more\n1,One,a\n2,Tw", 3), ('id,name\n1,One\n2,"Two\n3,Three\n', 3)],
)
def test_a_table_that_ends_too_early_is_a_broken_file(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(BrokenFile) as broken:
        read(csv_file(tmp_path, text))
    assert broken.value.line == line


@pytest.fixture(autouse=True)
def _small_pieces() -> Iterator[None]:
    """Let every file span several pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "CHUNK", 7)
        yield
