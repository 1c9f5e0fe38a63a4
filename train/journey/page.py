"""The report as one html file with its pictures inside."""

import base64
import io
from collections.abc import Iterator
from html import escape

from train.journey.row_pictures import RowPicture
from train.journey.rows import Report, Row
from train.stylegan2.drawings import JPEG_QUALITY

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #141414; background: #fff;
       max-width: 1280px; margin: 2rem auto; padding: 0 1rem; }
section { border-top: 1px solid #ccc; padding: 1rem 0; }
.pictures { display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start; }
figure { margin: 0; max-width: 100%; }
figure img { max-width: 100%; max-height: 420px; display: block; }
figcaption { font-size: 14px; }
table { border-collapse: collapse; }
td, th { border-top: 1px solid #ccc; padding: .4rem .6rem; text-align: left;
         vertical-align: top; }
"""


def page(report: Report) -> str:
    """The whole html document."""
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(report.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
            f"<h1>{escape(report.title)}</h1>",
            *_paragraphs(report.opening),
            *(_section(row) for row in report.rows),
            *_claims(report),
            "</body>\n</html>\n",
        ]
    )


def _section(row: Row) -> str:
    lines = [f"<section>\n<h2>{escape(row.title)}</h2>", *_paragraphs(row.sentences)]
    figures = "\n".join(_figure(picture) for picture in row.pictures)
    return "\n".join([*lines, f'<div class="pictures">\n{figures}\n</div>\n</section>'])


def _claims(report: Report) -> Iterator[str]:
    yield "<section>\n<h2>What was said, and what the figures say</h2>\n<table>"
    yield "<tr><th>claim</th><th>verdict</th><th>figures</th></tr>"
    for claim in report.claims:
        cells = (claim.said, claim.verdict, claim.evidence)
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
    yield "</table>\n</section>"


def _paragraphs(sentences: tuple[str, ...]) -> Iterator[str]:
    return (f"<p>{escape(sentence)}</p>" for sentence in sentences)


def _figure(picture: RowPicture) -> str:
    kind = "jpeg" if picture.samples else "png"
    buffer = io.BytesIO()
    picture.image.save(buffer, kind, quality=JPEG_QUALITY)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    words = escape(picture.words)
    return (
        f'<figure><img src="data:image/{kind};base64,{data}" alt="{words}">'
        f"<figcaption>{words}</figcaption></figure>"
    )
