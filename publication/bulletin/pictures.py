"""The bulletin's drawings of evidence as files of their own, for reports and slides.

Belongs here: making a drawing stand alone. Does not belong here: drawing it (``evidence_charts``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

_STYLE = (
    "text{font-family:'Noto Sans CJK SC','Microsoft YaHei',sans-serif;fill:#17212b;font-size:12px}"
    ".label{text-anchor:end}.tick{fill:#55626e;font-size:11px}.end{text-anchor:end}.middle{text-anchor:middle}"
    ".guide{stroke:#eef1f3}.border{stroke:#55626e;stroke-dasharray:3 3}.span{fill:#b9cddd}.now,.fill{fill:#123f66}"
    ".mark{stroke:#a4451a;stroke-width:2}"
)


def write_pictures(pictures: Mapping[str, Markup], folder: Path) -> None:
    """Write each drawing as ``<name>.svg``, with the few rules of style that it needs and nothing from outside."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawing in pictures.items():
        alone = str(drawing).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
        head, _, rest = alone.partition(">")
        (folder / f"{name}.svg").write_text(f"{head}><style>{_STYLE}</style>{rest}\n", encoding="utf-8")
