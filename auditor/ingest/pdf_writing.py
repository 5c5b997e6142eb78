"""A PDF of one page, written by hand: how pages of other formats reach pdfium's renderer.

Only what drawing needs: content, Chinese fonts that the renderer finds on the machine, pictures
and opacity. The file is drawn at once and thrown away, so nothing in it is compressed.
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

ENCODING = "UniGB-UCS2-H"
"""Two bytes of UTF-16 per character, mapped to Adobe's collection of simplified Chinese."""
SERIF, SANS = 6, 4
"""Font flags by which pdfium chooses what stands in for a font: symbolic, serifs or not."""
THIN_STEM = 50
"""A stem at which pdfium takes the regular weight; bold is asked for by the font's name."""


@dataclass(frozen=True, slots=True)
class Typeface:
    """What a font that is not embedded looks like.

    ``width`` of its characters in thousandths of their size: pdfium sets a glyph that is narrower
    in the middle of it, and squeezes a wider one.
    """

    serif: bool = True
    bold: bool = False
    width: int = 1000


class PdfPage:
    """A page of ``width`` x ``height`` points; operators are appended to its content."""

    def __init__(self, width: float, height: float) -> None:
        self._size = (width, height)
        self._content: list[str] = []
        self._objects: list[bytes] = []
        self._fonts: dict[Typeface, str] = {}
        self._opacities: dict[tuple[int, int], str] = {}
        self._pictures: dict[str, str] = {}
        self._named: dict[str, dict[str, int]] = {"Font": {}, "XObject": {}, "ExtGState": {}}

    def draw(self, *operators: str) -> None:
        """Append operators of the page's content."""
        self._content.extend(operators)

    def font(self, face: Typeface) -> str:
        """The resource name of a Chinese font of that look."""
        if face not in self._fonts:
            name = "SimSun" if face.serif else "SimHei"
            name += ",Bold" if face.bold else ""
            described = self._add(
                f"<</Type/FontDescriptor/FontName/{name}/Flags {SERIF if face.serif else SANS}"
                f"/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120"
                f"/StemV {THIN_STEM}/CapHeight 880>>"
            )
            glyphs = self._add(
                f"<</Type/Font/Subtype/CIDFontType0/BaseFont/{name}/DW {face.width}"
                "/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>"
                f"/FontDescriptor {described} 0 R>>"
            )
            self._fonts[face] = self._name(
                "Font",
                f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/{ENCODING}"
                f"/DescendantFonts[{glyphs} 0 R]>>",
            )
        return self._fonts[face]

    def opacity(self, fill: int, stroke: int) -> str:
        """The resource name of opacities (0 to 255) for filling and stroking."""
        if (fill, stroke) not in self._opacities:
            levels = f"<</ca {fill / 255:.3f}/CA {stroke / 255:.3f}>>"
            self._opacities[fill, stroke] = self._name("ExtGState", levels)
        return self._opacities[fill, stroke]

    def picture(self, key: str, image: Image.Image) -> str:
        """The resource name of a picture; one of a known ``key`` is written once."""
        if key not in self._pictures:
            veil = ""
            if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
                image = image.convert("RGBA")
                veil = f"/SMask {self._pixels(image.getchannel('A'))} 0 R"
            plain = image if image.mode == "L" else image.convert("RGB")
            self._pictures[key] = self._place("XObject", self._pixels(plain, veil))
        return self._pictures[key]

    def finished(self) -> bytes:
        """The whole file."""
        resources = "".join(
            f"/{kind}<<{''.join(f'/{name} {number} 0 R' for name, number in named.items())}>>"
            for kind, named in self._named.items()
        )
        content = self._stream("", "\n".join(self._content).encode("ascii"))
        width, height = self._size
        leaf = len(self._objects) + 1
        self._add(
            f"<</Type/Page/Parent {leaf + 1} 0 R/MediaBox[0 0 {width:.4f} {height:.4f}]"
            f"/Contents {content} 0 R/Resources<<{resources}>>>>"
        )
        self._add(f"<</Type/Pages/Kids[{leaf} 0 R]/Count 1>>")
        root = self._add(f"<</Type/Catalog/Pages {leaf + 1} 0 R>>")
        return self._file(root)

    def _pixels(self, image: Image.Image, more: str = "") -> int:
        space = "DeviceGray" if image.mode == "L" else "DeviceRGB"
        head = (
            f"/Type/XObject/Subtype/Image/Width {image.width}/Height {image.height}"
            f"/ColorSpace/{space}/BitsPerComponent 8{more}"
        )
        return self._stream(head, image.tobytes())

    def _name(self, kind: str, described: str) -> str:
        return self._place(kind, self._add(described))

    def _place(self, kind: str, number: int) -> str:
        name = f"{kind[0]}{number}"
        self._named[kind][name] = number
        return name

    def _stream(self, head: str, data: bytes) -> int:
        self._objects.append(
            f"<<{head}/Length {len(data)}>>stream\n".encode("ascii") + data + b"\nendstream"
        )
        return len(self._objects)

    def _add(self, described: str) -> int:
        self._objects.append(described.encode("ascii"))
        return len(self._objects)

    def _file(self, root: int) -> bytes:
        parts = [b"%PDF-1.4\n"]
        places = []
        reached = len(parts[0])
        for number, body in enumerate(self._objects, start=1):
            places.append(reached)
            parts.append(b"%d 0 obj " % number + body + b"\nendobj\n")
            reached += len(parts[-1])
        size = len(self._objects) + 1
        parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % size)
        parts += [b"%010d 00000 n \n" % place for place in places]
        parts.append(b"trailer<</Root %d 0 R/Size %d>>\n" % (root, size))
        parts.append(b"startxref\n%d\n%%%%EOF\n" % reached)
        return b"".join(parts)
