"""
The model of the demonstration: a diagnostic classifier, trained here, as ONNX.

It is trained on the breast cancer data set that comes with scikit-learn (Wolberg, Street, Mangasarian: Breast
Cancer Wisconsin (Diagnostic), UCI Machine Learning Repository): 569 patients, 30 measurements of cell nuclei
each, malignant or benign. A quarter of the patients is held out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from .errors import MissingPackagesError

CONTEXT: Final = "diagnosis of breast cancer, for the hospitals of the group"
"""What the model is for, in its owner's words."""

MODEL: Final = "diagnosis-1"
"""What its owner calls it."""

_HELD_OUT: Final = 0.25
_SPLIT: Final = 0
"""Which quarter of the patients is held out; fixed, so that the measured accuracy is."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """
    A trained classifier, and patients that it has not seen.

    Attributes
    ----------
    onnx : bytes
        The classifier: 30 numbers in, the class (0 malignant, 1 benign) and its probabilities out.
    inputs : tuple of tuples of float
        The measurements of the patients that were held out, a row each.
    labels : tuple of int
        What they have.
    own_accuracy : float
        Which part of them the classifier gets right where it was trained.
    """

    onnx: bytes = field(repr=False)
    inputs: tuple[tuple[float, ...], ...] = field(repr=False)
    labels: tuple[int, ...] = field(repr=False)
    own_accuracy: float

    def accuracy(self, classes: list[int]) -> float:
        """
        Measure predictions for all patients that were held out.

        Parameters
        ----------
        classes : list of int
            What was predicted, a patient each.

        Returns
        -------
        float
            Which part is right.
        """
        right = sum(found == label for found, label in zip(classes, self.labels, strict=True))
        return right / len(self.labels)


def train_diagnosis() -> Diagnosis:
    """
    Train the classifier: standardised measurements, logistic regression.

    Returns
    -------
    Diagnosis
        The same one each time, with the same versions of the libraries.

    Raises
    ------
    MissingPackagesError
        If scikit-learn or the export to ONNX is not installed.
    """
    try:
        import numpy as np
        from skl2onnx import to_onnx
        from sklearn.datasets import load_breast_cancer
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import train_test_split
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError as error:
        raise MissingPackagesError(str(error.name)) from None

    measurements, diagnoses = load_breast_cancer(return_X_y=True)
    seen, held_out, seen_labels, labels = train_test_split(
        measurements, diagnoses, test_size=_HELD_OUT, random_state=_SPLIT, stratify=diagnoses
    )
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(seen, seen_labels)
    # Without the zipmap, probabilities are a matrix instead of a list of dictionaries.
    exported = to_onnx(classifier, seen[:1].astype(np.float32), options={"zipmap": False})
    return Diagnosis(
        onnx=exported.SerializeToString(),
        inputs=tuple(tuple(map(float, row)) for row in held_out),
        labels=tuple(map(int, labels)),
        own_accuracy=float(classifier.score(held_out, labels)),
    )
