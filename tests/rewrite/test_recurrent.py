"""Recurrent layers that PyTorch has no counterpart of."""

from tests.rewrite.migrating import left, migrated, torch_of

CONV_LSTM = """
from {home} import ConvLSTM2D
from keras.models import Sequential

model = Sequential()
model.add(ConvLSTM2D(4, 3, padding="same", input_shape=(None, 8, 8, 1){more}))
"""


def test_a_conv_lstm_has_the_gates_of_its_time() -> None:
    code = torch_of(CONV_LSTM.format(home="keras.layers", more=""))
    assert 'ConvLSTM2d(1, 4, 3, padding="same")' in code
    older = "keras.layers.convolutional_recurrent"
    code = torch_of(CONV_LSTM.format(home=older, more=""))
    assert 'padding="same", hard_gates=True)' in code
    code = torch_of(CONV_LSTM.format(home=older, more=", recurrent_activation='sigmoid'"))
    assert 'ConvLSTM2d(1, 4, 3, padding="same")' in code
    result = migrated(
        CONV_LSTM.format(home=older, more=", recurrent_activation='hard_sigmoid'"), "torch"
    )
    assert len(left(result)) == 1
