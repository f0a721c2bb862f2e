"""Binary entropy: how much a coin can tell.

The entropy of a coin that shows heads with probability p is 1 bit when it is fair and 0 when it is certain.
Cross-entropy is what it costs to believe q where p is true: never below the entropy, and without limit when you are
sure and wrong.
"""

import numpy as np

import trainwell as tw
from examples.gallery.drawing import ACCENT, depth_colours, lines
from examples.gallery.picture import Fact, Panel, Picture

MEASURES = tw.information.INFORMATION


def picture(quick: bool = False) -> Picture:
    """Draw the entropy of a coin, and the cost of a wrong belief about it."""
    p = np.linspace(0, 1, 201)
    entropy = np.array([float(MEASURES["binary_entropy"](each, base=2)) for each in p])
    q = np.linspace(0.001, 0.999, 201)
    cost = {
        truth: np.array([float(MEASURES["cross_entropy"]([truth, 1 - truth], [b, 1 - b], base=2)) for b in q])
        for truth in (0.5, 0.75, 0.95)
    }
    floor = {truth: float(MEASURES["binary_entropy"](truth, base=2)) for truth in cost}

    assert p[entropy.argmax()] == 0.5
    assert abs(entropy.max() - 1) < 1e-12
    assert entropy[0] == entropy[-1] == 0
    assert all((cost[truth] >= floor[truth] - 1e-9).all() for truth in cost)
    best = {truth: q[cost[truth].argmin()] for truth in cost}
    assert all(abs(best[truth] - truth) < 0.005 for truth in cost)

    coin = lines(
        {"entropy": (p, entropy)}, x="p, probability of heads", y="entropy in bits", colours=(ACCENT,), legend=False
    )
    believed = lines(
        {f"truth p = {truth}": (q, cost[truth]) for truth in cost},
        x="q, the probability believed",
        y={"title": "cross-entropy in bits", "range": [0, 6]},
        colours=depth_colours(3),
        dashes=("solid", "dash", "dot"),
    )
    panels = (
        Panel("The entropy of a coin", coin, "A curve from 0 over 1 bit at one half back to 0."),
        Panel("The cost of a belief", believed, "Three curves, each lowest where the belief is true."),
    )
    facts = (
        Fact("entropy of a fair coin, bits", f"{entropy.max():.6f}", "1, the maximum"),
        Fact("entropy of a certain coin, bits", f"{entropy[0]:g}", "0"),
        Fact("belief that costs least where p = 0.75", f"{best[0.75]:.3f}", "0.75 ± 0.005"),
    )
    return Picture(panels, facts)
