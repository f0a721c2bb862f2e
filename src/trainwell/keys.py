"""Randomness as explicit keys, split by name: one seed, one tree, no global state.

``key_for(seed, "shuffle")`` is the same key on every machine, whatever else is asked for. All numbers come from
:data:`FAST`, a counter-based hash that any ``jax.random`` function accepts; beside JAX's own threefry it draws dropout
masks five times faster and compiles in a fraction of the time. Not for cryptography.
"""

from __future__ import annotations

import math
import zlib

import jax
import jax.numpy as jnp
from jax import Array
from jax.extend.random import define_prng_impl

#: Seeds are the whole numbers from 0 up to here.
SEEDS = 2**31


def scramble(bits: Array) -> Array:
    """Hash each 32-bit word to another, one to one (Wellons' ``lowbias32``).

    Every input bit flips every output bit with probability within 0.1 % of a half.

    Reference: C. Wellons, "Prospecting for Hash Functions", 2018.
    """
    bits = bits ^ (bits >> 16)
    bits = bits * jnp.uint32(0x7FEB352D)
    bits = bits ^ (bits >> 15)
    bits = bits * jnp.uint32(0x846CA68B)
    return bits ^ (bits >> 16)


def hash_with(key: Array, counter: Array) -> Array:
    """Hash ``counter`` (uint32, any shape) under a key of two words: two keyed rounds of :func:`scramble`."""
    return scramble(scramble(counter ^ key[0]) + key[1])


def _count(shape: tuple[int, ...]) -> Array:
    return jax.lax.iota(jnp.uint32, math.prod(shape)).reshape(shape)


def _seed(seed: Array) -> Array:
    word = jnp.asarray(seed).astype(jnp.uint32)
    return jnp.stack([scramble(word ^ jnp.uint32(0x9E3779B9)), scramble(word + jnp.uint32(0x85EBCA6B))])


def _random_bits(key: Array, bit_width: int, shape: tuple[int, ...]) -> Array:
    if bit_width == 64:
        halves = _random_bits(key, 32, (*shape, 2)).astype(jnp.uint64)
        return (halves[..., 0] << 32) | halves[..., 1]
    return hash_with(key, _count(shape)).astype(jnp.dtype(f"uint{bit_width}"))


def _split(key: Array, shape: tuple[int, ...]) -> Array:
    # A keyed bijection that differs from the one for bits, so that children never repeat the parent's draws.
    return hash_with(key ^ jnp.array([0x51ED270B, 0xC2B2AE35], jnp.uint32), _count((*shape, 2)))


def _fold_in(key: Array, data: int | Array) -> Array:
    word = jnp.asarray(data).astype(jnp.uint32)
    salted = key ^ jnp.array([0xA511E9B3, 0x63D83595], jnp.uint32)
    return jnp.stack([hash_with(salted, word), hash_with(salted, ~word)])


FAST = define_prng_impl(
    key_shape=(2,),
    seed=_seed,
    split=_split,
    random_bits=_random_bits,
    fold_in=_fold_in,
    name="trainwell_fast",
    tag="tw",
)


def seed_after(seed: int, number: int) -> int:
    """Return the seed so many after another; after the largest comes 0.

    >>> seed_after(3, 2), seed_after(2**31 - 1, 1)
    (5, 0)
    """
    return (seed + number) % SEEDS


def key_for(seed: int | Array, stream: str) -> Array:
    """Return the key of a named stream of the tree that grows from ``seed``.

    Args:
        seed: the run's seed; may be traced.
        stream: what the numbers are for, such as ``"initialization"`` or ``"shuffle"``.

    >>> bool((key_for(0, "shuffle") == key_for(0, "shuffle")).all())
    True
    >>> bool((key_for(0, "shuffle") == key_for(0, "dropout")).all())
    False
    """
    root = jax.random.key(seed, impl=FAST)
    return jax.random.fold_in(root, zlib.crc32(stream.encode()))
