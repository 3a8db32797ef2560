"""What the peers share: sizes from the command line, numbers that both sides make alike, repetitions timed on request."""
import argparse
import ctypes
import json
import os
import sys
import time


def arguments(**sizes):
    """Reads `--name value` for every size, numbers of threads and `--repetitions`.

    Numbers are whole. Threads are set in the environment, which OpenMP and OpenBLAS read when they are loaded: so neither
    PyTorch nor NumPy may be imported before.
    """
    parser = argparse.ArgumentParser(
        description="Prints a JSON line when ready, and one for each line with a number of repetitions on standard "
        "input. With --repetitions: warms up, runs so many, prints one line, ends."
    )
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch itself")
    parser.add_argument("--blas-threads", type=int, default=1, help="of its matrix products")
    parser.add_argument("--repetitions", type=int)
    for name, value in sizes.items():
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=value)
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(given.threads)
    os.environ["OPENBLAS_NUM_THREADS"] = str(given.blas_threads)
    return given


def uniform(seed, *shape):
    """Numbers in [0, 1), 24 bits fine, float64: the index and the seed mixed as MurmurHash3 ends (Appleby 2011).

    The same formula stands in bench/numbers.ts, so both sides start from the same weights and data.
    """
    import numpy

    word = numpy.arange(int(numpy.prod(shape)), dtype=numpy.uint32)
    word = word * numpy.uint32(0x9E3779B1) + numpy.uint32(seed * 0x85EBCA77 & 0xFFFFFFFF)
    word = (word ^ (word >> 16)) * numpy.uint32(0x85EBCA6B)
    word = (word ^ (word >> 13)) * numpy.uint32(0xC2B2AE35)
    word = word ^ (word >> 16)
    return ((word >> 8) * 2.0**-24).reshape(shape)


def spread(seed, *shape):
    """Numbers of mean 0 and variance 1, float64."""
    return (uniform(seed, *shape) - 0.5) * 12**0.5


def serve(given, step):
    """Runs `step()` as often as asked and tells the milliseconds of each repetition and the number it returned."""
    import torch

    torch.set_num_threads(given.threads)

    def block(repetitions):
        milliseconds, answers = [], []
        for _ in range(repetitions):
            started = time.perf_counter()
            answers.append(step())
            milliseconds.append((time.perf_counter() - started) * 1e3)
        return {"milliseconds": milliseconds, "answers": answers}

    def say(answer):
        print(json.dumps(answer), flush=True)

    about = {"torch": torch.__version__, **blas(torch), "threads": given.threads, "blas_threads": given.blas_threads}
    if given.repetitions is not None:
        block(max(3, given.repetitions // 10))
        return say({**about, **block(given.repetitions)})
    say(about)
    for line in sys.stdin:
        say(block(int(line)))


def blas(torch):
    """Who multiplies matrices: without MKL or OpenBLAS PyTorch is ten times slower, and no peer."""
    if torch.backends.mkl.is_available():
        return {"blas": "MKL", "core": None, "better": None}
    torch.mm(torch.ones(64, 64), torch.ones(64, 64))
    try:
        with open("/proc/self/maps") as maps:
            files = {line.split()[-1] for line in maps if "openblas" in line}
    except OSError:
        return {"blas": "unknown BLAS", "core": None, "better": None}
    if not files:
        return {"blas": "reference BLAS", "core": None, "better": None}
    core = core_name(files.pop())
    return {"blas": "OpenBLAS", "core": core, "better": better_core(core)}


def core_name(file):
    """The kernels that OpenBLAS chose for this processor."""
    try:
        ask = ctypes.CDLL(file).openblas_get_corename
    except (OSError, AttributeError):
        return None
    ask.restype = ctypes.c_char_p
    return ask().decode()


def better_core(core):
    """OpenBLAS falls back to kernels of 2004 on processors newer than itself. What it should have chosen, or None."""
    if core not in ("Prescott", "Core2", "Nehalem", "Sandybridge"):
        return None
    try:
        with open("/proc/cpuinfo") as info:
            flags = next(set(line.split()) for line in info if line.startswith("flags"))
    except (OSError, StopIteration):
        return None
    if flags >= {"avx512f", "avx512dq", "avx512bw", "avx512vl"}:
        return "SkylakeX"
    return "Haswell" if flags >= {"avx2", "fma"} else None
