#!/usr/bin/env bash
# A search on generated answers with and without racing: answers that were decoded, seconds, and whether the winner is the
# same.   usage: OPTIMIZERS="pso de" EXAMPLES=100 bench/racing.sh TOKENSWARM [SEEDS] [BUDGET]
set -euo pipefail
cd "$(dirname "$0")/.."
tokenswarm=$1
seeds=${2:-2}
budget=${3:-60}
examples=${EXAMPLES:-100}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The zoo's recipe, searched on its answers alone, the first ones of dev.
head -n "$examples" bench/zoo/tasks/answers.dev.jsonl >"$folder/answers.dev.jsonl"
sed -e 's/weight: 1}/weight: 0}/' -e '/name: answers/s/weight: 0/weight: 1/' \
    -e "s|dev: tasks/answers.dev.jsonl|dev: $folder/answers.dev.jsonl|" \
    -e "s|path: members|path: $PWD/bench/zoo/members|; s|: tasks/|: $PWD/bench/zoo/tasks/|g" \
    -e "s|^map: .*|map: $PWD/vocab-maps/zoo.tsmap|" bench/zoo/recipe.yaml >"$folder/recipe.yaml"

printf 'optimizer\tseed\tsaved\tdropped\tpoints\tseconds\tseconds_raced\tsame_winner\n'
for optimizer in ${OPTIMIZERS:-pso de random}; do
    for seed in $(seq 1 "$seeds"); do
        for level in 0 0.01; do
            "$tokenswarm" search "$folder/recipe.yaml" --optimizer "$optimizer" --seed "$seed" --budget "$budget" \
                --race "$level" -o "$folder/$optimizer-$seed-$level" --json \
                >"$folder/$level.json" 2>/dev/null
        done
        python3 - "$folder" "$optimizer" "$seed" <<'PYTHON'
import json
import sys

folder, optimizer, seed = sys.argv[1:]
whole, raced = (json.load(open(f"{folder}/{level}.json")) for level in ("0", "0.01"))
cost = raced["racing"]
print(optimizer, seed, f"{1 - cost['looked'] / cost['whole']:.3f}", cost["dropped"], cost["points"],
      f"{whole['search_seconds']:.0f}", f"{raced['search_seconds']:.0f}", whole["weights"] == raced["weights"], sep="\t")
PYTHON
    done
done
