"""Every error that the auditor raises on purpose.

AuditorError
├── ConfigurationError          settings, options or environment are wrong
│   ├── MissingExtraError       an optional part is not installed
│   ├── DatabaseGoneError       a database does not answer, at first or any more
│   └── ModelFileError          a model's files are missing or not the pinned ones
├── CriteriaError               criteria/ or prompts/ data is broken (file, line)
├── DocumentError               one submitted file cannot be read (the audit goes on)
│   ├── UnsupportedFormatError
│   ├── EmptyDocumentError
│   ├── BrokenDocumentError
│   ├── SecretDocumentError
│   ├── MissingOriginalError    the file's bytes are not in the workspace
│   └── NoPictureError          no picture of the page can be shown
├── JudgeError                  a judge could not give a judgement
│   ├── EndpointError           the endpoint failed (``retryable`` says whether to try again)
│   │   ├── CircuitOpenError    it went on failing until calling it was given up: the run stops
│   │   ├── CapError            a cap of the user's allows no further call
│   │   └── OversizeError       one call asks for more than a cap allows at once
│   ├── ReplyError              the reply is not what was asked for
│   └── MissingReplyError       no reply came (answers that are brought in files)
├── VectorServerError           the server that keeps the vector index does not answer
├── RunError                    a run folder is missing, broken or made from other input
├── ReviewError                 a person's decision breaks a rule of review
└── UnprovedFlipsError          a fault of this program: its smallest flips do not do

Each message says what happened and to which file; ``hint`` says what to do about it.
"""

from __future__ import annotations


class AuditorError(Exception):
    """Base of all errors raised on purpose; ``hint`` is the remedy, one sentence or empty."""

    retryable = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ConfigurationError(AuditorError):
    """Settings, options or the environment do not allow what was asked for."""


class MissingExtraError(ConfigurationError):
    """An optional dependency is not installed."""

    def __init__(self, part: str, extra: str) -> None:
        super().__init__(
            f"{part} is not installed.",
            hint=f"Install it with: pip install 'ctmm-auditor[{extra}]'",
        )
        self.extra = extra


class DatabaseGoneError(ConfigurationError):
    """A database does not answer: it cannot be reached, or went away and did not come back."""


class ModelFileError(ConfigurationError):
    """A model's files are missing, or their hash is not the pinned one."""


class CriteriaError(AuditorError):
    """The standard's data or a prompt is broken; names the file and, where known, the line."""

    def __init__(self, file: str, message: str, *, line: int | None = None, hint: str = "") -> None:
        place = f"{file}:{line}" if line else file
        super().__init__(f"{place}: {message}", hint=hint)
        self.file = file
        self.line = line


class DocumentError(AuditorError):
    """One file of the dossier cannot be used; the rest of the audit goes on."""

    code = "unreadable"

    def __init__(self, name: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{name}: {message}", hint=hint)
        self.name = name
        self.reason = message


class UnsupportedFormatError(DocumentError):
    """The file's content is of a kind that no reader handles."""

    code = "unsupported"


class EmptyDocumentError(DocumentError):
    """The file holds no text (or only white space)."""

    code = "empty"


class BrokenDocumentError(DocumentError):
    """The file is damaged, encrypted or violates its format."""

    code = "broken"


class SecretDocumentError(DocumentError):
    """The file carries a level of state secrecy; nothing of it but the mark is repeated."""

    code = "secret"

    def __init__(self, name: str, mark: str) -> None:
        super().__init__(
            name,
            f"标有密级（{mark}），按默认规则拒收，未保存其任何内容",
            hint="请按保密规定另行提交；确属误标的，请由定密责任人更正标志后重新提交。",
        )
        self.mark = mark


class MissingOriginalError(DocumentError):
    """The bytes of a submitted file are not kept, or no longer those that were read."""

    code = "no_original"


class NoPictureError(DocumentError):
    """No picture of a page can be shown: a format without pages, or a page set differently."""

    code = "no_picture"


class JudgeError(AuditorError):
    """A judge could not give a judgement on a feature."""


class EndpointError(JudgeError):
    """The model endpoint failed; ``retryable`` tells whether trying again may help."""

    def __init__(self, message: str, *, hint: str = "", retryable: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable


class CircuitOpenError(EndpointError):
    """Every endpoint of a model failed again and again: the run stops, what was judged is kept."""


class CapError(EndpointError):
    """A cap (the budget) allows no further call, however long one waits."""


class OversizeError(EndpointError):
    """One call asks for more tokens than a minute may have; others may be smaller."""


class ReplyError(JudgeError):
    """The model's reply does not follow the asked form."""


class MissingReplyError(JudgeError):
    """No reply came to a call whose answers are brought in files."""


class VectorServerError(AuditorError):
    """The server that keeps the vector index does not answer; trying again may help."""

    retryable = True


class RunError(AuditorError):
    """A run folder is missing, damaged, or was made from other inputs."""


class ReviewError(AuditorError):
    """A decision that no reviewer may take so (no reason, no approver, an interview alone)."""


class UnprovedFlipsError(AuditorError):
    """The smallest flips do not do in the scorer what they should."""
