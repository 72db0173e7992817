import torch
import torch.nn.functional as F


def ctc_batch_cost(y_true, y_pred, input_length, label_length):
    """The CTC loss of each row of probabilities (batch, time, class); the last class is the blank."""
    log_probs = torch.log_softmax(torch.log(y_pred.transpose(0, 1) + 1e-7), dim=-1)
    losses = F.ctc_loss(
        log_probs, y_true.long(), input_length.flatten().long(), label_length.flatten().long(),
        blank=y_pred.shape[-1] - 1, reduction="none",
    )  # fmt: skip
    return losses[:, None]
