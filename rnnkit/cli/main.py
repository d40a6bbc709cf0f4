"""The same product without a browser: `python -m rnnkit COMMAND`, or `rnnkit COMMAND` where it is installed.

Each command is one function from its options to an Answer; its docstring is its help. Here they are
put together, run, and what went wrong is said in one sentence. Loads no TensorFlow: training happens in
processes of their own. Knows no page.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, get_args

from cyclopts import App, CoercionError, CycloptsError, Group, MissingArgumentError, Parameter, UnknownCommandError
from cyclopts.exceptions import UnknownOptionError, UnusedCliTokensError

import rnnkit
from rnnkit.cli import ask, backup, chats, classroom, doctor, inside, look, series, share, train, trash
from rnnkit.cli.answer import FAULT, PERSON, Answer, say
from rnnkit.errors import ConfigError, PersonError, did_you_mean
from rnnkit.texts.symbols import harmless

GROUPS: dict[str, dict[str, Callable[..., Answer]]] = {
    "Texts, presets and baselines": {
        "corpora": look.corpora, "series": series.series, "chats": chats.chats, "presets": look.presets,
        "params": look.params, "references": look.references,
    },
    "Runs": {
        "train": train.train, "duel": train.duel, "fork": train.fork, "runs": look.runs, "show": look.show,
        "stop": train.stop, "pause": train.pause, "resume": train.resume, "pin": train.pin, "unpin": train.unpin,
        "tag": train.tag, "untag": train.untag,
        "delete": trash.delete, "undelete": trash.undelete,
    },
    "Ask a trained network": {
        "sample": ask.sample, "score": ask.score, "classify": ask.classify, "forecast": ask.forecast,
        "translate": ask.translate, "ingredients": ask.ingredients,
        "states": inside.states, "cells": inside.cells, "ablate": inside.ablate,
        "lookback": inside.lookback,
    },
    "Class": {"class": classroom.list_},
    "Share": {
        "dashboard": share.dashboard, "take": share.take, "export": share.export, "import": share.import_,
        "results": share.results, "check": look.check, "doctor": doctor.doctor,
        "backup": backup.backup, "restore": backup.restore,
    },
}  # fmt: skip
LONGEST_COMPLAINT = 4_000  # characters on standard error
COMMANDS = {name: command for group in GROUPS.values() for name, command in group.items()}
app = App(
    name="rnnkit",
    help="Pick a text and a recurrent network, and watch it learn.\n\n"
    "Where rnnkit is not installed, write `python -m rnnkit` for it, in the folder of its README.",
    help_format="plaintext",
    version=rnnkit.__version__,
    default_parameter=Parameter(negative=(), show_default=lambda value: value or None),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 2 for what a person did wrong, 1 for a fault.

    A fault is one line; with `python -X dev` it is a traceback.
    """
    try:
        words = sys.argv[1:] if argv is None else list(argv)
        if not words:
            raise ConfigError(f"command: expected one of {', '.join(COMMANDS)}, got nothing; see {_help()}")
        status: int | None = app.meta(words, exit_on_error=False, print_error=False, result_action="return_value")
        return status or 0
    except CycloptsError as error:
        return _complain(_sentence(error), PERSON)
    except PersonError as error:
        return _complain(str(error), PERSON)
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAULT
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        return _complain(f"fault: {type(error).__name__}: {error}; `python -X dev -m rnnkit` shows where", FAULT)


@app.meta.default
def _answered(
    *words: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    as_json: Annotated[bool, Parameter("--json", negative=())] = False,
) -> int:
    """Run the command that the words name, print what it says, and return its status.

    Args:
        as_json: one JSON document on standard output, nothing else
    """
    command, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    answer: Answer | None = command(*bound.args, **bound.kwargs)
    if answer is None:  # --help, --version and what completes for the shell have printed already
        return 0
    say(json.dumps(answer.document) if as_json else answer.text)
    return answer.status


def _sentence(error: CycloptsError) -> str:
    """What a person typed wrong: the argument, what was expected, what came."""
    guess, more = "", (error.unused_tokens or [""])[0]
    match error:
        case UnknownCommandError():
            said, guess = f"command: expected one of {', '.join(COMMANDS)}, got {more!r}", did_you_mean(more, COMMANDS)
        case UnknownOptionError(token=token):
            word, known = token.keyword or token.value, [n for one in error.argument_collection for n in one.names]
            said, guess = f"expected an option that this command has, got {word}", did_you_mean(word, known)
        case CoercionError(token=token, target_type=kind) if token:
            choices = ", ".join(map(str, get_args(kind)))
            expected = f"one of {choices}" if choices else "a number"
            wrong = "invalid int value: " if kind is int else f"expected {expected}, got "
            said = f"Argument {token.keyword}: {wrong}{token.value!r}"
        case MissingArgumentError(argument=argument) if argument:
            said = f"{error.keyword or argument.name}: expected a value, got nothing"
        case UnusedCliTokensError():
            said = f"expected nothing more, got {more!r}"
        case _:
            said = str(error).rstrip(".")
    return f"{said}; see {_help(error.command_chain or ())}{guess}"


def _help(commands: Sequence[str] = ()) -> str:
    return " ".join(["python -m rnnkit", *commands, "--help"])


def _complain(sentence: str, status: int) -> int:
    said = " ".join(sentence.split())[:LONGEST_COMPLAINT]
    print(harmless(said).encode("utf-8", "replace").decode(), file=sys.stderr)
    return status


for place, (title, commands) in enumerate(GROUPS.items()):
    group = Group(title, sort_key=place)
    for number, (name, command) in enumerate(commands.items()):
        app.command(command, name=name, group=group, sort_key=number)
app["corpora"].command(look.add_corpus, name="add")
app["corpora"].command(look.read_corpus, name="read")
app["corpora"].command(trash.delete_corpus, name="delete")
app["class"].command(classroom.open_, name="open")
app["class"].command(classroom.list_, name="list")
app["class"].command(classroom.pin, name="pin")
app["class"].command(classroom.collect, name="collect")
app["class"].command(classroom.end, name="end")
app.register_install_completion_command(help="Let the shell complete commands, options and names.")
own = Group("This program", sort_key=len(GROUPS))
for flag in ("--help", "--version", "--install-completion"):
    app[flag].group = own

if __name__ == "__main__":
    sys.exit(main())
