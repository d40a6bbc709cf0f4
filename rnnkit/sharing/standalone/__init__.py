"""Programs that train the network of a run with plain Keras: what a stand-alone script is bundled from.

Each module is real code with the settings of settings.py, and nothing of rnnkit. Nobody imports them but each other and
tests, as they import Keras; `bundle` reads their text, keeps what a run needs and sets its settings.
"""
