#!/usr/bin/env bash
# Every optimiser on the zoo's recipe (text and choice) at equal budgets: utility on dev, scores on test, mean ± standard
# deviation over seeds.   usage: SEEDS=3 bench/optimizers.sh TOKENSWARM [BUDGET …]
set -euo pipefail
cd "$(dirname "$0")/.."
tokenswarm=$1
shift
seeds=${SEEDS:-3}
budgets=("$@")
[ ${#budgets[@]} -gt 0 ] || budgets=(200 1020)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The members' traces are the same for every run: read once, linked into the others.
"$tokenswarm" search bench/zoo/recipe.yaml --optimizer em -o "$folder/em" >/dev/null 2>&1
"$tokenswarm" compare "$folder/em" --answer-limit 1 >/dev/null 2>&1
for budget in "${budgets[@]}"; do
    for optimizer in pso random cma-es nelder-mead de auto; do
        for seed in $(seq 1 "$seeds"); do
            run="$folder/$budget/$optimizer/$seed"
            mkdir -p "$run"
            cp -r "$folder/em/traces" "$run/traces"
            cp "$folder/em/recipe.yaml" "$run/recipe.yaml"
            "$tokenswarm" search bench/zoo/recipe.yaml --optimizer "$optimizer" --budget "$budget" --seed "$seed" \
                -o "$run" --force >/dev/null 2>&1
            "$tokenswarm" compare "$run" --answer-limit 1 >/dev/null 2>&1
        done
    done
done
python3 - "$folder" "$seeds" "${budgets[@]}" <<'PYTHON'
import json
import statistics
import sys

folder, seeds, budgets = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
print("| budget | optimizer | utility on dev | text on test | choice on test |", "|---|---|---|---|---|", sep="\n")
for budget in budgets:
    for optimizer in ("pso", "random", "cma-es", "nelder-mead", "de", "auto"):
        rows = []
        for seed in range(1, seeds + 1):
            report = json.load(open(f"{folder}/{budget}/{optimizer}/{seed}/report.json"))
            tasks = {task["name"]: task["test"]["scores"]["swarm"] for task in report["tasks"]}
            rows.append((report["search"]["utilities"]["swarm"], tasks["text"], tasks["choice"]))
        cells = [f"{statistics.mean(column):.4f} ± {statistics.stdev(column):.4f}" for column in zip(*rows)]
        print("|", budget, "|", optimizer, "|", " | ".join(cells), "|")
PYTHON
