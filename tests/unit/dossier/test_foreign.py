"""Whose paper it is."""

from __future__ import annotations

import pytest

from auditor.core.documents import Document
from auditor.core.identity import Identity, Stated
from auditor.dossier import settle
from auditor.dossier.foreign import own_city, own_mentions
from tests.unit.dossier.test_duplicates import paper

BODY = "推进数据归集共享，完善政务服务。" * 20


def judged(document: Document, city: str = "襄阳市") -> Document:
    """The document as settled for a city."""
    (done,) = settle([document], city)
    return done


def report(text: str, **stated: str) -> Document:
    """A work report with what it says of itself."""
    return paper("襄阳市_报告.docx", text, kind="work_report", **stated)


def test_the_state_councils_report_is_foreign_whatever_its_file_is_called() -> None:
    done = judged(report(BODY, level="nation", issuer="国务院"))
    assert done.foreign == "国务院的政府工作报告，不是襄阳市的"
    assert "0 次" in done.warnings[0]
    assert not done.counts


def test_another_citys_paper_is_foreign_and_says_whose() -> None:
    text = "宜昌市加快建设。" * 8 + BODY
    done = judged(report(text, level="city", issuer="宜昌市人民政府", city="宜昌市"))
    assert done.foreign == "宜昌市的政府工作报告，不是襄阳市的"


@pytest.mark.parametrize("city", ["襄阳", "襄阳市", "襄樊市", " 襄阳市 "])
def test_the_citys_own_paper_is_known_by_any_of_its_names(city: str) -> None:
    done = judged(report(BODY, level="city", issuer="襄阳市人民政府", city="襄阳市"), city)
    assert (done.foreign, done.warnings) == ("", ())


@pytest.mark.parametrize("city", ["凉山彝族自治州", "凉山州", "锡林郭勒盟", "阿里地区", "北京"])
def test_prefectures_leagues_areas_and_municipalities_are_cities(city: str) -> None:
    own = own_city(city)
    own_paper = report(BODY, level="city", issuer=f"{own.official}人民政府", city=own.official)
    assert not judged(own_paper, city).foreign
    assert judged(own_paper, "襄阳市").foreign


def test_a_provincial_paper_about_the_city_by_its_title_counts() -> None:
    stated = {"level": "province", "issuer": "湖北省发展和改革委员会"}
    about = paper("a.txt", BODY, kind="notice", title="关于支持襄阳市建设数字城市的通知", **stated)
    general = paper("a.txt", BODY, kind="notice", title="关于建设数字城市的通知", **stated)
    assert not judged(about).foreign
    assert judged(general).foreign == "湖北省发展和改革委员会的通知公告，不是襄阳市的"


def test_a_title_taken_from_the_files_name_proves_nothing() -> None:
    identity = Identity(
        title=Stated("襄阳市政府工作报告", 0.6, source="name"), level=Stated("nation", 0.98)
    )
    assert judged(
        Document("襄阳市政府工作报告.docx", "1", "docx", BODY, (), identity=identity)
    ).foreign


def test_an_unsure_answer_is_only_a_warning() -> None:
    identity = Identity(level=Stated("province", 0.5))
    done = judged(Document("a.txt", "1", "txt", BODY, (), identity=identity))
    assert done.counts
    assert "把握 0.50" in done.warnings[0]


def test_a_paper_that_names_the_city_more_than_its_supposed_one_counts() -> None:
    text = "襄阳市与宜昌市合作。襄阳市先行。" + BODY
    done = judged(report(text, level="city", city="宜昌市"))
    assert done.counts
    assert "可能是宜昌市的文件" in done.warnings[0]


def test_a_districts_paper_counts_with_a_warning() -> None:
    done = judged(report(BODY, level="district", issuer="襄城区人民政府", city="襄阳市"))
    assert done.counts
    assert done.warnings == ("区县文件（襄城区人民政府），不能单独代表全市",)


def test_a_city_of_the_county_level_may_be_part_of_the_assessed_one() -> None:
    done = judged(report("枣阳市推进改革。" * 9, level="city", city="枣阳市"))
    assert done.counts
    assert "关系不明" in done.warnings[0]


def test_a_municipality_of_a_provinces_rank_owns_its_papers() -> None:
    assert judged(report(BODY, level="province", city="重庆市"), "重庆").counts
    assert judged(report(BODY, level="province", city="重庆市"), "襄阳").foreign


def test_a_text_that_only_speaks_of_another_city_is_foreign() -> None:
    done = judged(report("宜昌市推进改革。" * 6))
    assert done.foreign == "宜昌市的政府工作报告，不是襄阳市的"
    assert "正文提到宜昌市 6 次、襄阳市 0 次" in done.warnings[0]


@pytest.mark.parametrize("text", ["宜昌市推进改革。" * 5, "宜昌市推进改革。" * 9 + "襄阳也是。"])
def test_a_text_that_names_the_city_or_another_one_rarely_counts(text: str) -> None:
    assert judged(report(text)).counts


def test_the_place_of_a_contractor_says_nothing() -> None:
    assert judged(report("深圳市某某科技有限公司承建。" * 9)).counts


def test_a_contract_that_names_another_city_is_only_remarked_upon() -> None:
    done = judged(paper("a.txt", "宜昌市项目验收。" * 9, kind="contract"))
    assert done.counts
    assert "可能不是襄阳市的文件" in done.warnings[0]


@pytest.mark.parametrize("city", ["", "某某县"])
def test_without_a_known_city_nothing_is_another_citys(city: str) -> None:
    assert judged(report(BODY, level="city", issuer="宜昌市人民政府", city="宜昌市"), city).counts


def test_no_mention_is_counted_twice() -> None:
    assert own_mentions("襄阳市、襄阳、襄樊", own_city("襄阳市")) == 3
    assert own_mentions("吉林省、吉林市", own_city("吉林市")) == 1


def test_a_copy_of_a_foreign_paper_does_not_stand_for_the_citys_own() -> None:
    foreign = report(BODY, level="nation", issuer="国务院")
    own = paper("本市.txt", BODY, city="襄阳市", level="city", issuer="襄阳市人民政府")
    done = settle([foreign, own], "襄阳市")
    assert done[0].foreign
    assert not done[0].duplicate_of
    assert done[1].counts
