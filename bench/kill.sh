#!/usr/bin/env bash
# Ctrl-C once, then kill -9 at random moments of a search, resumed until it ends: is the result that of an undisturbed search,
# bit for bit?
# usage: bench/kill.sh TOKENSWARM [OPTIMIZER …]
set -euo pipefail
cd "$(dirname "$0")/.."
tokenswarm=$1
shift
optimizers=("$@")
[ ${#optimizers[@]} -gt 0 ] || optimizers=(pso random cma-es nelder-mead de auto)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0

for optimizer in "${optimizers[@]}"; do
    flags=(bench/zoo/recipe.yaml --optimizer "$optimizer" --budget 20000)
    "$tokenswarm" search "${flags[@]}" -o "$folder/$optimizer" --json >"$folder/straight.json" 2>/dev/null
    kills=0
    resume=()
    while true; do
        "$tokenswarm" search "${flags[@]}" -o "$folder/$optimizer-killed" "${resume[@]}" --json \
            >"$folder/resumed.json" 2>"$folder/errors" &
        pid=$!
        if [ "$kills" -lt 12 ]; then
            # The first kills are for the search, not for the members' reading, which is saved task by task.
            until [ -e "$folder/$optimizer-killed/study.sqlite" ] || ! kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
            sleep "$(awk -v seed="$RANDOM" 'BEGIN { srand(seed); print 2 * rand() }')"
            signal=9
            [ "$kills" -eq 0 ] && signal=INT
            kill -"$signal" "$pid" 2>/dev/null && kills=$((kills + 1))
        fi
        left=0
        wait "$pid" 2>/dev/null || left=$?
        if [ "$left" -eq 0 ]; then break; fi
        if [ "$kills" -eq 1 ] && { [ "$left" -ne 130 ] || ! grep -q -e '--resume$' "$folder/errors"; }; then
            printf '%-12s Ctrl-C: exit code %d instead of 130, or no word on how to go on\n' "$optimizer" "$left"
            status=1
        fi
        # Killed before the folder was a run: from the start again.
        resume=()
        [ -e "$folder/$optimizer-killed/recipe.yaml" ] && resume=(--resume)
    done
    for run in "$folder/$optimizer" "$folder/$optimizer-killed"; do
        "$tokenswarm" runs export "$run" >"$run.csv"
    done
    if python3 - "$folder/straight.json" "$folder/resumed.json" <<'PYTHON' && cmp -s "$folder/$optimizer.csv" "$folder/$optimizer-killed.csv"; then
import json
import sys

straight, resumed = (json.load(open(path)) for path in sys.argv[1:])
same = all(straight[key] == resumed[key] for key in ("weights", "utilities", "evaluations"))
sys.exit(0 if same else 1)
PYTHON
        printf '%-12s killed %2d times: the same result and the same %d evaluations\n' \
            "$optimizer" "$kills" "$(($(wc -l <"$folder/$optimizer.csv") - 1))"
    else
        printf '%-12s killed %2d times: ANOTHER RESULT\n' "$optimizer" "$kills"
        status=1
    fi
done
exit $status
