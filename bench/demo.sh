#!/usr/bin/env bash
# The main job on the bundled members: map, search, compare, generate.   usage: bench/demo.sh TOKENSWARM RUN
set -euo pipefail
cd "$(dirname "$0")/.."
tokenswarm=$1
run=$2
recipe=bench/zoo/recipe.yaml

step() { printf '\n\033[1m%s\033[0m\n$ %s\n' "$1" "${*:2}" >&2; "${@:2}"; }

rm -rf "$run"
mkdir -p "$(dirname "$run")"
step "1/4  The shared vocabulary map of four tokenizers" "$tokenswarm" map build "$recipe" -o "$run.tsmap"
cmp -s "$run.tsmap" vocab-maps/zoo.tsmap || { echo "error: vocab-maps/zoo.tsmap is not the map of these members" >&2; exit 1; }
step "2/4  Search the mixing weights on the dev split" "$tokenswarm" search "$recipe" -o "$run"
step "3/4  Compare on the test split, with every control" "$tokenswarm" compare "$run"
step "4/4  Generate: the composition beside every member" "$tokenswarm" generate "$run" --beside-members
printf '\nThe run is in %s (report.md, report.json, best.yaml). Next: %s generate %s --prompt TEXT\n' \
    "$run" "$tokenswarm" "$run" >&2
