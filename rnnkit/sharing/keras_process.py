"""`python -m rnnkit.sharing.keras_process RUN EPOCH FILE` writes a network as a .keras file, in a process of its own.

It is started by keras_file.last_epoch; people use `python -m rnnkit take`. Imports Keras on the way.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from rnnkit.errors import PersonError
from rnnkit.sharing import keras_file
from rnnkit.store import Store


def main(arguments: list[str]) -> int:
    """Write the file. Returns the exit status; what a person can mend is a sentence on standard error."""
    run_id, epoch, file = arguments
    try:
        with closing(Store()) as store:
            keras_file.write(store, run_id, int(epoch), Path(file))
    except PersonError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
