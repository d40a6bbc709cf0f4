"""A decoder alone, for one-to-many: a single symbol says what is wanted, and a GRU writes a whole line from it.

Knows no text.
"""

from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.encoder_decoder import ANSWERS, WRITES
from rnnkit.architectures.parts.sequences import Plan, architecture

DECODER = architecture(
    name="decoder",
    title="Decoder alone",
    summary="One to many: a class, or a first letter, has a vector of its own, and from there a GRU writes a line.",
    plan=Plan(encoder=False, attention=False),
    equations=(
        Equation(r"s_0 = E_x", "The one token that is given has an embedding as large as the state: it is the state."),
        WRITES,
        ANSWERS,
    ),
)
