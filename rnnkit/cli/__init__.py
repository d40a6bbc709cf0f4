"""The same product without a browser."""
