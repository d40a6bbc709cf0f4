"""rnnkit: recurrent networks trained in the background and read at every epoch.

Nothing here knows Streamlit. See README.md for the captioned file tree.
"""

__version__ = "0.1.0"
