"""Whether one of two models is better, in a sentence, from a paired bootstrap over the images."""

from dataclasses import dataclass

from models.metrics.bootstrap import ImageCounts, paired_bootstrap


@dataclass(frozen=True)
class Significance:
    """A difference in mIoU with its 95 % interval; all from -1 to 1."""

    difference: float
    low: float
    high: float

    @classmethod
    def of(cls, a: ImageCounts, b: ImageCounts) -> "Significance":
        """Compare two models. Raises as ``paired_bootstrap``."""
        return cls(*paired_bootstrap(a, b))

    @property
    def significant(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.low > 0 or self.high < 0

    def sentence(self, a: str, b: str) -> str:
        """Return a sentence that names the better model, if one is.

        >>> Significance(0.021, 0.012, 0.03).sentence("A", "B")
        'A is better than B by 2.1 points of mIoU, 95 % interval 1.2 to 3.0.'
        >>> Significance(-0.003, -0.012, 0.006).sentence("A", "B")
        'No difference shown: B is ahead of A by 0.3 points of mIoU, 95 % interval -0.6 to 1.2.'
        """
        if self.difference < 0:
            return Significance(-self.difference, -self.high, -self.low).sentence(b, a)
        interval = f"95 % interval {points(self.low)} to {points(self.high)}"
        if self.difference == 0 and not self.significant:
            return f"No difference shown: {a} and {b} have the same mIoU, {interval} points."
        verb = "better than" if self.significant else "ahead of"
        sentence = f"{a} is {verb} {b} by {points(self.difference)} points of mIoU, {interval}."
        return sentence if self.significant else f"No difference shown: {sentence}"


def points(value: float) -> str:
    """Return a share in points with one decimal, or two if one would round it to 0.

    >>> points(0.0214), points(-0.0004), points(0.0)
    ('2.1', '-0.04', '0.0')
    """
    value *= 100
    decimals = 1 if value == 0 or abs(value) >= 0.05 else 2
    text = f"{value:.{decimals}f}"
    return text if float(text) else "0.0"
