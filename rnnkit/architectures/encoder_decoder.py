"""The encoder-decoder (Cho et al., 2014; Sutskever et al., 2014): one GRU reads, its last state is all another gets.

Knows no text.
"""

from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.parts.sequences import Plan, architecture

READS = Equation(r"h_j = \mathrm{GRU}(x_j, h_{j-1})", "The encoder reads the source token by token.")
BEGINS = Equation(
    r"s_0 = h_{T_x}", "Its state after the last token is where the decoder begins: a vector of fixed size."
)
WRITES = Equation(
    r"s_t = \mathrm{GRU}(y_{t-1}, s_{t-1})",
    "The decoder reads what was written last; in training, what should have been (teacher forcing).",
)
ANSWERS = Equation(r"\hat y_t = \mathrm{softmax}(V s_t + b_y)", "The state gives each next token its probability.")

ENCODER_DECODER = architecture(
    name="encoder_decoder",
    title="Encoder-decoder",
    summary="One GRU reads the whole source, a second one writes the answer from nothing but its last state.",
    plan=Plan(encoder=True, attention=False),
    equations=(READS, BEGINS, WRITES, ANSWERS),
)
