"""compare.py PROGRAM FOLDER ROUNDS THREADS: times PROGRAM (speed.cpp) and scikit-learn's solvers in turns, on the same
samples, and prints a row of a markdown table for each shape and type."""
import os
import sys
import time

program, folder, rounds, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
os.environ.pop("OPENBLAS_CORETYPE", None)
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = threads

import statistics
import subprocess
import warnings

import numpy as np
import sklearn
from sklearn.decomposition import PCA

SHAPES = [(9, 768, 2), (1000, 768, 2), (20000, 768, 50), (100000, 64, 10), (500, 20000, 10), (5000, 5000, 20)]
HAS_COVARIANCE = tuple(int(x) for x in sklearn.__version__.split(".")[:2]) >= (1, 5)
warnings.simplefilter("ignore")


def samples(n, d, dtype):
    """A signal of rank 40 with falling scale, noise and an offset."""
    r = np.random.RandomState(7)
    k = min(40, n, d)
    x = (r.standard_normal((n, k)) * 0.9 ** np.arange(k)) @ r.standard_normal((k, d))
    return (x + 0.1 * r.standard_normal((n, d)) + r.standard_normal(d)).astype(dtype)


def covariance(x, k):
    """svd_solver="covariance_eigh", or its steps where this version has it not."""
    if HAS_COVARIANCE:
        p = PCA(k, svd_solver="covariance_eigh")
        p.fit_transform(x)
        return p.explained_variance_[0]
    n, mean = len(x), x.mean(0)
    c = (x.T @ x - n * np.outer(mean, mean)) / x.dtype.type(n - 1)
    w, v = np.linalg.eigh(c)
    v = v[:, ::-1][:, :k]
    x @ v - mean @ v
    return w[-1]


def solver(name, x, k):
    p = PCA(k, svd_solver=name, random_state=0)
    p.fit_transform(x)
    return p.explained_variance_[0]


def timed(call):
    begin = time.perf_counter()
    value = call()
    return time.perf_counter() - begin, value


for n, d, k in SHAPES:
    for dtype in ("float64", "float32"):
        x = samples(n, d, dtype)
        path = os.path.join(folder, f"samples_{n}x{d}_{dtype}.npy")
        np.save(path, x)
        peers = {"randomized": lambda: solver("randomized", x, k)}
        if n * d < 25_000_000:
            peers["full"] = lambda: solver("full", x, k)
            if d <= 6000:
                peers["covariance"] = lambda: covariance(x, k)
        ours = subprocess.Popen([program, path, str(k), threads], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def run_ours():
            ours.stdin.write("\n")
            ours.stdin.flush()
            return [float(field) for field in ours.stdout.readline().split()]

        seconds, variance = run_ours()
        for name in list(peers):  # once for the caches; what is far slower takes no part
            taken, expected = timed(peers[name])
            if not abs(variance - expected) < 1e-3 * expected:
                sys.exit(f"{n}x{d} {dtype} {name}: explained variance {expected}; got {variance}")
            peers[name] = [peers[name], [], taken]
        fastest = min(entry[2] for entry in peers.values())
        peers = {name: entry for name, entry in peers.items() if entry[2] < 4 * fastest}
        times = []
        for _ in range(rounds if fastest > 0.01 else 5 * rounds):
            times.append(run_ours()[0])
            for call, taken, _ in peers.values():
                taken.append(timed(call)[0])
        ours.stdin.close()
        ours.wait()
        medians = {name: statistics.median(taken) for name, (_, taken, _) in peers.items()}
        best = min(medians, key=medians.get)
        own = statistics.median(times)
        print(f"| {n} x {d}, k {k} | {dtype} | {threads} | {own * 1e3:.2f} | {medians[best] * 1e3:.2f} ({best}) "
              f"| {medians[best] / own:.2f} |", flush=True)
        os.remove(path)
