"""Reads cases from standard input and compares each with a second opinion.

The second opinion shares no formula with ours where a library has its own: statsmodels for
Wilson's and Newcombe's intervals, scipy for the chi-square test and the quantiles. The sequential
interval has no library; its defining equation is checked at both ends instead, with scipy's beta
function.
"""

import collections
import math
import sys

from scipy import stats
from scipy.special import betaln, xlog1py, xlogy
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint


def wilson(hits, of, alpha):
    low, high = proportion_confint(hits, of, alpha=alpha, method="wilson")
    return [max(low, 0.0), min(high, 1.0)]


def evidence(hits, of, p):
    """The logarithm of the evidence against a share of p."""
    misses = of - hits
    return betaln(hits + 1, misses + 1) - xlogy(hits, p) - xlog1py(misses, -p)


def check_always_valid(hits, of, alpha, low, high):
    for edge, end in ((low, 0.0), (high, 1.0)):
        if edge == end:
            assert evidence(hits, of, end) <= -math.log(alpha) + 1e-9
        else:
            assert math.isclose(evidence(hits, of, edge), -math.log(alpha), rel_tol=1e-6)
    assert low <= hits / of <= high


def always_valid_edges(hits, of, alpha):
    """The interval by a root finder of scipy's."""
    from scipy.optimize import brentq

    goal = -math.log(alpha)
    rate = hits / of

    def edge(end):
        if evidence(hits, of, end) <= goal:
            return end
        inner = min(max(rate, 1e-300), 1 - 1e-16)
        outer = max(end, 1e-300) if end == 0.0 else 1 - 1e-16
        return brentq(lambda p: evidence(hits, of, p) - goal, outer, inner, xtol=1e-15)

    return edge(0.0), edge(1.0)


def check(what, given, said):
    if what == "wilson":
        compare(said, wilson(*given), 1e-9)
    elif what == "always_valid":
        check_always_valid(*given, *said)
    elif what == "difference":
        a, n, b, m, alpha = given
        # Theirs is the first less the second.
        compare(said, confint_proportions_2indep(b, m, a, n, method="newcomb", alpha=alpha), 1e-9)
    elif what == "always_valid_difference":
        a, n, b, m, alpha = given
        first, second = always_valid_edges(a, n, alpha / 2), always_valid_edges(b, m, alpha / 2)
        compare(said, [second[0] - first[1], second[1] - first[0]], 1e-6)
    elif what == "sample_ratio":
        counts, weights = given[:3], given[3:]
        expected = [sum(counts) * weight / sum(weights) for weight in weights]
        compare(said, [stats.chisquare(counts, expected).pvalue], 1e-8)
    elif what == "detectable":
        rate, n, m, alpha, power = given
        z = stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)
        compare(said, [z * math.sqrt(rate * (1 - rate) * (1 / n + 1 / m))], 1e-9)
    elif what == "belief":
        good, bad, p = given
        compare(said, [stats.beta.ppf(p, 1 + good / 4, 1 + bad / 4)], 1e-8)
    elif what == "spent":
        alpha, look = given
        compare(said, [alpha / look - alpha / (look + 1)], 1e-9)
    elif what == "needed":
        rate, bound, alpha = given
        (needed,) = map(int, said)
        z_low = [proportion_confint(rate * n, n, alpha=alpha, method="wilson")[0] for n in (needed - 1, needed)]
        assert z_low[0] < bound <= z_low[1] + 1e-12, z_low
    else:
        raise ValueError(what)


def compare(said, expected, tolerance):
    assert len(said) == len(expected)
    for ours, theirs in zip(said, expected):
        assert math.isclose(ours, theirs, rel_tol=tolerance, abs_tol=tolerance), (ours, theirs)


counts = collections.Counter()
for line in sys.stdin:
    left, right = line.split(" = ")
    what, *given = left.split()
    try:
        check(what, [float(value) for value in given], [float(value) for value in right.split()])
    except AssertionError as error:
        sys.exit(f"they differ: {line.strip()}: {error}")
    counts[what] += 1
for what, count in sorted(counts.items()):
    print(f"{what}: {count} cases agree")
print(f"{sum(counts.values())} cases agree")
if sum(counts.values()) < 1000:
    sys.exit("fewer than 1,000 cases")
