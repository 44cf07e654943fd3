#!/usr/bin/env bats
# Live input: raw samples through ir-decode, ir-mel and ir-infer --follow give results while the input goes on.

setup() {
    cd "$BATS_TEST_TMPDIR"
    cat > t.net <<'NET'
input feature channels=1 bands=16 frames=any
conv2d out=3 kernel=3x3 pad=1
relu
global kind=max
dense out=classes
loss bce
NET
    decode=(ir-decode --raw s16 --raw-rate 16000 --segment 0.5 -)
    mel=(ir-mel --rate 16000 --fmax 8000 --bands 16)
    # one second of a saw, 16000 samples of 16 bits
    for i in $(seq 100); do
        for k in 1 2 3 4 5 6 7 8 9 10; do printf '\000\001\000\002\000\003\000\004\000\005\000\006\000\007\000\010\000\011\000\012\000\013\000\014\000\015\000\016\000\017\000\020'; done
    done > second
    "${decode[@]}" < second | "${mel[@]}" > mel.irt
    ir-model --from net --set-header classes='flute oboe' \
        --set-header frontend="$(ir-cat --look mel.irt | sed -n 's/^# frontend=//p')" t.net -o m.irt
}

# grows EARLY ALL: EARLY lines are out while the input at descriptor 9 is open, ALL when it has ended
grows() {
    local early
    for i in $(seq 100); do
        [ "$(wc -l < out)" -ge "$1" ] && break
        sleep 0.1
    done
    early=$(wc -l < out)
    exec 9>&-
    wait
    [ "$early" -ge "$1" ] && [ "$(wc -l < out)" -eq "$2" ]
}

@test "results come before the input ends, one a hop" {
    mkfifo in
    "${decode[@]}" < in | "${mel[@]}" | ir-infer -m m.irt --follow -f jsonl > out &
    exec 9> in
    for i in 1 2 3; do cat second >&9; done
    # 3 s went in: 6 hops of 2 classes; the decoder may hold back less than one block
    grows 10 12
}

@test "events come while the input goes on" {
    mkfifo in
    "${decode[@]}" < in | "${mel[@]}" | ir-infer -m m.irt --follow -f irt |
        ir-cat --to tsv --per segment --on 0 --live > out &
    exec 9> in
    for i in 1 2 3; do cat second >&9; done
    # 6 hops of 2 classes; each waits for the start of the next one, and the heading is a line
    grows 9 13
}

@test "the same numbers as without --follow, clip by clip" {
    ir-infer -m m.irt --batch 1 -f irt mel.irt -o a.irt
    "${decode[@]}" < second | "${mel[@]}" | ir-infer -m m.irt --follow -f irt > b.irt
    ir-cat --compare --data-only a.irt b.irt
    [ "$(ir-cat --look b.irt | grep -c '^[0-9]')" -eq 2 ]
}

@test "many times faster than real time, in little memory" {
    for i in $(seq 60); do cat second; done > minute
    command -v /usr/bin/time > /dev/null || skip "GNU time is not installed"
    start=$(date +%s)
    "${decode[@]}" < minute | "${mel[@]}" | /usr/bin/time -f %M -o memory ir-infer -m m.irt --follow -f tsv > out
    [ $(($(date +%s) - start)) -lt 30 ]
    [ "$(tail -n +2 out | wc -l)" -eq 240 ]
    [[ $IR_BUILD == *san* ]] || [ "$(tail -n 1 memory)" -lt 200000 ]
}
