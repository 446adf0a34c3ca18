"""Colours for classes that bring none."""

import colorsys

_PALETTE = (  # Okabe and Ito 2008, then Paul Tol's muted scheme: told apart by the colour-blind as well
    *("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"),
    *("#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255", "#aa4499"),
)
_GOLDEN = 0.618033988749895


def distinct_colours(count: int) -> tuple[str, ...]:
    """Return ``count`` different colours, ``#rrggbb``; the first sixteen suit the colour-blind.

    >>> distinct_colours(2)
    ('#0072b2', '#e69f00')
    >>> len(set(distinct_colours(255)))
    255
    """
    colours = dict.fromkeys(_PALETTE[:count])
    step = 0
    while len(colours) < count:
        # Hues by the golden ratio are spread evenly however many there are; lightness changes from one to the next.
        hue, lightness = step * _GOLDEN % 1, (0.4, 0.6, 0.75, 0.28)[step % 4]
        red, green, blue = (round(255 * part) for part in colorsys.hls_to_rgb(hue, lightness, 0.65))
        colours[f"#{red:02x}{green:02x}{blue:02x}"] = None
        step += 1
    return tuple(colours)
