#!/usr/bin/env bash
# Fuzzes the readers of outside data with libFuzzer and the address sanitizer, for so many seconds each.
#
#   bench/fuzz.sh [SECONDS [TARGET…]]      (60 seconds, every target)
#
# Inputs that libFuzzer finds worth keeping gather in .build/fuzz-corpus/TARGET, failures in .build/fuzz-found/.
# Prints executions, time and outcome of each target; ends with 1 if one failed.
set -uo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(json safetensors gguf tokenizer-json sentencepiece tiktoken encode template)

# -sanitize=fuzzer alone links libFuzzer but leaves the code without the counters that guide it.
TOKENSWARM_FUZZ=1 swift build -c release --product fuzz --scratch-path .build/fuzz --sanitize address --sanitize fuzzer \
    -Xswiftc -sanitize-coverage=edge,indirect-calls,trace-cmp,inline-8bit-counters,pc-table >&2 || exit 1

mkdir -p .build/fuzz-found
status=0
for target in "${targets[@]}"; do
    corpus=.build/fuzz-corpus/$target log=.build/fuzz-found/$target.log dictionary=Tests/Fuzz/dictionaries/$target.dict
    mkdir -p "$corpus"
    options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=3000 -malloc_limit_mb=1500 -print_final_stats=1)
    # The leak checker does not see through the spare bits that Swift keeps in pointers; real leaks hit the limit above.
    options+=(-detect_leaks=0 -artifact_prefix=".build/fuzz-found/$target-" -max_len=16384)
    # Nor does it when it runs once more at the end.
    export ASAN_OPTIONS=detect_leaks=0
    [ -f "$dictionary" ] && options+=(-dict="$dictionary")
    if FUZZ_TARGET=$target .build/fuzz/release/fuzz "${options[@]}" "$corpus" "Tests/Fuzz/corpus/$target" 2>"$log"; then
        outcome=clean
    else
        outcome="FAILED, see $log"
        status=1
    fi
    count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
    echo "$target: ${count:-?} executions in $seconds s, ${edges:-?} edges, $outcome"
    rm -rf /dev/shm/tokenswarm-fuzz-*
done
exit $status
