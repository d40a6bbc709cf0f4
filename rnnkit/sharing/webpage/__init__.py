"""A language model as one HTML page that writes without a server: our own JavaScript, put together by page.py."""
