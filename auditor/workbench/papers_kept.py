"""What of uploaded papers is kept after an audit, and the papers of a run brought together again.

A paper that was refused for its secrecy is not kept, also not within an archive: such an archive
is unpacked without it. Names stay those that the run knows: a member's ``a.zip!/b.pdf`` is a path.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from auditor.core.documents import Document, LeftOut
from auditor.core.errors import MissingOriginalError, ReviewError, SecretDocumentError
from auditor.ingest.taking import Source, sources_of
from auditor.originals import Originals

KEPT_DRAFT = "dossier.kept"


def forget_secret_papers(dossier: Path, left_out: Sequence[LeftOut]) -> None:
    """Remove from an upload the papers that were refused for their secrecy."""
    secret = {left.name for left in left_out if left.code == SecretDocumentError.code}
    if not secret or not dossier.is_dir():
        return
    draft = dossier.with_name(KEPT_DRAFT)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for source in sources_of(dossier):
        if isinstance(source, Source) and source.name not in secret:
            _put(draft, source.name, source.data)
    shutil.rmtree(dossier)
    draft.rename(dossier)


def gather_papers(originals: Originals, documents: Sequence[Document], dossier: Path) -> None:
    """Write papers that the workspace keeps, under their names, into ``dossier``.

    Raises:
        ReviewError: the workspace does not have them all.
    """
    dossier.mkdir(parents=True, exist_ok=True)
    for document in documents:
        try:
            data = originals.bytes_of(document.sha256, document.name)
        except MissingOriginalError as error:
            raise ReviewError(
                f"工作区里没有原件 {document.name} (no original).",
                hint="请用 auditor workspace add OUT --papers FOLDER 补入，或重新上传。",
            ) from error
        _put(dossier, document.name, data)


def _put(folder: Path, name: str, data: bytes) -> None:
    file = folder / name
    if not file.resolve().is_relative_to(folder.resolve()):
        raise ReviewError(f"{name}: 文件名不安全 (unsafe name).", hint="请重新上传材料。")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
