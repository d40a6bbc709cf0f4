"""Trained networks without Keras: write with them, score texts with them, a step at a time in NumPy.

Other rooms import these names and no others. Knows no store, no page and no training.
"""

from rnnkit.engine.beam import Beam, beam_search
from rnnkit.engine.changes import Changed, ChangedReader, changed_logits, changed_scores, changed_texts
from rnnkit.engine.generation import PromptState, Request, generate, read_prompt, stream, uniforms
from rnnkit.engine.network import Network, network, one_blas_thread
from rnnkit.engine.reader import PrefixReader, Reader
from rnnkit.engine.samplers import RULES, Rule, Sampler, draw, probabilities
from rnnkit.engine.scoring import answers, score, score_batches
from rnnkit.engine.states import LayerStates, attention, states
from rnnkit.engine.tracing import Trace, entropy, trace

__all__ = [
    "RULES", "Beam", "Changed", "ChangedReader", "LayerStates", "Network", "PrefixReader", "PromptState", "Reader",
    "Request", "Rule", "Sampler", "Trace", "answers", "attention", "beam_search", "changed_logits", "changed_scores",
    "changed_texts", "draw", "entropy", "generate", "network", "one_blas_thread", "probabilities", "read_prompt",
    "score", "score_batches", "states", "stream", "trace", "uniforms",
]  # fmt: skip
