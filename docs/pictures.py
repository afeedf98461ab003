"""Draw the pictures of docs/your-data.md again: workbooks in LibreOffice, pages in Chromium.

    python docs/pictures.py

Needs LibreOffice, pdftoppm and Chromium on the PATH. What is shown is made from the shipped tables
and from the untidy workbook of the tests.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import openpyxl
import sendwarmth as sw
from openpyxl import Workbook
from openpyxl.worksheet.properties import PageSetupProperties
from sendwarmth.run.inputs import load_inputs
from sendwarmth.run.marked import write_marked
from sendwarmth.run.template import write_template

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
OFFICE = ROOT / "tests" / "office.xlsx"
sys.path.insert(0, str(ROOT / "tests"))

from chromium import chromium  # noqa: E402

HEADS = "慰问人数"
ACROSS = """async (data) => {
  const image = new Image(); image.src = data; await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width; canvas.height = image.height;
  const draw = canvas.getContext('2d'); draw.drawImage(image, 0, 0);
  const dots = draw.getImageData(0, 0, image.width, image.height).data;
  let [left, top, right, bottom] = [image.width, image.height, 0, 0];
  for (let y = 0; y < image.height; y++) for (let x = 0; x < image.width; x++) {
    const at = 4 * (y * image.width + x);
    if (dots[at] + dots[at + 1] + dots[at + 2] < 750) {
      left = Math.min(left, x); right = Math.max(right, x);
      top = Math.min(top, y); bottom = Math.max(bottom, y);
    }
  }
  document.body.style.margin = '0'; document.body.replaceChildren(image);
  return [left, top, right - left + 1, bottom - top + 1];
}"""


def one_sheet(
    book: Workbook, sheet: str, path: Path, last_row: int, widths: dict[str, int]
) -> None:
    """Save a workbook with one sheet of it, as wide as the page, with letters and numbers."""
    for other in book.sheetnames:
        if other != sheet:
            book[other].sheet_state = "hidden"
    page = book[sheet]
    book.active = book.sheetnames.index(sheet)
    for letter, width in widths.items():
        page.column_dimensions[letter].width = width
    for row in page.iter_rows():
        for cell in row:
            if cell.value is not None:
                cell.comment = None
    last = openpyxl.utils.get_column_letter(page.max_column)
    page.print_area = f"A1:{last}{min(last_row, page.max_row)}"
    page.print_title_rows = None
    page.print_options.gridLines = page.print_options.headings = True
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToWidth = page.page_setup.fitToHeight = 1
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.oddFooter.center.text = page.oddHeader.center.text = ""
    book.save(path)


def draw_sheet(path: Path, image: Path) -> None:
    """Draw the sheet a workbook shows and cut the paper away."""
    office = [
        "soffice",
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(path.parent),
        str(path),
    ]
    subprocess.run(office, check=True, capture_output=True)
    page = ["pdftoppm", "-r", "150", "-png", "-singlefile", str(path.with_suffix(".pdf"))]
    subprocess.run([*page, str(path.with_suffix(""))], check=True, capture_output=True)
    dots = path.with_suffix(".png").read_bytes()
    with chromium() as browser:
        shown = browser.new_page()
        shown.set_content("<body></body>")
        left, top, width, height = shown.evaluate(ACROSS, _address(dots))
        shown.set_viewport_size({"width": int(left + width) + 10, "height": int(top + height) + 10})
        clip = {"x": left - 2, "y": top - 2, "width": width + 4, "height": height + 4}
        shown.screenshot(path=image, clip=clip)


def _address(dots: bytes) -> str:
    from base64 import b64encode

    return "data:image/png;base64," + b64encode(dots).decode()


def spoiled(path: Path) -> Path:
    """Write the untidy workbook with four mistakes that happen."""
    book = openpyxl.load_workbook(OFFICE)
    heads = book[HEADS]
    heads["C7"], heads["D8"], heads["B10"], heads["E9"] = "-404", "六十一", "渭男市", "1,4,37"
    book.save(path)
    return path


def findings_in(path: Path) -> tuple[sw.Finding, ...]:
    """Return what is wrong with a workbook."""
    try:
        return load_inputs(path).findings
    except sw.InputError as error:
        return error.findings


def draw_page(work: Path, language: str, image: Path) -> None:
    """Draw the top of the report of a scenario on one's own workbook."""
    program = str(Path(sys.executable).with_name("sendwarmth"))
    command = [program, "run", "mine", "--language", language, "--force"]
    subprocess.run(command, check=True, capture_output=True, cwd=work)
    with chromium() as browser:
        shown = browser.new_page(viewport={"width": 1100, "height": 700}, device_scale_factor=1)
        shown.goto((work / "outputs" / "mine" / "report.html").as_uri())
        shown.wait_for_timeout(1000)
        shown.screenshot(path=image)


def own_project(work: Path) -> None:
    """Make a project with a workbook in which the hardship counts are official."""
    shutil.copytree(ROOT / "params", work / "params")
    write_template(load_inputs(ROOT / "params" / "data"), work / "params" / "mine.xlsx", "zh")
    book = openpyxl.load_workbook(work / "params" / "mine.xlsx")
    for row in book[HEADS].iter_rows(min_row=2):
        if row[1].value == "困难职工":
            row[4].value, row[5].value = "官方", "帮扶系统，2019年12月15日"
    book.save(work / "params" / "mine.xlsx")
    text = "title: {zh: 用本单位数据, en: Our own data}\nextends: baseline\ndata: ../mine.xlsx\n"
    (work / "params" / "scenarios" / "mine.yaml").write_text(text, encoding="utf-8")


def main() -> None:
    """Draw every picture."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        bad = spoiled(work / "office.xlsx")
        book = openpyxl.load_workbook(OFFICE)
        book[HEADS].row_dimensions[1].height = 26
        widths = {"A": 8, "B": 32, **dict.fromkeys("CDEFGH", 20)}
        one_sheet(book, HEADS, work / "o.xlsx", 40, widths)
        draw_sheet(work / "o.xlsx", IMAGES / "office.png")
        own_project(work / "project")
        for language, heads, listed in (("zh", HEADS, "检查结果"), ("en", "Heads", "Findings")):
            write_template(load_inputs(ROOT / "params" / "data"), work / "t.xlsx", language)
            book = openpyxl.load_workbook(work / "t.xlsx")
            one_sheet(book, heads, work / "t.xlsx", 16, {"F": 70, "G": 70})
            draw_sheet(work / "t.xlsx", IMAGES / f"template.{language}.png")
            write_marked(bad, findings_in(bad), work / "m.xlsx", language)
            one_sheet(openpyxl.load_workbook(work / "m.xlsx"), listed, work / "f.xlsx", 22, {})
            draw_sheet(work / "f.xlsx", IMAGES / f"findings.{language}.png")
            draw_page(work / "project", language, IMAGES / f"own-data.{language}.png")
        one_sheet(openpyxl.load_workbook(work / "m.xlsx"), HEADS, work / "k.xlsx", 40, {"B": 30})
        draw_sheet(work / "k.xlsx", IMAGES / "marked.png")


if __name__ == "__main__":
    main()
