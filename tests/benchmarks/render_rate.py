"""How many 256-px faces a bare process draws in a second: what a server is held against.

    python -m tests.benchmarks.render_rate embedded 10

No page, no marks, no JPEG. Prints pictures a second by the number of threads that draw, as JSON.
"""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

SIZE = 256
THREADS = (1, 2)


def measured_apart(model: str, seconds: float) -> dict[str, float]:
    """Measure in a process of its own, that has nothing else to do."""
    command = [sys.executable, "-m", "tests.benchmarks.render_rate", model, str(seconds)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rates: dict[str, float] = json.loads(said.splitlines()[-1])
    return rates


def measure(model: str, seconds: float) -> dict[str, float]:
    """Pictures a second, by the number of threads."""
    import mbtiface  # not before the command is read

    studio = mbtiface.load(model)
    start = studio.type_mean("ENTP", "female")
    studio.render(start, size=SIZE)

    def draw(_: int) -> float:
        started, count = time.perf_counter(), 0
        while (took := time.perf_counter() - started) < seconds:
            studio.render(start, size=SIZE)
            count += 1
        return count / took

    rates = {}
    for threads in THREADS:
        with ThreadPoolExecutor(threads) as pool:
            rates[f"{threads}"] = sum(pool.map(draw, range(threads)))
    return rates


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], float(sys.argv[2]))))
