"""How a number is rounded and written: the one place for both, so that no two outputs differ.

Belongs here: rounding and formatting. Does not belong here: deciding whether a number may be shown (``disclosure``).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

#: Shown where there is no number, with the reason beside it or in the notes.
NO_FIGURE = "–"


def rounded(value: float | int | None, decimals: int) -> float | None:
    """``value`` rounded half away from zero, by its shortest decimal form (2.25 to 2.3, -2.25 to -2.3)."""
    if value is None:
        return None
    # Adding zero turns -0.0 into 0.0, which would print as "-0".
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)) + 0.0


def figure(value: float | int | None, decimals: int = 0, signed: bool = False) -> str:
    """``value`` for reading: thousands separated, a true minus sign, a dash where there is none.

    With ``signed`` a rise carries a plus and no change a plus-minus sign, so that direction never hangs on colour.
    """
    if value is None:
        return NO_FIGURE
    number = rounded(value, decimals)
    text = f"{abs(number):,.{decimals}f}"
    if number < 0:
        return f"−{text}"
    if signed:
        return f"+{text}" if number > 0 else f"±{text}"
    return text
