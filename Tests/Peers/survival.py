"""Samples of waits with the estimates of lifelines, with which PropagationTests compares cambist's estimates.

    python survival.py            checks the file lifelines.json against lifelines
    python survival.py --write    rewrites the file
"""

import json
import math
import random
import sys
from pathlib import Path

from lifelines import KaplanMeierFitter
from lifelines.utils import qth_survival_time

FILE = Path(__file__).parent.parent / "PropagationTests" / "lifelines.json"


def sample(seed):
    """Returns durations in seconds, many of them equal, and whether each is complete."""
    random.seed(seed)
    count = random.randint(5, 60)
    coarse = random.choice([1, 30, 600])
    durations = [coarse * math.ceil(random.expovariate(1 / 3600) / coarse + 0.001) for _ in range(count)]
    share = random.choice([0.0, 0.2, 0.6, 0.95])
    return durations, [random.random() >= share for _ in durations]


def estimate(durations, complete):
    """Returns the estimate of lifelines for a sample."""
    fitter = KaplanMeierFitter().fit(durations, complete)
    table = fitter.event_table
    ends = [time for time in table.index if table.loc[time, "observed"] > 0]
    steps = [{"seconds": float(time), "lasting": float(fitter.predict(time))} for time in ends]

    def quantile(share):
        # lifelines compares exactly, but sums of fractions have rounding errors.
        found = qth_survival_time(1 - share + 1e-9, fitter.survival_function_)
        return None if math.isinf(found) else float(found)

    return {"steps": steps, "median": quantile(0.5), "ninety": quantile(0.9)}


def samples():
    for seed in range(60):
        durations, complete = sample(seed)
        yield {"durations": durations, "complete": complete, **estimate(durations, complete)}


def agree(stored, computed):
    """Compares two values; fractions may differ in their last digits, because numpy rounds differently on each type of CPU."""
    if isinstance(stored, dict):
        return stored.keys() == computed.keys() and all(agree(stored[key], computed[key]) for key in stored)
    if isinstance(stored, list):
        return len(stored) == len(computed) and all(map(agree, stored, computed))
    if isinstance(stored, float) and isinstance(computed, float):
        return math.isclose(stored, computed, rel_tol=1e-12)
    return stored == computed


if sys.argv[1:] == ["--write"]:
    FILE.write_text("[\n" + ",\n".join(json.dumps(each, sort_keys=True) for each in samples()) + "\n]\n")
else:
    from checks import check, finish

    for number, (stored, computed) in enumerate(zip(json.loads(FILE.read_text()), samples(), strict=True)):
        check(f"sample {number} equals the estimate of lifelines", agree(stored, computed), computed["median"])
    finish()
