"""Run the experiments that answer the questions of the lectures; write docs/questions.md and its pictures."""

import argparse
from pathlib import Path

from docs.experiments import EXPERIMENTS
from docs.experiments._page import page, picture

DOCS = Path(__file__).resolve().parents[1]


def main() -> None:
    """Write the page, and a picture a question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=Path, default=DOCS, help="folder to write into (default docs/)")
    docs = parser.parse_args().docs
    (docs / "questions").mkdir(parents=True, exist_ok=True)
    found = [run() for run in EXPERIMENTS.values()]
    (docs / "questions.md").write_text(page(found), encoding="utf-8")
    for experiment in found:
        (docs / "questions" / f"{experiment.id.lower()}.svg").write_text(picture(experiment), encoding="utf-8")
        print(f"{experiment.id} {experiment.answer}")


if __name__ == "__main__":
    main()
