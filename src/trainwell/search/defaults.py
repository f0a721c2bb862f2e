"""The default space: what a budget of so many trials is best spent on, for the networks of this library."""

from __future__ import annotations

from trainwell.arguments import whole_number
from trainwell.engine import Recipe
from trainwell.engine.ranges import Range, choice, loguniform, uniform
from trainwell.engine.space import Space
from trainwell.errors import RecipeError
from trainwell.network import MLP
from trainwell.training import SGD, Adam, Optimizer

#: Budgets, in trials, from which on another group of fields is worth searching.
SOME, MANY, VERY_MANY = 10, 25, 100


def default_space(recipe: Recipe, trials: int = 64) -> Space:
    """Return the ranges worth searching around a recipe with so many trials.

    The optimizer's follow the tuning playbook: with fewer than 10 trials only the learning rate, to 24 also β₁, from 25
    on ε as well, and with many more β₂. What holds the network back from overfitting and how large it is join
    as the budget grows, so that there are about ten trials for each field; networks of twice the width, which take four
    times as long, only where it is very large.

    Args:
        recipe: the centre of the space; everything not varied stays as it says.
        trials: the budget.

    Raises:
        RecipeError: the optimizer is one's own, whose numbers have no names.

    Reference: V. Godbole et al., "Deep Learning Tuning Playbook", 2023.

    >>> from trainwell.training import Adam
    >>> list(default_space(Recipe(optimizer=Adam()), trials=8).ranges)
    ['optimizer.learning_rate']
    """
    trials = whole_number("trials", trials)
    if not isinstance(recipe.optimizer, Optimizer):
        raise RecipeError("an optimizer of one's own has no default space; say what to vary: recipe.vary({...}).")
    return recipe.vary(optimizer_ranges(recipe.optimizer, trials) | network_ranges(recipe, trials))


def optimizer_ranges(optimizer: Optimizer, trials: int) -> dict[str, Range]:
    """Return the optimizer's ranges for a budget, the rate's two orders of magnitude around what it is."""
    rate = optimizer.learning_rate
    ranges: dict[str, Range] = {"optimizer.learning_rate": loguniform(rate / 10, rate * 10)}
    if isinstance(optimizer, SGD) and trials >= SOME:
        ranges["optimizer.momentum"] = uniform(0.5, 0.99)
    if isinstance(optimizer, Adam):
        if trials >= SOME:
            ranges["optimizer.beta1"] = uniform(0.8, 0.98)
        if trials >= MANY:
            ranges["optimizer.epsilon"] = loguniform(1e-10, 1e-4)
        if trials >= VERY_MANY:
            ranges["optimizer.beta2"] = uniform(0.9, 0.999)
    if optimizer.on("weight_decay") and trials >= MANY:
        ranges["optimizer.weight_decay"] = loguniform(optimizer.weight_decay / 10, optimizer.weight_decay * 10)
    return ranges


def network_ranges(recipe: Recipe, trials: int) -> dict[str, Range]:
    """Return a multilayer perceptron's ranges for a budget; another network's are its owner's to say."""
    network = recipe.network
    if not isinstance(network, MLP) or not network.hidden:
        return {}
    ranges: dict[str, Range] = {}
    if trials >= SOME:
        ranges["network.dropout"] = uniform(0.0, 0.5)
    if trials >= MANY:
        halves = tuple(max(width // 2, 1) for width in network.hidden)
        doubles = tuple(width * 2 for width in network.hidden)
        widest = [doubles] if trials >= VERY_MANY else []  # twice the width takes four times as long
        sizes = list(dict.fromkeys([halves, network.hidden, *widest]))
        if len(sizes) > 1:
            ranges["network.hidden"] = choice(sizes)
    if trials >= VERY_MANY and recipe.on("label_smoothing"):
        ranges["label_smoothing"] = uniform(0.0, 0.2)
    return ranges
