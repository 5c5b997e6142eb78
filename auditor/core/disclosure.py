"""What may leave the machine: whose dossier it is, who opened it, which papers never go."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from auditor.core.documents import Document, MarkKind

REASONS = {
    MarkKind.SECRET: "标有密级，不得送出本机",
    MarkKind.INTERNAL: "标有内部资料或工作秘密，不得送出本机",
}
NOT_OPENED = "材料未公开，也没有人批准送出本机"
UNIX_SCHEMES = ("unix", "http+unix")


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Whether a dossier is public, else who opened it to hosted endpoints and when.

    ``opened_by`` names the person who answers for it; ``opened_on`` is an ISO date or empty. The
    default is a dossier that is neither public nor opened.
    """

    public: bool = False
    opened_by: str = ""
    opened_on: str = ""

    @property
    def is_open(self) -> bool:
        """Whether unmarked papers may go to a hosted endpoint."""
        return self.public or bool(self.opened_by.strip())


def why_withheld(document: Document, disclosure: Disclosure) -> str:
    """Say why a document may not leave the machine (Chinese), empty where it may.

    A marked paper never may, whoever opened the dossier and even if it is called public.
    """
    kinds = {mark.kind for mark in document.marks}
    for kind, reason in REASONS.items():
        if kind in kinds:
            return reason
    return "" if disclosure.is_open else NOT_OPENED


def may_leave(document: Document, disclosure: Disclosure) -> bool:
    """Tell whether a document's text may leave the machine (personal data masked)."""
    return not why_withheld(document, disclosure)


def leaves_machine(base_url: str | None) -> bool:
    """Tell whether what is sent to an endpoint leaves this machine.

    Only a loopback address (127.0.0.0/8, ``::1``, ``localhost``) or a unix socket stays; a host
    of the local network, an unknown name or no address at all leaves it.
    """
    if not base_url:
        return True
    parts = urlsplit(base_url.strip())
    return parts.scheme not in UNIX_SCHEMES and not _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
