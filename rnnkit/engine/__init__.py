"""Trained networks without Keras: write with them, score texts with them, a step at a time in NumPy.

Knows no store, no page and no training.
"""

from rnnkit.engine.beam import Beam, beam_search
from rnnkit.engine.generation import Opening, Request, generate, opening, stream
from rnnkit.engine.network import Network, network
from rnnkit.engine.samplers import RULES, Rule, Sampler, probabilities
from rnnkit.engine.scoring import answers, logits_over, score
from rnnkit.engine.tracing import Trace, entropy, trace

__all__ = [
    "RULES", "Beam", "Network", "Opening", "Request", "Rule", "Sampler", "Trace", "answers", "beam_search", "entropy",
    "generate", "logits_over", "network", "opening", "probabilities", "score", "stream", "trace",
]  # fmt: skip
