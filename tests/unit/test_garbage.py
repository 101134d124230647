"""Python looks for garbage seldom while a quarter runs, and as usual before and after."""

import gc
import subprocess
import sys
import weakref

from orchestration.garbage import _QUARTERS_BETWEEN_COLLECTIONS, collecting_seldom
from warehouse.layout import PROJECT_ROOT

_AT_THE_END = """
import atexit, gc
from orchestration.garbage import collect_seldom_in_this_process, leave_all_at_the_end
collect_seldom_in_this_process()
atexit.register(lambda: print(gc.get_threshold()[0], gc.get_freeze_count(), gc.get_count()[0]))
leave_all_at_the_end()
"""


class _Quarter:
    itself: "_Quarter"


def test_what_was_there_before_a_quarter_is_left_out_until_it_has_run():
    usual, frozen = gc.get_threshold(), gc.get_freeze_count()
    with collecting_seldom():
        assert gc.get_threshold()[0] > 10 * usual[0] or usual[0] >= 100_000
        assert gc.get_freeze_count() > frozen
    assert gc.get_threshold() == usual
    assert gc.get_freeze_count() == 0


def test_garbage_of_many_quarters_is_found_after_some_of_them():
    left = []
    for _ in range(2 * _QUARTERS_BETWEEN_COLLECTIONS):
        with collecting_seldom():
            quarter = _Quarter()
            quarter.itself = quarter
            left.append(weakref.ref(quarter))
            del quarter
    alive = [one() is not None for one in left]
    assert alive == sorted(alive), "what was left first is found first"
    assert 0 < sum(alive) <= _QUARTERS_BETWEEN_COLLECTIONS


def test_a_command_looks_through_nothing_when_it_ends():
    ended = subprocess.run(
        [sys.executable, "-c", _AT_THE_END], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    threshold, frozen, new = map(int, ended.stdout.split())
    assert threshold >= 100_000
    assert frozen > 1_000
    assert new < 100
