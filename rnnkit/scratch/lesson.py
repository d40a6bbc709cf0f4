"""Each formula with the very functions that compute it: their source is read, never copied. Knows no page."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import NamedTuple

from rnnkit.scratch import gru, lstm, rnn, sentence, softmax, through_time, updates


class Lesson(NamedTuple):
    """A step of the way: formulas in LaTeX, what they say in words, and the functions that are them."""

    title: str
    formulas: tuple[str, ...]
    words: str
    functions: tuple[Callable, ...]

    @property
    def code(self) -> str:
        """The source of the functions, as it stands in the file."""
        return "\n\n".join(inspect.getsource(function).rstrip() for function in self.functions)


# fmt: off
# One lesson: its title, its formulas, its words, its functions.
_ANSWER = (
    Lesson("From the state to probabilities",
        (r"z_t = V s_t + c", r"\hat y_{t,i} = \frac{e^{z_{t,i}}}{\sum_k e^{z_{t,k}}}"),
        "Every token gets a score, and softmax makes them probabilities.",
        (through_time.scores, softmax.softmax)),
    Lesson("The error",
        (r"E_t = -y_t \cdot \log \hat y_t", r"E_{total} = \sum_t E_t"),
        "y has a single 1, at the token that really came: what counts is the probability it was given.",
        (softmax.cross_entropy,)),
    Lesson("Backward: the Jacobian of softmax",
        (r"\frac{\partial \hat y_i}{\partial z_i} = \hat y_i (1 - \hat y_i)",
         r"\frac{\partial \hat y_i}{\partial z_j} = -\hat y_i \hat y_j \quad (i \neq j)"),
        "More for one token is less for all others. The document's matrix has the minus, its last line lost it.",
        (softmax.softmax_jacobian,)),
    Lesson("Backward: from the error to the scores",
        (r"\frac{\partial E_t}{\partial \hat y_t} = -\frac{y_t}{\hat y_t}",
         r"\frac{\partial E_t}{\partial z_t} = \Big(\frac{\partial \hat y_t}{\partial z_t}\Big)^{\!\top} "
         r"\frac{\partial E_t}{\partial \hat y_t}",
         r"= \hat y_t - y_t"),
        "Multiplied out, almost everything cancels: the prediction less what came.",
        (softmax.cross_entropy_backward, softmax.softmax_backward)),
    Lesson("Backward: V, and down to the state",
        (r"\frac{\partial E}{\partial V} = \sum_t (\hat y_t - y_t)\, s_t^\top",
         r"\frac{\partial E_t}{\partial s_t} = V^\top (\hat y_t - y_t)"),
        "The last factor of the chain is the state itself.",
        (through_time.output_backward,)),
)
_TIME = (
    Lesson("Backpropagation through time",
        (r"\frac{\partial E}{\partial s_t} = \frac{\partial E_t}{\partial s_t} + "
         r"\frac{\partial (E_{t+1} + \dots + E_T)}{\partial s_t}",),
        "From the last step to the first. A state is to blame for its own answer and for all that came later.",
        (through_time.back_through_time, through_time.backward)),
    Lesson("Clipping",
        (r"g \leftarrow \min(\max(g, -m), m)",
         r"g \leftarrow g \cdot \min\Big(1, \frac{m}{\lVert g \rVert}\Big)"),
        "Against gradients that explode. The document clips every number by itself; "
        "clipping all of them by their length keeps the direction.",
        (updates.clip_by_value, updates.clip_by_norm)),
    Lesson("A step",
        (r"w \leftarrow w - \eta\, g", r"w \leftarrow w - \eta\, \frac{g}{\sqrt{\sum g^2}}"),
        "Plain descent, and Adagrad, which divides by how much each weight was pushed so far.",
        (updates.descend, updates.adagrad)),
    Lesson("All of it: learn a sentence",
        (), "Forward, backward, clip, step, and again.",
        (sentence.training_steps,)),
)
LESSONS: dict[str, tuple[Lesson, ...]] = {
    "simple_rnn": (
        Lesson("The cell",
            (r"s_t = \tanh(U x_t + W s_{t-1} + b)",),
            "The new state mixes the token just read with the old state. The document leaves out the bias b.",
            (rnn.hidden_state,)),
        *_ANSWER,
        Lesson("Backward: through the tanh to U and W",
            (r"\frac{\partial E}{\partial a_t} = \frac{\partial E}{\partial s_t} \odot (1 - s_t^2)",
             r"\frac{\partial E}{\partial U} = \sum_t \frac{\partial E}{\partial a_t}\, x_t^\top",
             r"\frac{\partial E}{\partial W} = \sum_t \frac{\partial E}{\partial a_t}\, s_{t-1}^\top"),
            "With a for what stands inside the tanh. The same weights serve every step, so their gradients add up.",
            (rnn.tanh_backward, rnn.weights_backward)),
        Lesson("Backward: one step further back",
            (r"\frac{\partial E}{\partial s_{t-1}} \leftarrow W^\top \frac{\partial E}{\partial a_t}",),
            "Once through W for every step: this is where gradients vanish or explode.",
            (rnn.state_backward,)),
        *_TIME),
    "gru": (
        Lesson("The gates",
            (r"z_t = \sigma(U_z x_t + W_z h_{t-1} + b_z)",
             r"r_t = \sigma(U_r x_t + W_r h_{t-1} + b_r)"),
            "The update gate: how much of the state stays. The reset gate: how much of it the candidate sees.",
            (gru.gates,)),
        Lesson("The candidate",
            (r"\tilde h_t = \tanh\big(U_g x_t + b_g + r_t \odot (W_g h_{t-1} + d_g)\big)",),
            "What might become the new state. As in Keras the reset gate comes after the product; in the code it is g.",
            (gru.candidate,)),
        Lesson("The state",
            (r"s_t = h_t = z_t \odot h_{t-1} + (1 - z_t) \odot \tilde h_t",),
            "Between the old state and the candidate: where z is near 1, the state is kept as it is.",
            (gru.between,)),
        *_ANSWER,
        Lesson("Backward: through the mixture and the gates",
            (r"\frac{\partial E}{\partial a^z_t} = \frac{\partial E}{\partial h_t} \odot (h_{t-1} - \tilde h_t) "
             r"\odot z_t (1 - z_t)",
             r"\frac{\partial E}{\partial a^g_t} = \frac{\partial E}{\partial h_t} \odot (1 - z_t) "
             r"\odot (1 - \tilde h_t^2)",
             r"\frac{\partial E}{\partial a^r_t} = \frac{\partial E}{\partial a^g_t} "
             r"\odot (W_g h_{t-1} + d_g) \odot r_t (1 - r_t)"),
            "With a for what stands inside the sigmoids and the tanh.",
            (gru.gates_backward,)),
        Lesson("Backward: to U and W",
            (r"\frac{\partial E}{\partial U_z} = \sum_t \frac{\partial E}{\partial a^z_t}\, x_t^\top",
             r"\frac{\partial E}{\partial W_g} = \sum_t "
             r"\Big(\frac{\partial E}{\partial a^g_t} \odot r_t\Big) h_{t-1}^\top"),
            "And the same for the others; what stands behind the reset gate is multiplied by it.",
            (gru.weights_backward,)),
        Lesson("Backward: one step further back",
            (r"\frac{\partial E}{\partial h_{t-1}} \leftarrow \frac{\partial E}{\partial h_t} \odot z_t + "
             r"\sum_{k \in z, r, g} W_k^\top (\dots)",),
            "The first way leads past all W: where z is near 1, nothing of the gradient is lost.",
            (gru.state_backward,)),
        *_TIME),
    "lstm": (
        Lesson("The gates",
            (r"f_t = \sigma(U_f x_t + W_f h_{t-1} + b_f)",
             r"i_t = \sigma(U_i x_t + W_i h_{t-1} + b_i)",
             r"\tilde c_t = \tanh(U_g x_t + W_g h_{t-1} + b_g)",
             r"o_t = \sigma(U_o x_t + W_o h_{t-1} + b_o)"),
            "What to forget, how much to write, what to write, what to show. In the code the candidate is g.",
            (lstm.gates,)),
        Lesson("The memory",
            (r"c_t = f_t \odot c_{t-1} + i_t \odot \tilde c_t", r"s_t = h_t = o_t \odot \tanh(c_t)"),
            "The memory is kept by a product and a sum, not mixed anew: that is the whole trick.",
            (lstm.memory, lstm.shown)),
        *_ANSWER,
        Lesson("Backward: through the memory",
            (r"\frac{\partial E}{\partial c_t} \leftarrow \frac{\partial E}{\partial c_t} + "
             r"\frac{\partial E}{\partial h_t} \odot o_t \odot (1 - \tanh^2 c_t)",
             r"\frac{\partial E}{\partial c_{t-1}} = \frac{\partial E}{\partial c_t} \odot f_t"),
            "Back in time the gradient of the memory is only multiplied by the forget gate: near 1, nothing is lost.",
            (lstm.memory_backward,)),
        Lesson("Backward: through the gates to U and W",
            (r"\sigma' = \sigma (1 - \sigma), \quad \tanh' = 1 - \tanh^2",
             r"\frac{\partial E}{\partial U_f} = \sum_t \frac{\partial E}{\partial a^f_t}\, x_t^\top",
             r"\frac{\partial E}{\partial W_f} = \sum_t \frac{\partial E}{\partial a^f_t}\, h_{t-1}^\top"),
            "And the same for the other three.",
            (lstm.gates_backward, lstm.weights_backward)),
        Lesson("Backward: one step further back",
            (r"\frac{\partial E}{\partial h_{t-1}} \leftarrow \sum_{k \in f, i, g, o} W_k^\top "
             r"\frac{\partial E}{\partial a^k_t}",),
            "The second way back, through the four W, is the one that vanishes.",
            (lstm.state_backward,)),
        *_TIME),
}
# fmt: on
