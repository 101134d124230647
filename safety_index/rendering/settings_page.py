"""Every setting of a series as a page for people to read, from the declaration itself.

Belongs here: the layout of the page. Does not belong here: a setting's meaning, which stands where it is declared.
"""

from __future__ import annotations

import types
import typing
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from safety_index.series.declaration import Series

_PLAIN = {str: "text", float: "number", int: "whole number", bool: "true or false", type(None): "null"}


def settings_markdown() -> str:
    """The text of ``docs/series.md``: a table for every part of a series, in the order they are first named in."""
    lines = [
        "# 指数方案的设置 Settings of a series",
        "",
        "A series is one YAML file that says everything about an index. Unknown settings are refused, and every fault",
        "is told at once. What is not stated has the default. This page is made from the declaration by",
        "`python -m safety_index.codegen`; `safety_index/series/default.yml` is a series in full.",
    ]
    for model in _models(Series):
        summary, *more = (model.__doc__ or "").strip().split("\n\n")
        lines += ["", f"## {_title(model)}", "", *_paragraph(summary)]
        for paragraph in more:
            lines += ["", *_paragraph(paragraph)]
        lines += ["", "| setting | values | default | meaning |", "|---|---|---|---|"]
        lines += [_row(name, field) for name, field in model.model_fields.items() if name != "function"]
    return "\n".join(lines) + "\n"


def _models(start: type[BaseModel]) -> list[type[BaseModel]]:
    """``start`` and all parts that its fields can hold, each once."""
    found: list[type[BaseModel]] = []

    def visit(model: type[BaseModel]) -> None:
        if model in found:
            return
        found.append(model)
        for field in model.model_fields.values():
            for part in _parts(field.annotation):
                visit(part)

    visit(start)
    return found


def _parts(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [part for argument in get_args(annotation) for part in _parts(argument)]


def _title(model: type[BaseModel]) -> str:
    function = model.model_fields.get("function")
    return f"Scoring: `{function.default}`" if function else model.__name__


def _paragraph(text: str) -> list[str]:
    return [line.strip().replace("``", "`") for line in text.splitlines()]


def _row(name: str, field: FieldInfo) -> str:
    meaning = (field.description or ("see below" if _parts(field.annotation) else "–")).replace("``", "`")
    return f"| `{name}` | {_values(field.annotation)}{_limits(field)} | {_default(field)} | {meaning} |"


def _limits(field: FieldInfo) -> str:
    signs = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
    limits = [
        f"{sign} {getattr(part, name):g}"
        for part in field.metadata
        for name, sign in signs.items()
        if hasattr(part, name)
    ]
    return f", {' and '.join(limits)}" if limits else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value == ():
        return "none"
    if isinstance(value, BaseModel | tuple):
        return "its parts' defaults"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _values(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is typing.Annotated:
        return _values(get_args(annotation)[0])
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if origin in (typing.Union, types.UnionType):
        return _choice([_values(part) for part in get_args(annotation) if part is not type(None)])
    if origin is tuple:
        inner = [part for part in get_args(annotation) if part is not Ellipsis]
        return f"list of {_values(inner[0])}" if Ellipsis in get_args(annotation) else f"pair of {_values(inner[0])}s"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _title(annotation)
    return _PLAIN.get(annotation, str(annotation))


def _choice(options: list[str]) -> str:
    scorings = [option for option in options if option.startswith("Scoring")]
    if len(scorings) > 1:
        return "a scoring function, see below"
    return " or ".join(options)
