"""The Keras and TensorFlow side of a verification: Keras 3, tf_keras or plain TensorFlow."""

from __future__ import annotations

import contextlib
import os
import types
from typing import Any

import numpy as np

from . import datasets, exact, keras_dice, legacy, policy, structure
from .calls import APPLIED, CALLS, mark
from .dice import DICE
from .sites import SITES
from .tree import Tree, attributes

_STATISTICS = ("moving_mean", "moving_variance")
# What Keras keeps for itself; the same objects stand under names of the user's or the layer's own.
_HIDDEN = frozenset(
    [
        "_layers",
        "_metrics",
        "_losses",
        "_tracker",
        "_tracked",
        "_seed_generators",
        "_inbound_nodes",
        "_outbound_nodes",
        "_trainable_variables",
        "_non_trainable_variables",
        "_trainable_weights",
        "_non_trainable_weights",
        "_inbound_nodes_value",
        "_outbound_nodes_value",
        "_operations",
        "_operations_by_depth",
        "_nodes",
        "_nodes_by_depth",
        "_network_nodes",
        "_layer_call_argspecs",
        "_inputs",
        "_outputs",
        "_functional",
        "_auto_config",
        "_obj_reference_counts_dict",
        "_input_layers",
        "_output_layers",
        "_losses_override",
        "_call_signature",
        "_nested_inputs",
        "_nested_outputs",
        "_tensor_usage_count",
        "_updates",
        "inputs",
        "outputs",
        "_inputs_struct",
        "_outputs_struct",
        "_loss_tracker",
        "optimizer",
        "compiled_loss",
        "compiled_metrics",
        "build",
        "quantize",
    ]
)


class KerasSide:
    """Builds, fills and runs Keras layers or functions of TensorFlow tensors."""

    name = "keras"

    def __init__(self, device: str) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        if device == "cpu":
            os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        import tensorflow as tf

        self.tf = tf
        self.device = device
        self.flavors: list[Any] = []
        self.frozen: set[int] = set()
        self.uses_legacy = os.environ.get("TF_USE_LEGACY_KERAS", "") in ("1", "true", "True")
        if self.uses_legacy:
            self._add(legacy.install())
        else:
            import keras

            self._add(keras)
        keras_dice.install_tensorflow(tf)
        exact.install(tf)
        keras = self.flavors[0]
        exact.install_makers(tf, keras)
        exact.install_resizing(tf, keras)
        backend = keras.backend.backend() if hasattr(keras.backend, "backend") else "tensorflow"
        version = getattr(keras, "__version__", tf.__version__)
        self.versions = {"framework": "keras", "backend": backend, "version": version}

    def _add(self, keras: Any) -> None:
        self.flavors.append(keras)
        _patch(keras)
        keras_dice.install_keras(keras)
        exact.install_keras(keras)
        policy.install(keras)
        datasets.install(keras)

    def prepare(self, precision: str, text: str) -> None:
        if "tf_keras" in text and not any(k.__name__ == "tf_keras" for k in self.flavors):
            import tf_keras

            self._add(tf_keras)
        for keras in self.flavors:
            keras.backend.clear_session()
            keras.backend.set_floatx(precision)
            keras.backend.set_image_data_format("channels_last")
            if hasattr(keras, "config"):
                keras.config.set_dtype_policy(precision)
            else:
                keras.mixed_precision.set_global_policy(precision)
        CALLS.is_graph = self.is_graph
        self.precision = precision
        self.frozen.clear()

    def _kinds(self, *names: str) -> tuple[type, ...]:
        found = [getattr(k, n, None) for k in self.flavors for n in names]
        return tuple(c for c in found if isinstance(c, type))

    def is_layer(self, value: Any) -> bool:
        layers = tuple(k.layers.Layer for k in self.flavors)
        metrics = tuple(k.metrics.Metric for k in self.flavors)
        return isinstance(value, layers) and not isinstance(value, metrics)

    def is_graph(self, value: Any) -> bool:
        """Is this a model whose calls Keras makes from a recorded graph?"""
        kind = type(value)
        if SITES.is_user_class(kind):
            return "call" not in {
                n for c in kind.__mro__ if SITES.is_user_class(c) for n in vars(c)
            } and (kind.__name__ in ("Functional", "Sequential") or self._is_functional(value))
        return kind.__name__ in ("Functional", "Sequential")

    def _is_functional(self, value: Any) -> bool:
        return any(c.__name__ in ("Functional", "Sequential") for c in type(value).__mro__)

    def is_variable(self, value: Any) -> bool:
        return isinstance(value, (self.tf.Variable, *self._kinds("Variable")))

    def is_leaf(self, value: Any) -> bool:
        return self.tf.is_tensor(value) or isinstance(value, np.ndarray)

    def is_concrete(self, value: Any) -> bool:
        """Has it numbers? Keras also runs `call` on symbols, to build what is in there."""
        return not _is_symbolic(value)

    def parts(self, value: Any) -> list[tuple[str, Any]]:
        if isinstance(value, types.ModuleType):
            found = [(k, v) for k, v in vars(value).items() if not isinstance(v, type)]
            return [(k, v) for k, v in found if not k.startswith("__")]
        if not self.is_layer(value):
            return attributes(value)
        found = [
            (_public(value, k, v), v)
            for k, v in attributes(value, _HIDDEN)
            if not k.startswith("_self_")
        ]
        if self._is_functional(value):
            found += [(f"layers.{i}", layer) for i, layer in enumerate(value.layers)]
        return found

    def tree(self, model: Any, program: Any) -> tuple[Any, dict[str, Any]]:
        walker = Tree(self)
        is_module = self.is_layer(model) or isinstance(model, self.tf.Module)
        root = walker.walk(model if is_module else program.module, "")
        for i, variable in enumerate(getattr(model, "weights", [])):
            if not walker.reached(variable):
                key = walker.variable(model, f"unreached.{i}", variable)
                walker.nodes[root]["own"][f"unreached.{i}"] = key
        self.node_ids = walker.ids()
        self.layers = walker.layers()
        return walker.report(root), walker.variables

    def describe(self, owner: Any, attribute: str, value: Any) -> dict[str, Any]:
        dtype = value.dtype if isinstance(value.dtype, str) else value.dtype.name
        framework = self.is_layer(owner) and not SITES.is_user_class(type(owner))
        floating = dtype.startswith(("float", "bfloat"))
        # Nothing trains whole numbers, whatever they say of themselves.
        trainable = floating and value.trainable and getattr(owner, "trainable", True)
        if not trainable:
            self.frozen.add(id(value))
        role = "weight" if framework or value.trainable else "constant"
        if framework and attribute in _STATISTICS:
            role = "statistic"
        return {
            "shape": [int(n) for n in value.shape],
            "dtype": dtype,
            "trainable": bool(trainable),
            "role": role if floating else "constant",
        }

    def read(self, variable: Any) -> Any:
        return np.array(variable)

    def write(self, variable: Any, value: Any) -> None:
        variable.assign(value.reshape(tuple(variable.shape)))

    def settle(self) -> None:
        """What Keras does once weights are loaded: a Normalization keeps what they come to."""
        for layer in self.layers:
            if hasattr(layer, "adapt_mean") and layer.built:
                layer.finalize_state()

    def tensor(self, array: Any) -> Any:
        if array.dtype.kind == "f":
            array = array.astype(self.precision)
        return self.tf.convert_to_tensor(array)

    def place(self, model: Any) -> Any:
        return model

    def call(self, model: Any, args: Any, kwargs: Any, training: bool) -> Any:
        if not self.is_layer(model):
            return model(*args, **kwargs)
        if self._is_functional(model) and self.is_graph(model) and len(args) > 1:
            args = (list(args),)
        spec = getattr(model, "_call_spec", None)
        if spec is not None and hasattr(spec, "expects_training_arg"):
            # tf_keras hands `training` on even where call() has no such argument.
            self.flavors[-1].backend.set_learning_phase(int(training))
            if not spec.expects_training_arg:
                return model(*args, **kwargs)
        return model(*args, training=training, **kwargs)

    def first_call(self, model: Any, args: Any, kwargs: Any) -> Any:
        return self.call(model, args, kwargs, False)

    forward = call

    def gradients(self, run: Any, leaves: list[Any], variables: list[Any], weights: Any) -> Any:
        """`run(leaves)` and the gradients of its weighted outputs."""
        tf = self.tf
        floats = [x for x in leaves if x.dtype.is_floating]
        # Keras 2's variables do not know that their layer is frozen.
        wanted = [v for v in variables if v.trainable and id(v) not in self.frozen]
        raw = [v if isinstance(v, tf.Variable) else v.value for v in wanted]
        with tf.GradientTape() as tape:
            tape.watch(floats)
            tape.watch(raw)
            outputs = run(leaves)
            terms = [
                tf.reduce_sum(value * tf.cast(weights[path], value.dtype))
                for path, value in structure.flatten(outputs, self.is_leaf)
                if path in weights and self.is_leaf(value)
            ]
            loss = tf.add_n([tf.cast(t, self.precision) for t in terms]) if terms else None
        found = [None] * (len(floats) + len(raw))
        if loss is not None:
            found = tape.gradient(loss, floats + raw)
        by_id = {id(v): g for v, g in zip(floats + wanted, found)}

        def dense(value: Any) -> Any:
            gradient = by_id.get(id(value))
            return None if gradient is None else tf.convert_to_tensor(gradient).numpy()

        return outputs, [dense(x) for x in leaves], [dense(v) for v in variables]

    def numpy(self, value: Any) -> Any:
        return np.asarray(value)

    def corrected(self, variables: dict[str, Any]) -> dict[str, Any]:
        return {}

    @contextlib.contextmanager
    def running(self) -> Any:
        yield

    @contextlib.contextmanager
    def watching(self, before: dict[int, Any]) -> Any:
        """Note what layers hand to their own activation."""
        own = [
            (x, vars(x)["activation"]) for x in self.layers if callable(vars(x).get("activation"))
        ]
        for layer, activation in own:

            def noted(x: Any, *args: Any, _layer: Any = layer, _inner: Any = activation) -> Any:
                before[id(_layer)] = x
                return _inner(x, *args)

            object.__setattr__(layer, "activation", noted)
        try:
            yield
        finally:
            for layer, activation in own:
                object.__setattr__(layer, "activation", activation)

    def synchronise(self) -> None:
        if self.device == "cuda":
            self.tf.test.experimental.sync_devices()

    def draws_left(self) -> int:
        return DICE.unused()


def _public(layer: Any, name: str, value: Any) -> str:
    """`kernel` for what Dense keeps as `_kernel`."""
    shown = getattr(type(layer), name[1:], None) is not None
    same = name.startswith("_") and shown and getattr(layer, name[1:], None) is value
    return name[1:] if same else name


def _patch(keras: Any) -> None:
    """Layers remember where they were made and applied, and say when they are called."""
    layer = keras.layers.Layer
    new, call = layer.__new__, layer.__call__

    def marked(cls: Any, *args: Any, **kwargs: Any) -> Any:
        instance = new(cls) if new is object.__new__ else new(cls, *args, **kwargs)
        mark(instance)
        return instance

    def called(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _is_symbolic((args, kwargs)):
            if not (CALLS.stack and CALLS.stack[-1][0] is not None):
                self.__dict__.setdefault(APPLIED, []).append(SITES.here())
            return call(self, *args, **kwargs)
        return CALLS.run(self, call, args, kwargs)

    layer.__new__ = staticmethod(marked)
    layer.__call__ = called


def _is_symbolic(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_is_symbolic(v) for v in value.values())
    if isinstance(value, (list, tuple)):
        return any(_is_symbolic(v) for v in value)
    return type(value).__name__ == "KerasTensor" or (
        hasattr(value, "graph") and not hasattr(value, "numpy")
    )
