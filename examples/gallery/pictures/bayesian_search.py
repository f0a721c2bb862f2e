"""Bayesian search, step by step.

A surrogate guesses the score everywhere, with its doubt, from the few trials made so far. The next trial goes where the
expected improvement is largest: somewhere promising or somewhere unknown. Each answer makes the guess better.
"""

import numpy as np
import plotly.graph_objects as go
from scipy.stats import norm
from sklearn.datasets import load_digits
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel

import trainwell as tw
from examples.gallery.cohort import train_side_by_side
from examples.gallery.drawing import ACCENT, GUIDE, INK, QUIET, dots, lines, numbers
from examples.gallery.picture import Fact, Panel, Picture

BAND = "rgba(116,150,180,0.25)"


def picture(quick: bool = False) -> Picture:
    """Search one learning rate: three trials to begin with, then six by expected improvement."""
    digits = load_digits()
    data = tw.read(digits.data, y=digits.target)
    recipe = tw.Recipe(
        network=tw.MLP(hidden=(32,)),
        optimizer=tw.SGD(learning_rate=0.1),
        schedule=tw.Constant(),
        max_epochs=3,
        early_stopping=None,
        telemetry=False,
    )
    tried = np.linspace(-4, 1.5, 89)
    rates = {float(at): recipe.with_settings({"optimizer.learning_rate": float(10**at)}) for at in tried}
    trained = train_side_by_side(rates, data)
    truth = np.array([float(np.nanmax(each.record["validation_score"])) for each in trained.values()])

    chosen, doubts, panels = [8, 40, 84], [], []
    for step in range(7):
        guess = GaussianProcessRegressor(RBF(0.8, "fixed") * 0.15 + WhiteKernel(1e-4, "fixed"), optimizer=None)
        level = truth[chosen].mean()
        guess.fit(tried[chosen, None], truth[chosen] - level)
        mean, doubt = guess.predict(tried[:, None], return_std=True)
        mean = mean + level
        gain = expected_improvement(mean, doubt, truth[chosen].max())
        if step in (0, 1, 2, 3, 4, 6):
            panels.append(drawn(step, tried, truth, chosen, mean, doubt, int(gain.argmax())))
        doubts.append(float(doubt.mean()))
        gain[chosen] = -1
        chosen.append(int(gain.argmax()))
    made = chosen[:9]
    found, best = truth[made].max(), truth.max()

    assert found > best - 0.02
    assert doubts[-1] < doubts[0] / 1.3
    assert truth[chosen[:3]].max() < best - 0.02

    facts = (
        Fact("best accuracy of the first three trials", f"{truth[chosen[:3]].max():.3f}", "> 0.02 below the best"),
        Fact("best accuracy after six more", f"{found:.3f}", "within 0.02 of the best"),
        Fact("mean doubt (one deviation): at first, at last", f"{doubts[0]:.2f}, {doubts[-1]:.2f}", "1.3× smaller"),
        Fact("best of all 89 rates", f"{best:.3f}", "for comparison"),
    )
    return Picture(panels, facts, columns=3)


def expected_improvement(mean, doubt, best):
    """Return E[max(score − best, 0)] under the guess N(mean, doubt²)."""
    ahead = (mean - best) / doubt
    return doubt * (ahead * norm.cdf(ahead) + norm.pdf(ahead))


def drawn(step, at, truth, chosen, mean, doubt, following):
    """Return the panel of one step: the truth, the guess with twice its doubt, what was tried and what comes next."""
    rate = 10**at
    figure = lines(
        {"truth": (rate, truth), "guess": (rate, mean)},
        x={"title": "learning rate", "type": "log", "dtick": 2},
        y={"title": "validation accuracy", "range": [-0.15, 1.4]},
        colours=(QUIET, ACCENT),
        dashes=("dot", "solid"),
        height=300,
    )
    edge = {"fill": "toself", "fillcolor": BAND, "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    around = np.concatenate([mean + 2 * doubt, (mean - 2 * doubt)[::-1]])
    figure.add_trace(go.Scatter(x=numbers(np.concatenate([rate, rate[::-1]])), y=numbers(around), mode="lines", **edge))
    trials = {"tried": (rate[chosen], truth[chosen]), "next": (rate[[following]], truth[[following]])}
    figure.add_traces(dots(trials, x="", y="", colours=(INK, GUIDE), size=8).data)
    title = "Three trials to begin with" if step == 0 else f"After {3 + step} trials"
    return Panel(title, figure, f"The surrogate's guess and doubt after {3 + step} trials, and the next rate to try.")
