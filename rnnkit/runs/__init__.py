"""Several runs: how far they are, beside each other, in an order to look at."""
