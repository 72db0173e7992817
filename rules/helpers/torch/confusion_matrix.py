import torch


def confusion_matrix(labels, predictions, num_classes=None):
    """How often each label (row) was taken for each class (column)."""
    labels, predictions = labels.long(), predictions.long()
    if num_classes is None:
        num_classes = int(torch.maximum(labels.max(), predictions.max())) + 1
    counts = labels.new_zeros((num_classes, num_classes), dtype=torch.int32)
    ones = torch.ones_like(labels, dtype=torch.int32)
    return counts.index_put((labels, predictions), ones, accumulate=True)
