"""The parts of an OFD package (GB/T 33190): files by location, resources by identifier."""

from __future__ import annotations

import io
import posixpath
import zipfile
from dataclasses import dataclass, field

from lxml import etree

from auditor.core.errors import BrokenDocumentError
from auditor.ingest.package import check_package, child_text, children, local_name, parse_part

RESOURCE_FILES = ("PublicRes", "DocumentRes", "PageRes", "Res")


class OfdPackage:
    """Opens a checked package and finds its parts.

    Raises:
        BrokenDocumentError: the package is damaged or hostile, or holds no OFD.xml.
    """

    def __init__(self, data: bytes, name: str) -> None:
        check_package(data, name)
        self.name = name
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        self._members = {m.replace("\\", "/").lower(): m for m in self._zip.namelist()}
        if not self.has("OFD.xml"):
            secret = any("encrypt" in member for member in self._members)
            why = "OFD 文件已加密，无法读取" if secret else "OFD 包中没有 OFD.xml"
            raise BrokenDocumentError(name, why, hint="请用 OFD 阅读器另存后重新提交。")

    def has(self, path: str) -> bool:
        """Tell whether the package holds a part."""
        return path.lower() in self._members

    def read(self, path: str) -> bytes:
        """The bytes of a part; raises ``BrokenDocumentError`` where it is missing."""
        member = self._members.get(path.lower())
        if member is None:
            raise BrokenDocumentError(self.name, f"OFD 包中缺少 {path[:80]}", hint="请重新导出。")
        return self._zip.read(member)

    def xml(self, path: str) -> etree._Element:
        """A part as XML; raises ``BrokenDocumentError`` where it is missing or not XML."""
        return parse_part(self.read(path), path, self.name)

    def locate(self, location: str, base: str) -> str:
        """The part that ``location`` names as written in the part ``base``.

        Absolute locations count from the package's root, others from the folder of ``base``;
        where nothing is there, from the folders above it.
        """
        location = location.strip().replace("\\", "/")
        if location.startswith("/"):
            return posixpath.normpath(location).lstrip("/")
        folder = posixpath.dirname(base)
        while True:
            path = posixpath.normpath(posixpath.join(folder, location)).lstrip("/")
            if self.has(path) or not folder:
                return path
            folder = posixpath.dirname(folder)


@dataclass(slots=True)
class Resources:
    """What pages refer to by identifier: drawing parameters, pictures, composite units, colours.

    ``media`` gives the part of a picture, ``spaces`` the type of a colour space.
    """

    params: dict[str, etree._Element] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    units: dict[str, etree._Element] = field(default_factory=dict)
    spaces: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Resources:
        """A copy that a page's own resources can be added to."""
        return Resources(dict(self.params), dict(self.media), dict(self.units), dict(self.spaces))

    def add_from(self, package: OfdPackage, holder: etree._Element | None, base: str) -> None:
        """Add the resource files that ``holder`` (CommonData or a page) names; bad ones are passed.

        A missing resource shows where something needs it.
        """
        for named in children(holder, *RESOURCE_FILES):
            path = package.locate(named.text or "", base)
            try:
                self._add_file(package, path)
            except BrokenDocumentError:
                continue

    def _add_file(self, package: OfdPackage, path: str) -> None:
        root = package.xml(path)
        folder = posixpath.join(posixpath.dirname(path), (root.get("BaseLoc") or "").strip("/"))
        for element in root.iter(etree.Element):
            identifier = element.get("ID") or ""
            kind = local_name(element)
            if kind == "DrawParam":
                self.params[identifier] = element
            elif kind == "ColorSpace":
                self.spaces[identifier] = (element.get("Type") or "").upper()
            elif kind == "CompositeGraphicUnit":
                self.units[identifier] = element
            elif kind == "MultiMedia":
                location = child_text(element, "MediaFile")
                self.media[identifier] = package.locate(location, f"{folder}/_")
