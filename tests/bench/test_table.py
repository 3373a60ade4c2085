"""How a measured row is judged and written."""

import pytest

from bench.lab import BooksDiffer, Run, _middle, _run
from bench.table import Line, as_markdown, at_least, at_most


@pytest.mark.parametrize(("ratio", "met"), [(0.79, False), (0.8, True), (0.7951, True), (1.3, True)])
def test_a_ratio_is_judged_as_it_is_shown(ratio, met):
    assert at_least(ratio, 0.8) == {"target": "≥ 0.8", "met": met}


def test_a_cost_must_not_be_over_its_target():
    assert [at_most(ratio, 2)["met"] for ratio in (1.9, 2.0, 2.01)] == [True, True, False]


def test_a_row_says_whether_it_was_met_missed_or_only_told():
    lines = [Line("w", "1/s", "b", "t", met) for met in (True, False, None)]
    assert [as_markdown(line).split(" | ")[-1] for line in lines] == ["met |", "**not met** |", " |"]


def test_of_several_runs_the_middle_one_counts():
    assert _middle([Run(speed, 1) for speed in (9, 1, 5)]).per_s == 5


@pytest.mark.parametrize("books", [{"messages": 9, "twice": 0}, {"messages": 10, "twice": 1}])
def test_figures_of_lost_or_doubled_messages_are_not_taken(books):
    with pytest.raises(BooksDiffer):
        _run(10, 1.0, books | {"seconds": 1.0})
