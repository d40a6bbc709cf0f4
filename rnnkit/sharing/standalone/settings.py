"""All settings of these programs, with values to try them with; a script has those of its run, if it uses them.

They are called as in a run's config, where they stand there. Where an `if` asks for nothing but settings, a script has
only the branch that its run takes.
"""

# What is read
TOKENS = "characters"
NEWLINES_AS_SPACES = False
MINIMUM_COUNT = 1  # rarer tokens are not in the vocabulary
VOCAB_SIZE: int | None = None  # the most frequent tokens
UNKNOWN: str | None = None  # stands for every token that is not in the vocabulary
LEAST_WORDS = 8  # of a line; shorter ones are read together with the next
MOST_WORDS = 40  # of a line; longer ones are cut
NUMBERS = False  # whether a series is read and forecast as numbers, not as bins
BINS = 32  # that the values are cut into
QUANTILES = False  # whether each bin has as many values, or all bins are as wide
RUN_RANGE = (0.0, 1.0)  # of the values that the run was trained on
RUN_SCALE = (0.0, 1.0)  # mean and deviation of the values that the run was trained on
RUN_ERROR: float | None = None  # of the run's last epoch, one step ahead
MEMORY = 500  # values that are read before a forecast

# Batches
STREAMS = True  # whether states are carried on from batch to batch, with an answer after every step
BATCH_SIZE = 32
LENGTH = 64  # steps that the network reads at once
STEP = 1  # from the start of one window to the next
PASSES = 1  # times the text is read in an epoch
RANDOM_OFFSET = False  # whether each of them begins at another place
VALIDATION_FRACTION = 0.1  # the last part of what is read, never trained on

# The network
ARCHITECTURE = "lstm"
INPUTS = "symbols"  # or "numbers"
EMBEDDING_SIZE = 64
CELL = "LSTM"  # LSTM, GRU or SimpleRNN
UNITS = 128
LAYERS = 1
BIDIRECTIONAL = False
KERNEL_WIDTH = 5  # neighbouring tokens that a convolution sees at once
HIDDEN_UNITS = 0  # of the layer before the answer
OUTPUTS = 0  # one for each class, or 1 for two classes
EMBEDDING_DROPOUT = 0.0
INPUT_DROPOUT = 0.0
RECURRENT_DROPOUT = 0.0
DROPOUT = 0.0
WEIGHTS_BY_NUMPY = True  # the first ones; else by the seeds of the layers

# Training
EPOCHS = 10
LOSS = "softmax"
STEPS: int | None = None  # of the whole run, where these end it
OPTIMIZER = "Adam"  # Adam, AdamW, RMSprop or SGD
LEARNING_RATE = 0.002
SCHEDULE = "constant"
FALLS_TO = 0.05  # of the learning rate, at the end
WARM_UP = 0.0  # share of the steps in which the learning rate rises
WEIGHT_DECAY = 0.0  # of AdamW
MOMENTUM = 0.0  # of SGD and RMSprop
CLIP_NORM = 0.0  # largest norm of all gradients together
CLIP_VALUE = 0.0  # largest size of each number of a gradient
WEIGHT_AVERAGE = 0.0  # how slowly the average of the weights moves, with which the loss is measured
PATIENCE = 0  # epochs without a better loss before training ends
BFLOAT16 = False  # whether all but the last layer computes in it while training
DETERMINISTIC = True  # sums in one order, as in the run; leave it out for speed
SEED = 0
TEXT_SHA256: str | None = None
RUN_FIGURES: dict[int, dict[str, float]] = {}
