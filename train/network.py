"""Builds, initialises and compiles the network of an experiment for one phase of training."""

import warnings
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from configs.schema import Experiment
from data.label_space import LabelSpace
from models import architectures
from models.architectures import PretrainedArchitecture
from models.runs import registry
from train import precision
from train.losses import SegmentationLoss, SegmentationMetrics


class AdamW(keras.optimizers.AdamW):
    """AdamW (Loshchilov, Hutter 2019, https://arxiv.org/abs/1711.05101) with a learning rate factor per variable.

    ``factors`` maps a variable's path to its factor, 1 by default. The moving average of the weights is kept apart, and
    training never continues from it.
    """

    def __init__(self, factors: dict[str, float], **options: object) -> None:
        super().__init__(**options)
        self.factors = factors

    def update_step(
        self, gradient: keras.KerasTensor, variable: keras.Variable, learning_rate: keras.KerasTensor
    ) -> None:
        """Move one variable a step along its gradient."""
        # On TensorFlow the variable has no Keras path; Keras's own optimizers look it up by its index, too.
        path = self._trainable_variables[self._get_variable_index(variable)].path
        super().update_step(gradient, variable, learning_rate * self.factors.get(path, 1.0))

    def finalize_variable_values(self, var_list: list[keras.Variable]) -> None:
        """Leave the weights alone.

        Keras calls this at the end of every ``fit``, here after every epoch, and would replace the weights by their
        moving average: the next epoch would start from it and lose most of the progress.
        """

    def put_average_into(self, variables: list[keras.Variable]) -> None:
        """Assign the moving averages to the model's trainable ``variables``."""
        for variable, average in zip(variables, self._model_variables_moving_average, strict=True):
            variable.assign(np.array(average))  # a copy: on JAX both would share memory that a step donates


def build(experiment: Experiment, label_space: LabelSpace, epoch: int) -> keras.Model:
    """Build the network with random weights and random generators seeded by the seed and ``epoch``."""
    keras.utils.set_random_seed(experiment.train.seed + epoch)
    keras.config.set_dtype_policy(precision.policy(precision.resolve(experiment.train.precision)))
    return architectures.build(experiment, len(label_space))


def load_initial_weights(model: keras.Model, experiment: Experiment, encoder_weights: Path | None) -> None:
    """Load the weights of another run, or ImageNet weights into the encoder, where the config asks for them.

    Raises ``UserError`` if the weights are not available or do not fit the network.
    """
    architecture, _ = architectures.check(experiment)
    if experiment.train.initial_weights is not None:
        source = registry.find_run(experiment.train.initial_weights)
        if not source.weights.is_file():
            raise UserError(f"train.initial_weights: {source.name} has no weights yet; name a run with a whole epoch")
        bare = keras.Model(model.inputs, model.outputs)  # without the optimizer, which the file lacks, too
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)  # Keras only warns about missing layers
                bare.load_weights(source.weights)
        except (OSError, ValueError, UserWarning) as error:
            raise UserError(f"train.initial_weights: the weights of {source.name} do not fit this network") from error
    elif isinstance(architecture, PretrainedArchitecture):
        architecture.load_encoder(model, encoder_weights)


def compile_for(
    model: keras.Model, experiment: Experiment, label_space: LabelSpace, pixels: NDArray[np.float64], *, frozen: bool
) -> None:
    """Compile the network for training, with a fresh optimizer and, if ``frozen``, without training the encoder.

    ``pixels``: pixels of each class in the training masks, ``(C,)``.
    """
    train = experiment.train
    factors: dict[str, float] = {}
    architecture, _ = architectures.check(experiment)
    if train.encoder and isinstance(architecture, PretrainedArchitecture):
        encoder = model.get_layer(architecture.ENCODER)
        encoder.trainable = not frozen
        factors = {variable.path: train.encoder.learning_rate_factor for variable in encoder.trainable_variables}
    optimizer = AdamW(
        factors,
        learning_rate=train.learning_rate,
        weight_decay=train.weight_decay,
        global_clipnorm=train.gradient_clip or None,
        use_ema=train.weight_average > 0,
        ema_momentum=train.weight_average,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(
        optimizer=optimizer,
        loss=SegmentationLoss(train.loss, label_space, pixels),
        metrics=[SegmentationMetrics(label_space)],
        # XLA makes training on a CPU several times slower; JAX always compiles with it.
        jit_compile="auto" if precision.has_gpu() or keras.backend.backend() == "jax" else False,
    )
    optimizer.build(model.trainable_variables)
