"""Older spellings: Keras 1 and 2, TensorFlow 1, PyTorch before 1.0. Each becomes today's target, or
is left with a finding that says what to do: none is unknown.
"""

from __future__ import annotations

import pytest

from porter.rewrite import Migration, Options, migrate_source

KERAS = """\
import tensorflow as tf
import keras
from keras import backend as K


def f(x):
    return {}
"""
TORCH = """\
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.init as init
from torch.autograd import Variable


def f(x):
    return {}
"""
LEFT = ("todo", "manual", "unknown", "unsafe")
TO_TORCH = {
    # TensorFlow 1
    "tf.log(x)": "torch.log(x)",
    "tf.div(x, 2.0)": "torch.div(x, 2.0)",
    "tf.mul(x, x)": "torch.mul(x, x)",
    "tf.sub(x, x)": "torch.sub(x, x)",
    "tf.neg(x)": "torch.neg(x)",
    "tf.pack([x, x])": "torch.stack([x, x])",
    "tf.unpack(x)": "torch.unbind(x)",
    "tf.select(x > 0, x, -x)": "torch.where(x > 0, x, -x)",
    "tf.batch_matmul(x, x)": "torch.matmul(x, x)",
    "tf.matrix_band_part(x, -1, 0)": "torch.tril(x)",
    "tf.random_normal([2, 3])": "torch.randn(2, 3)",
    "tf.random_uniform([2, 3])": "torch.rand(2, 3)",
    "tf.reduce_sum(x, reduction_indices=1)": "torch.sum(x, dim=1)",
    "tf.reduce_mean(x, 1, keep_dims=True)": "torch.mean(x, dim=1, keepdim=True)",
    "tf.expand_dims(x, dim=1)": "torch.unsqueeze(x, 1)",
    "tf.squeeze(x, squeeze_dims=1)": "torch.squeeze(x, dim=1)",
    "tf.argmax(x, dimension=1)": "torch.argmax(x, dim=1)",
    "tf.arg_max(x, 1)": "torch.argmax(x, dim=1)",
    "tf.nn.softmax(x, dim=1)": "F.softmax(x, dim=1)",
    "tf.matrix_inverse(x)": "torch.linalg.inv(x)",
    "tf.lgamma(x)": "torch.lgamma(x)",
    "tf.nn.dropout(x, keep_prob=0.5)": None,
    "tf.layers.dense(x, 4)": None,
    "tf.contrib.layers.fully_connected(x, 4)": None,
    "tf.train.AdamOptimizer(1e-3)": None,
    "tf.compat.v1.disable_eager_execution()": None,
    "tf.compat.v2.nn.relu(x)": "F.relu(x)",
    "tf.python.keras.layers.Flatten()": "nn.Flatten()",
    "tf.initializers.he_normal()": None,
    # Keras's backend
    "K.concatenate([x, x], axis=1)": "torch.cat([x, x], dim=1)",
    "K.sum(x, axis=1, keepdims=True)": "torch.sum(x, dim=1, keepdim=True)",
    "K.permute_dimensions(x, (0, 2, 1))": "x.permute(0, 2, 1)",
    "K.repeat_elements(x, 2, 1)": "torch.repeat_interleave(x, 2, dim=1)",
    "K.batch_dot(x, x, axes=1)": None,
    "K.set_image_dim_ordering('tf')": None,
    # Keras 1 and 2: where things were
    "keras.layers.core.Flatten()": "nn.Flatten()",
    "keras.layers.convolutional.ZeroPadding2D((1, 1))": "nn.ZeroPad2d(1)",
    "keras.layers.pooling.MaxPooling2D()": "nn.MaxPool2d(2)",
    "keras.layers.embeddings.Embedding(10, 4)": "nn.Embedding(10, 4)",
    "keras.layers.advanced_activations.LeakyReLU(alpha=0.2)": "nn.LeakyReLU(0.2)",
    "keras.layers.advanced_activations.ThresholdedReLU(0.1)": None,
    "keras.layers.normalization.batch_normalization.BatchNormalization()": None,
    "keras.layers.merge.concatenate([x, x])": "torch.cat([x, x], dim=-1)",
    "keras.layers.noise.GaussianNoise(0.1)": "GaussianNoise(0.1)",
    "keras.layers.local.LocallyConnected2D(3, 3)": None,
    "keras.layers.experimental.preprocessing.Resizing(4, 4)": (
        'nn.Upsample((4, 4), mode="bilinear")'
    ),
    "keras.layers.experimental.preprocessing.RandomFlip('horizontal')": "RandomFlip('horizontal')",
    "keras.layers.experimental.preprocessing.Normalization()": "LazyNormalization()",
    "keras.engine.topology.InputSpec(ndim=3)": None,
    "keras.engine.InputSpec(ndim=3)": None,
    "keras.legacy.layers.Merge([x, x], mode='concat')": None,
    "keras.objectives.mean_squared_error(x, x)": "torch.mean(torch.square(x - x), dim=-1)",
    "keras.initializations.normal((3,))": None,
    "keras.regularizers.l1l2(0.1, 0.2)": None,
    "keras.regularizers.WeightRegularizer(0.1)": None,
    "keras.constraints.maxnorm(3)": None,
    "keras.utils.np_utils.to_categorical(x, 10)": None,
    "keras.utils.visualize_util.plot(x)": None,
    "keras.wrappers.scikit_learn.KerasClassifier(x)": None,
    "keras.optimizers.adam(lr=1e-3)": None,
    "tf.keras.optimizers.legacy.SGD(learning_rate=1e-3)": None,
    # Keras 1: what arguments were called
    "keras.layers.Dense(output_dim=4, init='uniform', bias=False)": (
        "nn.LazyLinear(out_features=4, bias=False)"
    ),
    "keras.layers.Dense(4, W_regularizer=None, b_constraint=None)": (
        "nn.LazyLinear(out_features=4)"
    ),
    "keras.layers.Dropout(p=0.5)": "nn.Dropout(0.5)",
    "keras.layers.Embedding(10, output_dim=4, init='uniform')": "nn.Embedding(10, 4)",
    "keras.layers.MaxPooling1D(pool_length=2, stride=1)": "nn.MaxPool1d(2, stride=1)",
    "keras.layers.AveragePooling2D((2, 2), border_mode='valid')": "nn.AvgPool2d(2)",
    "keras.layers.UpSampling1D(length=2)": "nn.Upsample(scale_factor=2)",
    "keras.layers.Convolution2D(8, 3, 5, border_mode='valid')": (
        "nn.LazyConv2d(out_channels=8, kernel_size=(3, 5))"
    ),
    "keras.layers.Convolution2D(8, 3, 3, subsample=(2, 2), dim_ordering='tf')": (
        "nn.LazyConv2d(out_channels=8, kernel_size=3, stride=2)"
    ),
    "keras.layers.Convolution2D(nb_filter=8, nb_row=3, nb_col=3, bias=False)": (
        "nn.LazyConv2d(out_channels=8, kernel_size=3, bias=False)"
    ),
    "keras.layers.Convolution2D(8, nb_col=3, nb_row=5)": (
        "nn.LazyConv2d(out_channels=8, kernel_size=(5, 3))"
    ),
    "keras.layers.Convolution2D(8, (3, 3), strides=2)": (
        "nn.LazyConv2d(out_channels=8, kernel_size=3, stride=2)"
    ),
    "keras.layers.Convolution1D(8, filter_length=3, subsample_length=2)": (
        "nn.LazyConv1d(out_channels=8, kernel_size=3, stride=2)"
    ),
    "keras.layers.Convolution3D(8, 3, 3, 5, border_mode='valid')": (
        "nn.LazyConv3d(out_channels=8, kernel_size=(3, 3, 5))"
    ),
    # The third argument is the window's width in Keras 1, the stride in Keras 2.4.
    "keras.layers.Convolution2D(8, 3, 3)": None,
    "keras.layers.Conv2D(8, 3, 3, border_mode='same')": None,
    "keras.layers.Convolution2D(8, 3, 3, border_mode='valid', dim_ordering='th')": None,
    # An LSTM's gates were hard sigmoids unless told otherwise.
    "keras.layers.LSTM(output_dim=4)": None,
    "keras.layers.merge([x, x], mode='concat')": None,
    "keras.layers.AtrousConvolution2D(8, 3, 3, atrous_rate=(2, 2))": None,
    "keras.layers.MaxoutDense(4)": None,
}
TO_KERAS = {
    "Variable(x)": "ops.stop_gradient(x)",
    "Variable(x, volatile=True)": "ops.stop_gradient(x)",
    "F.sigmoid(x)": "ops.sigmoid(x)",
    "F.tanh(x)": "ops.tanh(x)",
    "torch.nn.functional.tanh(x)": "ops.tanh(x)",
    "F.upsample(x, scale_factor=2)": None,
    "F.upsample_nearest(x, size=(4, 4))": None,
    "F.upsample_bilinear(x, scale_factor=2)": None,
    "nn.UpsamplingNearest2d(scale_factor=2)": None,
    "F.softmax(x)": None,
    "F.log_softmax(x)": None,
    "nn.LSTM(3, 4, 2, dropout=0.5)": None,
    "nn.NLLLoss2d()": None,
    "nn.MSELoss(size_average=False)": None,
    "F.mse_loss(x, x, size_average=True)": "ops.mean(ops.square(x - x))",
    "F.mse_loss(x, x, size_average=False)": "ops.sum(ops.square(x - x))",
    "F.mse_loss(x, x, reduce=False)": "ops.square(x - x)",
    "F.l1_loss(x, x, size_average=False)": "ops.sum(ops.absolute(x - x))",
    "F.cross_entropy(x, x, size_average=False)": None,
    "init.xavier_uniform(x)": None,
    "nn.init.kaiming_normal(x)": None,
    "torch.ger(x, x)": "ops.outer(x, x)",
    "torch.bmm(x, x)": "ops.matmul(x, x)",
    "torch.sum(x, 1, True)": "ops.sum(x, axis=1, keepdims=True)",
    "torch.true_divide(x, 2)": "ops.divide(x, 2)",
    "torch.symeig(x)": None,
    "torch.gels(x, x)": None,
    "torch.inverse(x)": "ops.inv(x)",
    "torch.rfft(x, 1)": None,
    "torch.range(0, 4)": None,
    "torch.addmm(x, x, x)": "x + ops.matmul(x, x)",
    "torch.nn.utils.clip_grad_norm(x, 1.0)": None,
    "torch.legacy.nn.Linear(3, 4)": None,
    "nn.parameter.Parameter(x)": "keras.Variable(x)",
    "nn.modules.linear.Linear(3, 4)": "layers.Dense(4)",
    "nn.modules.Conv2d(3, 4, 3)": "layers.Conv2D(4, 3)",
    "nn.modules.utils._pair(3)": None,
    "torch.optim.adam.Adam(x, lr=1e-2)": (
        "keras.optimizers.Adam(learning_rate=1e-2, epsilon=1e-08)"
    ),
}


def migrated(text: str, to: str) -> Migration:
    result = migrate_source(text, to=to, path="model.py", options=Options(to=to))
    compile(result.code, "model.py", "exec")
    return result


def check(program: str, call: str, expected: str | None, to: str) -> None:
    result = migrated(program.format(call), to)
    left = [f.message for f in result.findings if f.kind in LEFT]
    if expected is None:
        assert left
        assert "no rule for this API" not in left
        assert call in result.code
    else:
        assert left == []
        assert f"    return {expected}\n" in result.code


@pytest.mark.parametrize(("call", "expected"), TO_TORCH.items())
def test_to_torch(call: str, expected: str | None) -> None:
    check(KERAS, call, expected, "torch")


@pytest.mark.parametrize(("call", "expected"), TO_KERAS.items())
def test_to_keras(call: str, expected: str | None) -> None:
    check(TORCH, call, expected, "keras")


def test_classes_that_moved() -> None:
    text = """\
from keras.engine.topology import Input, Layer
from keras.engine.training import Model
from keras.layers.core import Dense


class Twice(Layer):
    def call(self, x):
        return x * 2.0


inputs = Input(shape=(3,))
model = Model(inputs, Dense(4, init="he_normal")(Twice()(inputs)))
"""
    code = migrated(text, "torch").code
    assert "class Twice(nn.Module):" in code
    assert "nn.Linear(3, 4)" in code
    assert "keras" not in code


@pytest.mark.parametrize("call", ["tf.concat(1, [x, x])", "tf.split(1, 3, x)", "tf.concat(0, x)"])
def test_an_axis_that_stands_where_tensors_do_is_not_taken_for_them(call: str) -> None:
    """TensorFlow before 1.0 took the axis first: nothing may be written from that, silently."""
    result = migrate_source(KERAS.format(call), to="torch", path="older.py")
    assert f"return {call}" in result.code
    assert [f.kind for f in result.findings if "another order" in f.message] == ["todo"]
