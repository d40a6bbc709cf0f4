"""The encoder-decoder with attention, scored by the dot product (Luong et al., 2015, after Bahdanau et al., 2015).

Knows no text.
"""

from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.encoder_decoder import BEGINS, READS, WRITES
from rnnkit.architectures.parts.sequences import Plan, architecture

ATTENTION = architecture(
    name="attention",
    title="Encoder-decoder with attention",
    summary="Before each token that it writes, the decoder looks again at every token that was read.",
    plan=Plan(encoder=True, attention=True),
    equations=(
        READS,
        BEGINS,
        WRITES,
        Equation(
            r"\alpha_{tj} = \frac{\exp(s_t \cdot h_j)}{\sum_k \exp(s_t \cdot h_k)}",
            "How much to look at token j: the better the two states go together, the more. The shares sum to 1.",
        ),
        Equation(r"c_t = \sum_j \alpha_{tj} h_j", "What is seen then: a mixture of the encoder's states."),
        Equation(r"\tilde s_t = \tanh(W_c [c_t; s_t] + b_c)", "What was seen and what was in mind are put together."),
        Equation(r"\hat y_t = \mathrm{softmax}(V \tilde s_t + b_y)", "From both each next token gets its probability."),
    ),
)
