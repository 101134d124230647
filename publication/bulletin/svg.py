"""SVG elements as safe markup: every attribute and text is escaped here, so charts can't forget to.

Belongs here: building elements. Does not belong here: what is drawn (``charts``).
"""

from __future__ import annotations

from markupsafe import Markup, escape


def length(value: float) -> str:
    """A coordinate or size in user units, to two decimals at most."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(tag: str, *children: Markup | str, **attributes: object) -> Markup:
    """An element. Underscores in attribute names stand for hyphens, a trailing one is dropped (``class_``); numbers
    become coordinates, None leaves an attribute out. Children that are not Markup are escaped."""
    parts = []
    for name, value in attributes.items():
        if value is not None:
            text = length(value) if isinstance(value, int | float) else value
            parts.append(f' {name.rstrip("_").replace("_", "-")}="{escape(text)}"')
    inner = "".join(child if isinstance(child, Markup) else escape(child) for child in children)
    return Markup(f"<{tag}{''.join(parts)}>{inner}</{tag}>" if children else f"<{tag}{''.join(parts)}/>")


def picture(
    width: float, height: float, title: str, description: str, *children: Markup, class_: str = "chart"
) -> Markup:
    """A drawing that says what it is: title and description come first, for readers who don't see it."""
    return element(
        "svg",
        element("title", title),
        element("desc", description),
        *children,
        class_=class_,
        role="img",
        viewBox=f"0 0 {length(width)} {length(height)}",
        width=width,
        height=height,
    )
