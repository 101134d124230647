"""Complementary suppression: which further cells to hide so that a hidden one can't be worked out.

Belongs here: two kinds of relation between published figures, a total with its parts and a weighted score with its
terms, and the search for cells to hide. Pure, and without knowledge of indicators or areas. Does not belong here:
which cells are too small to begin with (``disclosure``).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping

#: A reader can tell that a hidden count is not zero, since zeros are shown.
_LEAST_HIDDEN = 1
_TOLERANCE = 1e-9


def unprotected_parts(values: Mapping[Hashable, float], hidden: Collection, needs: Mapping[Hashable, float]) -> dict:
    """Hidden parts of one published total that the total gives away, with how much room they lack.

    A reader knows the sum of the hidden parts (total less the shown ones) and that each is at least one. So a part
    can be anything up to that sum less one for each other hidden part; ``needs`` says how far above its true value
    that must reach. A part that is hidden alone has no room at all.

    values: every part's count. hidden: the parts that are not shown. needs: room wanted, for those that need any.
    """
    inside = [part for part in values if part in hidden]
    total = sum(values[part] for part in inside)
    lacking = {}
    for part in inside:
        if part in needs:
            room = total - values[part] - _LEAST_HIDDEN * (len(inside) - 1) if len(inside) > 1 else 0.0
            if room < needs[part]:
                lacking[part] = needs[part] - room
    return lacking


def parts_to_hide(values: Mapping[Hashable, float], hidden: Collection, needs: Mapping[Hashable, float]) -> set | None:
    """The further parts to hide so that every hidden part of a published total has its room.

    Takes the smallest part that gives enough room by itself, else the largest there is and looks again. None when
    hiding every part is not enough: then the total itself must be hidden.
    """
    chosen: set = set()
    unseen = {part for part in values if part in hidden}
    while lacking := unprotected_parts(values, unseen | chosen, needs):
        shown = sorted((values[part], str(part), part) for part in values if part not in hidden and part not in chosen)
        shown = [candidate for candidate in shown if candidate[0] > _LEAST_HIDDEN]
        if not shown:
            return None
        wanted = max(lacking.values()) + _LEAST_HIDDEN
        chosen.add(next((part for value, _, part in shown if value >= wanted), shown[-1][2]))
    return chosen


def terms_to_hide(
    weights: Mapping[Hashable, float],
    hidden: Collection,
    movable: Collection,
    slack_share: float,
    fixed: Collection = (),
) -> set | None:
    """The further terms to hide so that no hidden term follows from a published weighted mean of all of them.

    The other hidden terms must carry at least ``slack_share`` of each hidden term's weight: all terms run over the
    same scale, so they can then move it over that share of the scale. Only ``movable`` terms count, those not stuck
    at an end of the scale, as long as there are any left to hide. ``fixed`` terms are as they are: never chosen.
    None when all terms together are not enough: then the mean itself must be hidden.
    """
    chosen: set = set()

    def shortfall(counted: Collection) -> float:
        inside = [term for term in weights if term in hidden or term in chosen]
        room = sum(weights[term] for term in inside if term in counted)
        lacking = [weights[term] * slack_share - (room - weights[term] * (term in counted)) for term in inside]
        return max(lacking, default=0.0)

    for counted in (movable, weights):
        while (lacking := shortfall(counted)) > _TOLERANCE:
            shown = [
                term for term in weights if term in counted and not (term in hidden or term in chosen or term in fixed)
            ]
            if not shown:
                break
            chosen.add(min(shown, key=lambda term: (weights[term] < lacking, weights[term], str(term))))
        else:
            return chosen
    return None
