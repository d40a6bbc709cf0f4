"""Training: the loop and its learner, what it costs, the queue, and the processes that do it."""
