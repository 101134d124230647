"""The chart of a comparison: how many bits each field speaks for or against the pair, as text and as SVG.

Belongs here: drawing. Does not belong here: the values (``review``).
"""

from __future__ import annotations

from html import escape

from ingestion.identity.review import Field

_WIDTH, _ROW = 20, 26


def text_chart(fields: list[Field]) -> list[str]:
    """One line a field: a bar to the right speaks for the pair, to the left against it."""
    scale = max((abs(field.weight_bits) for field in fields), default=1) or 1
    lines = []
    for field in fields:
        length = round(abs(field.weight_bits) / scale * _WIDTH)
        left = ("█" * length).rjust(_WIDTH) if field.weight_bits < 0 else " " * _WIDTH
        right = ("█" * length).ljust(_WIDTH) if field.weight_bits > 0 else " " * _WIDTH
        lines.append(f"{left}│{right} {field.weight_bits:+6.1f}  {field.name_zh} {field.name_en}: {field.agreement}")
    return lines


def svg_chart(fields: list[Field], title: str) -> str:
    """The same as a picture that holds no value of either side."""
    scale = max((abs(field.weight_bits) for field in fields), default=1) or 1
    parts = []
    for place, field in enumerate(fields):
        width = abs(field.weight_bits) / scale * 180
        x, top = (200 - width if field.weight_bits < 0 else 200), 40 + place * _ROW
        colour = "#b3402f" if field.weight_bits < 0 else "#2f6fb3"
        words = escape(f"{field.weight_bits:+.1f}  {field.name_zh} {field.name_en}: {field.agreement}")
        parts.append(f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="16" fill="{colour}"/>')
        parts.append(f'<text x="395" y="{top + 13}">{words}</text>')
    height = 50 + len(fields) * _ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height}" font-family="sans-serif" '
        f'font-size="13">'
        f'<text x="10" y="22" font-weight="bold">{escape(title)}</text>'
        f'<line x1="200" y1="34" x2="200" y2="{height - 8}" stroke="#444"/>{"".join(parts)}</svg>\n'
    )
