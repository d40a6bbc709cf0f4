"""A run to take along: exports, cards, reports, scripts."""
