"""The truth of a split beside what several models said of it, read image by image."""

from collections.abc import Iterator, Sequence

from configs.errors import UserError
from data.store import Samples
from models.analysis.saved_predictions import SavedPredictions
from models.analysis.suspicious_truth import Answer, Judged


class JudgedImages:
    """The images that every one of some models was scored on; may be read as often as needed.

    The models were scored on the dataset of the samples itself, in all of its classes: a class that was put together
    from several has no probability of its own.
    """

    def __init__(self, samples: Samples, saved: Sequence[SavedPredictions]) -> None:
        """Take the split, and the saved predictions of each model. Raises ``UserError`` if they share no image."""
        self._samples, self._saved = samples, saved
        places = [{image: index for index, image in enumerate(one.ids)} for one in saved]
        self._places = [
            (index, [place[image] for place in places])
            for index, image in enumerate(samples.ids)
            if all(image in place for place in places)
        ]
        if not self._places:
            raise UserError(f"the models were scored on no common image of the split {samples.split}")

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._places)

    def __iter__(self) -> Iterator[Judged]:
        """Read the images in their order.

        Raises ``UserError`` if a saved prediction is damaged, has no confidence, or another size than the mask.
        """
        for index, places in self._places:
            image, truth = self._samples.ids[index], self._samples.mask(index)
            size, answers = (truth.shape[0], truth.shape[1]), []
            for saved, place in zip(self._saved, places, strict=True):
                labels, confidence = saved.labels(place, size), saved.confidence(place, size)
                if confidence is None:
                    raise UserError(f"{saved.folder}: the model does not tell how confident it is")
                answers.append(Answer(labels, confidence))
            yield Judged(image, truth, answers)
