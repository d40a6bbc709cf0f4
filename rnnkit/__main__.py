"""`python -m rnnkit`: the command line."""

import sys

from rnnkit.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
