"""What a text is made of, counted."""

from rnnkit.texts import statistics


def test_statistics_count_characters_lines_and_words():
    found = statistics.of_text("to be\nor not to be\n")
    assert (found.chars, found.vocab, found.lines, found.words, found.distinct_words) == (19, 8, 2, 6, 4)
    assert found.frequencies[:3] == [(" ", 4), ("o", 4), ("t", 3)]
    assert found.common_words == [("be", 2), ("to", 2), ("not", 1), ("or", 1)]
    assert found.line_lengths == [(5, 1), (12, 1)]
    assert found.words_per_line == [(2, 1), (4, 1)]
    assert found.word_lengths == [(2, 5), (3, 1)]


def test_statistics_of_an_empty_text_are_empty():
    found = statistics.of_text("")
    assert (found.chars, found.lines, found.words) == (0, 0, 0)
    assert found.frequencies == found.line_lengths == []


def test_a_text_counted_in_parts_is_counted_whole(monkeypatch):
    text = "to be\n\nor not\nto be" * 9
    whole = statistics.of_text(text)
    monkeypatch.setattr(statistics, "PART_CHARS", 10)
    assert statistics.of_text(text) == whole


def test_lengths_are_put_into_few_bins_of_one_width():
    assert statistics.binned([(0, 3), (2, 1), (5, 2)]) == ([(0, 3), (1, 0), (2, 1), (3, 0), (4, 0), (5, 2)], 1)
    bins, width = statistics.binned([(3, 1), (999, 2)], most=10)
    assert (bins[0], bins[-1]) == ((0, 1), (900, 2))
    assert (len(bins), width) == (10, 100)
    assert statistics.binned([]) == ([(0, 0)], 1)
