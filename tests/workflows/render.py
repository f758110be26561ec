"""Drawing the pictures of ``docs/circuits`` again: ``python -m tests.workflows.render [short name…]``.

Each circuit is drawn by bpmn-js in Chromium, as anybody who opens the file in an editor sees it. A picture carries the
digest of the drawing that it shows, so that a test can tell when it is no longer right.
"""

from __future__ import annotations

import hashlib
import io
import struct
import sys
import zlib
from importlib.resources import files
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.support.browser import chromium

ROOT = Path(__file__).parents[2]
BPMN_JS = ROOT / "node_modules" / "bpmn-js" / "dist"
PICTURES = ROOT / "docs" / "circuits"
#: Blank around the drawing, in pixels.
MARGIN = 12
#: Name of the text that holds the digest, in the picture.
KEYWORD = b"Drawing-SHA256"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_DRAW = """async ([xml, margin]) => {
  const viewer = new BpmnJS({ container: "#canvas" });
  const { warnings } = await viewer.importXML(xml);
  if (warnings.length) throw new Error(warnings.map(String).join("; "));
  const box = document.querySelector("#canvas .viewport").getBBox();
  const [width, height] = [box.width + 2 * margin, box.height + 2 * margin];
  const picture = document.querySelector("#canvas svg");
  picture.setAttribute("viewBox", `${box.x - margin} ${box.y - margin} ${width} ${height}`);
  Object.assign(picture.style, { width: `${width}px`, height: `${height}px` });
  document.querySelector("#canvas .viewport").removeAttribute("transform");
  document.querySelector(".bjs-powered-by").remove();
}"""


def render(browser: Browser, bpmn: bytes) -> bytes:
    """The picture of a drawing (PNG), with the digest of the drawing. Raises when bpmn-js complains."""
    page = browser.new_page(viewport={"width": 2000, "height": 1200}, device_scale_factor=2)
    try:
        page.set_content('<body style="margin:0;background:white"><div id="canvas" style="height:1200px"></div></body>')
        page.add_style_tag(path=BPMN_JS / "assets" / "diagram-js.css")
        page.add_script_tag(path=BPMN_JS / "bpmn-viewer.production.min.js")
        page.evaluate(_DRAW, [bpmn.decode(), MARGIN])
        return _with_text(_light(page.locator("#canvas svg").first.screenshot()), digest_of(bpmn))
    finally:
        page.close()


def digest_of(bpmn: bytes) -> str:
    """The digest of a drawing that its picture carries."""
    return hashlib.sha256(bpmn).hexdigest()


def digest_shown(picture: bytes) -> str | None:
    """The digest of the drawing that a picture shows."""
    position = len(_SIGNATURE)
    while position < len(picture):
        (length,) = struct.unpack(">I", picture[position : position + 4])
        kind, data = picture[position + 4 : position + 8], picture[position + 8 : position + 8 + length]
        if kind == b"tEXt" and data.startswith(KEYWORD + b"\0"):
            return data[len(KEYWORD) + 1 :].decode()
        position += length + 12
    return None


def _light(picture: bytes) -> bytes:
    """The same picture in sixteen greys: drawings have no colours."""
    packed = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("L").quantize(16).save(packed, "PNG", optimize=True)
    return packed.getvalue()


def _with_text(picture: bytes, text: str) -> bytes:
    """Add a text after the header of a PNG (ISO/IEC 15948, 11.3.4.3)."""
    after_header = len(_SIGNATURE) + 25
    chunk = b"tEXt" + KEYWORD + b"\0" + text.encode()
    packed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return picture[:after_header] + packed + picture[after_header:]


def main(names: list[str]) -> None:
    """Draw these circuits, or all."""
    with chromium() as browser:
        for source in sorted(files("workflows").iterdir(), key=lambda item: item.name):
            short_name, _, kind = source.name.partition(".")
            if kind == "bpmn" and (not names or short_name in names):
                picture = PICTURES / f"{short_name}.png"
                picture.write_bytes(render(browser, source.read_bytes()))
                print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
