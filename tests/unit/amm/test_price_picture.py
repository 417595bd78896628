from pool_examples import concentrated

from bot.amm.image import Segments, Shut


def picture(**changed: object) -> Segments:
    (image,) = concentrated(**changed).images()
    assert isinstance(image, Segments)
    return image


def test_picture_reaches_from_end_to_end_of_the_scanned_range() -> None:
    image = picture()
    assert len(image.edges) == len(image.liquidity) + 1 == 6
    assert abs(image.edges[0] - 1.0001**-256) < 1e-9
    assert abs(image.edges[-1] - 1.0001**255.5) < 1e-9


def test_liquidity_is_that_of_the_ticks_passed() -> None:
    # Both coins have six decimals: a million base units of liquidity are one.
    assert picture().liquidity == (0.0, 1e9, 11e9, 1e9, 0.0)


def test_price_is_a_square_root() -> None:
    assert abs(picture(tick=100).price - 1.0001**50) < 1e-9


def test_pool_without_liquidity_is_shut() -> None:
    assert concentrated(nets={}).images() == (Shut(coins=(0, 1)),)
