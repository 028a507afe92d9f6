#!/usr/bin/env bash
# The zoo's search with ten seeds, scored on test: how much of a difference is luck.   usage: bench/seeds.sh TOKENSWARM
set -euo pipefail
cd "$(dirname "$0")/.."
tokenswarm=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

printf 'seed\tutility_swarm\tutility_random\ttext_swarm\ttext_random\tchoice_swarm\tchoice_random\tevaluations\n'
for seed in 1 2 3 4 5 6 7 8 9 10; do
    "$tokenswarm" search bench/zoo/recipe.yaml --seed "$seed" -o "$folder/$seed" >/dev/null 2>&1
    # Generated answers cost most and have no part in the search: one is enough here.
    "$tokenswarm" compare "$folder/$seed" --answer-limit 1 >/dev/null 2>&1
    python3 - "$folder/$seed/report.json" <<'PYTHON'
import json
import sys

report = json.load(open(sys.argv[1]))
tasks = {task["name"]: task["test"]["scores"] for task in report["tasks"]}
utilities = report["search"]["utilities"]
row = [utilities["swarm"], utilities["random"]]
row += [tasks[task][system] for task in ("text", "choice") for system in ("swarm", "random")]
print(report["seed"], *(f"{value:.4f}" for value in row), report["cost"]["evaluations"], sep="\t")
PYTHON
done
