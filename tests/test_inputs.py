"""Inputs: heads, standings and claims of a plan, and the files they are read from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from sendwarmth.model.findings import InputError
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.reading.checked import read_tables
from sendwarmth.model.tables import RawTable
from sendwarmth.run.inputs import described, load_inputs, read_csv

DATA = Path(__file__).parents[1] / "params" / "data"


def small(eligible: str, standards: str = "", **extras: str) -> Inputs:
    """Two units, two groups: heads, tiers and optional tables as CSV text."""
    texts = {
        "regions": "region_id,name_zh,kind\na,甲,city\nb,乙,direct_unit",
        "groups": "group_id,name_zh,unit,least_yuan,most_yuan,must_cover,graded\n"
        "g,庚,person,1,9,true,false\nh,辛,household,1,9,false,false",
        "standards": "group_id,tier_id,label_zh,yuan,share,archived,status\n"
        f"g,,庚,200,,false,assumed\nh,,辛,2000,,true,assumed\n{standards}",
        "eligible": f"region_id,group_id,tier_id,heads,status,source\n{eligible}",
        "sources": "source_id,label_zh,yuan,groups,tiers,status\ns,钱,,all,all,assumed",
        **extras,
    }
    raw = {}
    for name, text in texts.items():
        heading, *rows = [line.split(",") for line in text.strip().splitlines()]
        index = range(2, 2 + len(rows))
        raw[name] = RawTable(pd.DataFrame(rows, columns=heading, index=index), f"{name}.csv")
    return read_tables(raw, described(), "small")


PLAIN = "a,g,,10,official,甲\na,h,,4,assumed,乙\nb,g,,0,derived,丙\nb,h,,7,official,丁"


def test_heads_are_integers_by_unit_and_group_whatever_the_order_of_rows():
    shuffled = "\n".join(reversed(PLAIN.splitlines()))
    for inputs in (small(PLAIN), small(shuffled)):
        assert inputs.heads.to_dict("index") == {"a": {"g": 10, "h": 4}, "b": {"g": 0, "h": 7}}
        assert set(inputs.heads.dtypes.astype(str)) == {"int64"}
        assert inputs.region_ids == ("a", "b")
        assert inputs.group_ids == ("g", "h")


def test_claims_are_heads_times_the_standard():
    claims = small(PLAIN).claims({"g": 300, "h": 1000})
    assert claims.to_dict("index") == {"a": {"g": 3000, "h": 4000}, "b": {"g": 0, "h": 7000}}


TIERED = "a,g,,10,official,甲\na,h,deep,1,assumed,乙\na,h,other,3,official,乙\n" + "\n".join(
    PLAIN.splitlines()[2:]
)
TIERS = "h,deep,深,5000,0.25,true,assumed\nh,other,余,1000,0.75,true,assumed"


def test_a_tier_keeps_its_own_standard():
    claims = small(TIERED, TIERS).claims({"g": 200, "h": 2000})
    assert claims.loc["a", "h"] == 1 * 5000 + 3 * 1000
    assert claims.loc["b", "h"] == 7 * 2000


def test_a_tier_moves_with_the_standard_of_its_group():
    inputs = small(TIERED, TIERS)
    half = inputs.claims({"g": 200, "h": 1000})
    assert half.loc["a", "h"] == (1 * 5000 + 3 * 1000) / 2
    assert inputs.heads.loc["a", "h"] == 4


def test_a_cell_stands_as_its_least_certain_row():
    status = small(TIERED, TIERS).status
    assert status.to_dict("index") == {
        "a": {"g": "official", "h": "assumed"},
        "b": {"g": "derived", "h": "official"},
    }


OVERLAP = "group_a,group_b,rate,paid_in\n"


def test_people_in_two_groups_are_taken_from_the_group_they_are_not_paid_in():
    paid_in_b = small(PLAIN, overlap=OVERLAP + "g,h,0.25,h")
    assert paid_in_b.heads["g"].to_dict() == {"a": 10 - 3, "b": 0}
    assert paid_in_b.heads["h"].to_dict() == {"a": 4, "b": 7}
    paid_in_a = small(PLAIN, overlap=OVERLAP + "g,h,0.25,g")
    assert paid_in_a.heads["g"].to_dict() == {"a": 10, "b": 0}
    assert paid_in_a.heads["h"].to_dict() == {"a": 4 - 3, "b": 7}
    assert paid_in_a.claims({"g": 200, "h": 2000}).loc["a", "h"] == 1 * 2000


def test_an_overlap_never_leaves_less_than_nobody():
    inputs = small(PLAIN, overlap=OVERLAP + "g,h,1,g")
    assert inputs.heads.loc["a", "h"] == 0
    assert inputs.claims({"g": 200, "h": 2000}).loc["a", "h"] == 0
    assert inputs.listed.loc["a", "h"] == 4


def test_the_frames_handed_out_are_copies():
    inputs = small(PLAIN)
    heads = inputs.heads
    heads.loc["a", "g"] = 99
    assert inputs.heads.loc["a", "g"] == 10


def test_a_blank_english_name_is_the_chinese_one():
    regions = small(PLAIN).regions
    assert regions.loc["a", ["name_en", "short_zh", "short_en"]].tolist() == ["甲", "甲", "甲"]


def test_the_digest_of_a_table_changes_with_its_meaning_only():
    digests = [
        small(text).digests["eligible"]
        for text in (PLAIN, PLAIN.replace(",10,", ",10.0,"), PLAIN.replace(",10,", ",11,"))
    ]
    assert digests[0] == digests[1] != digests[2]


def test_the_shipped_folder_loads_without_a_finding():
    inputs = load_inputs(DATA)
    assert inputs.findings == ()
    assert set(inputs.extras) == {"elsewhere", "matching"}
    assert set(inputs.digests) == {path.stem for path in DATA.glob("*.csv")}


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def codes(path: Path) -> list[tuple[str, str, int | None]]:
    with pytest.raises(InputError) as caught:
        load_inputs(path)
    return [(f.code, f.place.file, f.place.row) for f in caught.value.findings]


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path):
    assert codes(tmp_path / "nowhere") == [("table_path_missing", str(tmp_path / "nowhere"), None)]


def test_a_missing_file_is_named(folder):
    (folder / "groups.csv").unlink()
    assert codes(folder)[0] == ("table_missing", str(folder), None)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "table_empty"),
        (b"\xef\xbb\xbf\n\n", "table_empty"),
        (b"PK\x03\x04\x00\x00", "table_binary"),
        (b"\xff\xfe\x81\x81 \xff", "table_binary"),
        (b'region_id,name\n"open,1\n', "table_not_csv"),
    ],
)
def test_a_file_that_is_no_table_is_named(folder, content, code):
    (folder / "eligible.csv").write_bytes(content)
    assert codes(folder)[0][:2] == (code, "eligible.csv")


def test_a_row_longer_than_its_heading_is_refused_by_line(folder):
    lines = (folder / "eligible.csv").read_text(encoding="utf-8").splitlines()
    lines[4] = lines[4].replace(",8788,", ",8,788,")
    (folder / "eligible.csv").write_text("\n".join(lines), encoding="utf-8")
    assert codes(folder)[0] == ("row_too_long", "eligible.csv", 5)


def test_a_file_over_the_size_limit_is_not_opened(folder):
    with (folder / "eligible.csv").open("r+b") as file:
        file.truncate(60_000_000)
    assert codes(folder)[0][:2] == ("table_too_large", "eligible.csv")


def test_the_row_of_a_finding_is_the_line_of_the_file(folder):
    text = (folder / "eligible.csv").read_text(encoding="utf-8")
    spaced = text.replace("xian,skilled,,8788", "\n\nxian,skilled,,-8788")
    (folder / "eligible.csv").write_text(spaced, encoding="utf-8")
    assert codes(folder) == [("cell_out_of_range", "eligible.csv", 7)]


@pytest.mark.parametrize(
    ("encoding", "noted"),
    [("utf-8", []), ("utf-8-sig", []), ("gb18030", ["GB18030"])],
)
def test_a_file_reads_the_same_in_every_encoding_an_office_saves(folder, encoding, noted):
    text = (folder / "regions.csv").read_text(encoding="utf-8")
    (folder / "regions.csv").write_text(text, encoding=encoding)
    inputs = load_inputs(folder)
    assert inputs.digests == load_inputs(DATA).digests
    assert [f.facts["value"] for f in inputs.findings if f.code == "read_encoding"] == noted


def test_a_quoted_cell_may_hold_a_comma_and_a_line_break(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('x,y\n"1,2","3\n4"\n5,6\n', encoding="utf-8")
    sheet, notes = read_csv(path)
    assert sheet.rows == ((1, ("x", "y")), (2, ("1,2", "3\n4")), (4, ("5", "6")))
    assert notes == ()
