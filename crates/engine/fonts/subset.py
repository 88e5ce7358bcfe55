"""Makes the fonts of pictures from the Inter that its authors publish; run again only to change them.

    npm pack inter-ui@4.1.1 && tar xzf inter-ui-4.1.1.tgz
    pip install fonttools brotli
    python3 subset.py package/web <engine>/fonts <engine>/src/chart/advance.rs

Digits become tabular by default: resvg knows no font features, and figures must stand in columns.
"""

import base64
import io
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

SYMBOLS = [*range(0x2010, 0x2015), *range(0x2018, 0x201F), 0x2009, 0x2020, 0x2022, 0x2026, 0x202F, 0x2030, 0x2032,
           0x2033, 0x2039, 0x203A, 0x20AC, 0x20B9, 0x2122, *range(0x2190, 0x2195), 0x2197, 0x2198, 0x2202, 0x2206,
           0x2211, 0x2212, 0x221E, 0x2248, 0x2260, 0x2264, 0x2265, 0xFFFD]
ON_SCREEN = [*range(0x20, 0x7F), *range(0xA0, 0x100), *SYMBOLS]
IN_FILES = [*range(0x20, 0x7F), *range(0xA0, 0x250), *range(0x370, 0x460), *range(0x2000, 0x2070),
            *range(0x20A0, 0x20C0), *range(0x2190, 0x21A0), *SYMBOLS]
WEIGHTS = {"Regular": 400, "SemiBold": 600}


def tabular(font):
    """Maps the digits to their tabular forms."""
    gsub = font["GSUB"].table
    forms = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for table in gsub.LookupList.Lookup[index].SubTable:
                    forms.update(getattr(table, "ExtSubTable", table).mapping)
    for table in font["cmap"].tables:
        for code in range(0x30, 0x3A):
            glyph = table.cmap.get(code)
            if glyph in forms:
                table.cmap[code] = forms[glyph]


def make(source, characters, flavor):
    font = TTFont(source, recalcTimestamp=False)
    tabular(font)
    options = subset.Options(flavor=flavor, hinting=False, name_IDs=["*"], notdef_outline=True)
    options.layout_features = ["kern", "ccmp", "locl", "mark", "mkmk"]
    options.recalc_timestamp = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font.flavor = flavor
    out = io.BytesIO()
    subset.save_font(font, out, options)
    return out.getvalue()


def advances(data):
    font = TTFont(io.BytesIO(data))
    glyphs, widths, em = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
    return [round(widths[glyphs[code]][0] * 1000 / em) if code in glyphs else 0 for code in range(0x20, 0x180)]


HEAD = """\
//! Advance widths of the bundled Inter, so that text is measured as it will be drawn.
//!
//! Thousandths of an em for U+0020 to U+017F; 0 where the font has no such character. Digits are all as wide as
//! each other. Written by `fonts/subset.py`.
"""


def main(web, fonts, table):
    faces, rust = "", HEAD
    for name, weight in WEIGHTS.items():
        source = Path(web) / f"Inter-{name}.woff2"
        whole = make(source, IN_FILES, None)
        (Path(fonts) / f"Inter-{name}.ttf").write_bytes(whole)
        small = base64.b64encode(make(source, ON_SCREEN, "woff2")).decode()
        faces += (f"@font-face{{font-family:Inter;font-style:normal;font-weight:{weight};"
                  f'src:url(data:font/woff2;base64,{small}) format("woff2")}}\n')
        widths = advances(whole)
        rows = ["    " + ", ".join(map(str, widths[at:at + 16])) + ",\n" for at in range(0, len(widths), 16)]
        rust += (f"\n/// {name}.\n#[rustfmt::skip]\npub(super) const {name.upper()}: [u16; {len(widths)}] = [\n"
                 + "".join(rows) + "];\n")
    (Path(fonts) / "chart.css").write_text(faces)
    Path(table).write_text(rust)


if __name__ == "__main__":
    main(*sys.argv[1:])
