from bot.amm.kernels.dual_newton import minimise
from bot.amm.warm_up import compile_search


def test_search_compiles_nothing_after_the_warm_up() -> None:
    compile_search()
    before = minimise.signatures
    compile_search()
    assert minimise.signatures == before != []
