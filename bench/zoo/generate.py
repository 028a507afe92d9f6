"""Writes the corpora of the members (work/corpus/) and the task splits (tasks/), all from one seed.

python generate.py corpus [--documents 80000]
python generate.py tasks
"""

import argparse
import json
import pathlib

from world import corpus
from world.build import build_world
from world.joint import build_families

HERE = pathlib.Path(__file__).resolve().parent
SEED = 7


def write_corpora(count: int) -> None:
    """One JSON Lines file per member and training cycle, each line a document."""
    world = build_world(SEED)
    families = build_families(world, SEED)
    folder = HERE / "work" / "corpus"
    folder.mkdir(parents=True, exist_ok=True)
    for cycle in (1, 2):
        for member in corpus.DIET:
            with open(folder / f"{member}.{cycle}.jsonl", "w", encoding="utf-8") as file:
                for text in corpus.documents(world, families, member, count // cycle, cycle, SEED):
                    file.write(json.dumps(text, ensure_ascii=False) + "\n")


def main() -> None:
    """Parses the command line and writes what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("corpus", "tasks"))
    parser.add_argument(
        "--documents", type=int, default=80_000, help="documents per member in the first cycle, half in the second"
    )
    arguments = parser.parse_args()
    if arguments.what == "corpus":
        write_corpora(arguments.documents)
    else:
        from world import tasks

        tasks.write_tasks(HERE / "tasks", HERE / "work" / "corpus", SEED)


if __name__ == "__main__":
    main()
