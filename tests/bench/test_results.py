"""The page of results: rows measured again take their old place."""

from bench.results import keep

ORDER = ["fast", "slow"]


def test_a_row_measured_again_replaces_its_section_and_leaves_the_others(tmp_path):
    path = tmp_path / "RESULTS.md"
    keep("slow", "Slow: a title.", "3 runs.", ["| first |"], ORDER, path)
    keep("fast", "Fast.", "1 run.", ["| quick |"], ORDER, path)
    keep("slow", "Slow: a title.", "5 runs.", ["| new |"], ORDER, path)
    text = path.read_text()
    assert text.index("## fast: Fast.") < text.index("## slow: Slow: a title.")
    assert "5 runs." in text
    assert "| new |" in text
    assert "| quick |" in text
    assert "| first |" not in text
    assert "3 runs" not in text
    assert text.count("# What was measured") == 1


def test_a_row_that_is_no_more_goes(tmp_path):
    path = tmp_path / "RESULTS.md"
    keep("fast", "Fast.", "1 run.", ["| quick |"], ORDER, path)
    keep("slow", "Slow.", "1 run.", ["| new |"], ["slow"], path)
    assert "fast" not in path.read_text()
