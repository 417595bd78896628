"""Figures of an earlier prototype, measured on the same bytecode by the same method.

Its pools were filled otherwise, and its plain token was another: compare what each executor costs
against the bare swaps of its own state. Its operator was burnt in and it could not be paused, which
saves one read of storage; it read the treasury's balance twice.
"""

import msgspec


class Prototype(msgspec.Struct, frozen=True):
    """Gas of one row."""

    execution: int
    whole: int
    bare: int  # the same bare swaps in one transaction, on its own pools: execution


PROTOTYPE = {
    "v4_v4_plain": Prototype(122_339, 144_183, 152_810),
    "v4_v3_plain": Prototype(160_381, 182_213, 160_569),
    "v3_v4_plain": Prototype(166_699, 188_531, 167_473),
    "v2_v3_plain": Prototype(137_614, 159_386, 132_974),
    "v3_v2_plain": Prototype(172_456, 194_228, 168_062),
    "v3_v3_plain": Prototype(162_861, 184_669, 159_969),
    "v4_v4_usdc": Prototype(134_328, 156_028, 173_843),
    "v4_v3_usdc": Prototype(181_800, 203_488, 181_543),
    "v3_v4_usdc": Prototype(187_947, 209_635, 187_959),
    "v2_v3_usdc": Prototype(161_473, 183_101, 153_947),
    "v3_v2_usdc": Prototype(204_321, 225_949, 196_520),
    "v3_v3_usdc": Prototype(187_105, 208_769, 180_723),
    "curve_v3_usdc": Prototype(209_494, 231_158, 188_729),
    "curve_v3_take_usdc": Prototype(233_976, 255_652, 188_729),
    "curve_v3_morpho_usdc": Prototype(240_561, 262_237, 188_729),
    "curve_v3_balancer_usdc": Prototype(247_553, 269_229, 188_729),
    "curve_v3_aave_usdc": Prototype(332_931, 354_607, 188_729),
}
