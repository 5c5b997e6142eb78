"""Read filled self-assessments (自评表) and evidence lists (证明材料清单): no row is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from auditor.core.claims import (
    Claim,
    ClaimedVerdict,
    EvidenceList,
    Listing,
    PageRange,
    Place,
    RowProblem,
    SelfAssessment,
)
from auditor.core.criteria import Standard
from auditor.core.errors import DocumentError
from auditor.intake.sheets import MAX_ROWS, Sheet, column, read_sheets
from auditor.intake.vocabulary import (
    LEVEL_LABEL,
    feature_id_of,
    fields_of,
    level_of,
    pages_of,
    squeeze,
    verdict_of,
)

HEAD_ROWS = 30
MOST_FILES = 50
"""Most files in one cell of an evidence list."""
SELF_ASSESSMENT, EVIDENCE_LIST = "self_assessment", "evidence_list"
ID_HINT = "请照标准填特征编号，如 8.2.4.1-L3-a。"
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
FILE_SPLIT = re.compile(r"[\n\r；;]+|(?<=》)[、，,](?=《)")


@dataclass(frozen=True, slots=True)
class _Row:
    """A data row of a recognised table with access by field."""

    cells: Sequence[str]
    fields: dict[str, int]
    place: Place

    def get(self, name: str) -> str:
        return column(self.cells, self.fields.get(name))


@dataclass
class _Reading:
    """What a reader gathers: ids by feature text, problems, and where a feature stood first."""

    by_text: dict[str, str]
    known: frozenset[str]
    problems: list[RowProblem] = field(default_factory=list)

    def report(self, row: _Row, code: str, message: str, hint: str, **more: Any) -> None:
        """Note a problem of a row (``feature_id`` and ``lost`` by name)."""
        problem = RowProblem(row.place, code, message, hint, department=row.get("department"))
        self.problems.append(replace(problem, **more))

    def feature(self, row: _Row, written: str) -> str | None:
        """Give the row's feature id, or note why it has none."""
        found = feature_id_of(written, row.get("level"), row.get("text"))
        if found is None:
            found = self.by_text.get(squeeze(row.get("text")))
        if found is None:
            self.report(row, "bad_id", f"特征编号“{written[:40]}”无法识别，本行未采用。", ID_HINT)
            return None
        if self.known and found not in self.known:
            message = f"标准中没有特征 {found}，本行未采用。"
            self.report(row, "unknown_feature", message, ID_HINT, feature_id=found)
            return None
        return found


def claims_kind(rows: Sequence[Sequence[str]]) -> str | None:
    """Tell what sort of table the rows are: ``self_assessment``, ``evidence_list`` or None.

    A head row among the first rows decides: feature and verdict columns, or feature and document
    columns.
    """
    head = _head(rows, _is_assessment)
    if head is not None:
        return SELF_ASSESSMENT
    return EVIDENCE_LIST if _head(rows, _is_list) is not None else None


def claims_kind_of_file(data: bytes, name: str) -> str | None:
    """Tell whether a file of the dossier is such a table; None also for what cannot be read."""
    try:
        sheets = read_sheets(data, name)
    except DocumentError:
        return None
    return next((kind for sheet in sheets if (kind := claims_kind(sheet.rows))), None)


def _is_assessment(fields: dict[str, int]) -> bool:
    return "verdict" in fields and ("feature_id" in fields or "text" in fields)


def _is_list(fields: dict[str, int]) -> bool:
    return "feature_id" in fields and "document" in fields


def _head(
    rows: Sequence[Sequence[str]], fits: Callable[[dict[str, int]], bool]
) -> tuple[int, dict[str, int]] | None:
    for number, row in enumerate(rows[:HEAD_ROWS]):
        fields = fields_of(row)
        if fits(fields):
            return number, fields
    return None


def read_self_assessment(
    data: bytes, name: str, standard: Standard | None = None
) -> SelfAssessment:
    """Read a filled self-assessment (XLSX, XLS or CSV in any Chinese encoding).

    With ``standard``, unknown features are reported, and rows without an id are found by the
    printed text of the feature. The first row of a feature stands, further ones are reported.

    Raises:
        DocumentError: the file cannot be read as a table at all.
    """
    sheets = read_sheets(data, name)
    reading = _reading(standard)
    claims: dict[str, Claim] = {}
    unfilled: dict[str, None] = {}
    for row in _rows(
        sheets, name, _is_assessment, reading, "自评表（须有“特征编号”“自评结论”两列）"
    ):
        _take_claim(row, reading, claims, unfilled)
    return SelfAssessment(
        claims=tuple(claims.values()),
        claimed_level=_claimed_level(sheets, name, reading.problems),
        problems=tuple(reading.problems),
        unfilled=tuple(feature_id for feature_id in unfilled if feature_id not in claims),
    )


def _reading(standard: Standard | None) -> _Reading:
    if standard is None:
        return _Reading({}, frozenset())
    texts: dict[str, str] = {}
    double = set()
    for feature in standard.features:
        text = squeeze(feature.text)
        if text in texts:
            double.add(text)
        texts[text] = feature.id
    single = {text: feature_id for text, feature_id in texts.items() if text not in double}
    return _Reading(single, frozenset(standard.by_id))


def _rows(
    sheets: Sequence[Sheet],
    name: str,
    fits: Callable[[dict[str, int]], bool],
    reading: _Reading,
    what: str,
) -> Iterator[_Row]:
    """Walk the data rows of every sheet that is such a table; note where there is none."""
    found = False
    for sheet in sheets:
        head = _head(sheet.rows, fits)
        if head is None:
            continue
        found = True
        start, fields = head
        for number, cells in enumerate(sheet.rows[start + 1 :], start=start + 2):
            if any(cells) and fields_of(cells) != fields:
                yield _Row(cells, fields, Place(name, sheet.name, number))
        if len(sheet.rows) >= MAX_ROWS:
            place = Place(name, sheet.name, MAX_ROWS)
            message = f"只读到第 {MAX_ROWS} 行，其后未读。"
            reading.problems.append(RowProblem(place, "too_large", message, "请拆成几个文件。"))
    if not found:
        message = f"没有找到{what}的表头。"
        place = Place(name, "", 0)
        hint = "请用 auditor templates 写出的模板填报。"
        reading.problems.append(RowProblem(place, "no_table", message, hint))


def _take_claim(
    row: _Row, reading: _Reading, claims: dict[str, Claim], unfilled: dict[str, None]
) -> None:
    written, verdict_text = row.get("feature_id"), row.get("verdict")
    reason = row.get("reason") or row.get("explanation") or row.get("note")
    if not written and not verdict_text and not row.get("text"):
        return
    if not verdict_text and feature_id_of(written, row.get("level"), row.get("text")) is None:
        return  # a line that heads a group, or a remark
    feature_id = reading.feature(row, written)
    if feature_id is None:
        return
    if not verdict_text:
        unfilled[feature_id] = None
        if reason:
            message = f"{feature_id} 写了理由但没有自评结论。"
            hint = "请在“自评结论”列选择一项。"
            reading.report(row, "no_verdict", message, hint, feature_id=feature_id)
        return
    found = verdict_of(verdict_text)
    if found is None:
        message = f"{feature_id} 的自评结论“{verdict_text[:20]}”无法识别，本行未采用。"
        hint = "请填：满足、大部分满足、部分满足、仅规划、不满足或不适用。"
        reading.report(row, "bad_verdict", message, hint, feature_id=feature_id)
        return
    verdict, behind = found
    claim = Claim(feature_id, verdict, reason or behind, row.get("department"), row.place)
    _keep_claim(claim, row, reading, claims)


def _keep_claim(claim: Claim, row: _Row, reading: _Reading, claims: dict[str, Claim]) -> None:
    feature_id = claim.feature_id
    first = claims.get(feature_id)
    if first is not None:
        same = first.verdict is claim.verdict
        code, how = ("duplicate", "结论相同") if same else ("conflict", "结论不同")
        message = f"{feature_id} 已在第 {first.place.row} 行填报（{how}），以先填的为准。"
        reading.report(row, code, message, "请每条特征只保留一行。", feature_id=feature_id)
        return
    if claim.verdict is ClaimedVerdict.NOT_APPLICABLE and not claim.reason:
        message = f"{feature_id} 自评为不适用，没有写理由。"
        hint = "请写明为何不适用，由评估人员认定。"
        reading.report(row, "no_reason", message, hint, feature_id=feature_id, lost=False)
    claims[feature_id] = claim


def _claimed_level(sheets: Sequence[Sheet], name: str, problems: list[RowProblem]) -> int | None:
    """Find the cell beside (or behind the colon of) the label 自评等级."""
    for sheet in sheets:
        for number, cells in enumerate(sheet.rows[:HEAD_ROWS], start=1):
            written = _beside_label(cells)
            if not written:
                continue
            level = level_of(written)
            if level is None:
                message = f"自评等级“{written[:20]}”无法识别。"
                place = Place(name, sheet.name, number)
                problems.append(RowProblem(place, "bad_level", message, "请填一级至五级之一。"))
            return level
    return None


def _beside_label(cells: Sequence[str]) -> str:
    for index, cell in enumerate(cells):
        bare = squeeze(cell)
        label = LEVEL_LABEL.match(bare)
        if label is None or len(bare) > 24:
            continue
        behind = bare[label.end() :].lstrip(":")
        following = next((c for c in cells[index + 1 :] if c.strip()), "")
        return behind if behind and not behind.startswith("(") else following
    return ""


def read_evidence_list(data: bytes, name: str, standard: Standard | None = None) -> EvidenceList:
    """Read a filled evidence list (XLSX, XLS or CSV in any Chinese encoding).

    A row with a file but without an id belongs to the feature above it (and is noted). Several
    files in one cell are apart by line breaks or semicolons; so are their pages.

    Raises:
        DocumentError: the file cannot be read as a table at all.
    """
    sheets = read_sheets(data, name)
    reading = _reading(standard)
    listings: dict[tuple[str, str, tuple[PageRange, ...]], Listing] = {}
    above = ""
    for row in _rows(sheets, name, _is_list, reading, "证明材料清单（须有“特征编号”“文件名”两列）"):
        written, documents = row.get("feature_id"), row.get("document")
        if not documents:
            above = written or above
            _note_missing_document(row, reading)
            continue
        if not written and above:
            message = f"没有填特征编号，沿用上一行的“{above[:20]}”。"
            reading.report(row, "carried", message, "如不对请补填。", lost=False)
        above = written or above
        feature_id = reading.feature(row, written or above)
        if feature_id is not None:
            for listing in _listings(row, reading, feature_id):
                _keep_listing(listing, row, reading, listings)
    return EvidenceList(tuple(listings.values()), tuple(reading.problems))


def _note_missing_document(row: _Row, reading: _Reading) -> None:
    feature_id = feature_id_of(row.get("feature_id"), row.get("level"), row.get("text")) or ""
    if row.get("pages"):
        message = f"{feature_id}填了页码，没有填文件名。"
        reading.report(row, "no_document", message, "请补填文件名。", feature_id=feature_id)


def _listings(row: _Row, reading: _Reading, feature_id: str) -> Iterator[Listing]:
    names = [part.strip() for part in FILE_SPLIT.split(row.get("document")) if part.strip()]
    if len(names) > MOST_FILES:
        message = f"{feature_id} 一格列了 {len(names)} 个文件，只采用前 {MOST_FILES} 个。"
        hint = "请每个文件单列一行。"
        reading.report(row, "too_large", message, hint, feature_id=feature_id)
        names = names[:MOST_FILES]
    written = [row.get("pages")]
    if len(names) > 1 and row.get("pages"):
        written = [part for part in re.split(r"[\n\r；;]+", row.get("pages")) if part.strip()]
        if len(written) != len(names):
            message = f"{feature_id} 一格列了 {len(names)} 个文件，页码没有逐一对应，按全文件处理。"
            hint = "请每个文件单列一行。"
            reading.report(row, "shared_pages", message, hint, feature_id=feature_id, lost=False)
            written = [""]
    if len(written) == 1:
        written = written * len(names)
    note = row.get("explanation") or row.get("note") or row.get("reason")
    for document, text in zip(names, written, strict=True):
        pages = pages_of(text)
        if pages is None:
            message = f"{feature_id} 的页码“{text[:20]}”无法识别，按全文件处理。"
            hint = "请照“3-5、8”的样子填写。"
            if ISO_DATE.match(text):
                hint = "页码被表格软件改成了日期，请先把该列设为文本格式，再照“3-5、8”的样子填写。"
            reading.report(row, "bad_pages", message, hint, feature_id=feature_id, lost=False)
        yield Listing(feature_id, document, pages or (), note, row.get("department"), row.place)


def _keep_listing(
    listing: Listing,
    row: _Row,
    reading: _Reading,
    listings: dict[tuple[str, str, tuple[PageRange, ...]], Listing],
) -> None:
    key = (listing.feature_id, squeeze(listing.document), listing.pages)
    if key not in listings:
        listings[key] = listing
        return
    message = f"{listing.feature_id} 的“{listing.document[:40]}”重复列出。"
    hint = "删去其中一行即可。"
    reading.report(row, "duplicate", message, hint, feature_id=listing.feature_id)
