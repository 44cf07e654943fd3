#!/usr/bin/env bats
# Each call that can fail, fails: memory, write, fsync, rename, close, and kill -9 at each of them. tests/faults/fail.c
# is loaded before the program and counts its calls.

setup() {
    load every_tool
    PATH=$IR_BUILD/bin:$PATH
    root=$BATS_TEST_DIRNAME/../..
    cd "$BATS_TEST_TMPDIR"
    if grep -q __asan_init "$IR_BUILD/bin/ir-cat"; then skip "the sanitizers have their own malloc"; fi
    command -v cc > /dev/null || skip "no C compiler"
    cc -shared -fPIC -D_GNU_SOURCE -o fail.so "$root/tests/faults/fail.c" -ldl || skip "cannot build a library"
    FAIL=none LD_PRELOAD=$PWD/fail.so true || skip "libraries cannot be loaded before a program here"
    cp "$root/tests/data/net/single.irt" in.irt
    cp "$root/tests/data/net/audio.irt" audio.irt
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' flatten 'dense out=classes' 'loss ce' > n.net
}

# CALL COMMAND…: how often it happens
count() {
    local call=$1
    shift
    FAIL=$call FAIL_COUNT=count LD_PRELOAD=$PWD/fail.so "$@"
    cat count
}

# COMMAND… with about a hundred of its allocations failing in turn, the first 60 and the last among them (EVERY=1: each of
# them, as make test-long does): 1 and a message, or done; nothing else
no_memory() {
    local n i status wanted
    rm -f out
    n=$(count malloc "$@" -o out)
    [ "$n" -gt 10 ]
    cp out whole
    for i in $({ seq 1 60; for ((i = 60; i < n; i += 1 + (${EVERY:-0} ? 0 : i / 10))); do echo $i; done; echo "$n"; } | sort -nu); do
        [ "$i" -le "$n" ] || break
        rm -f out
        status=0
        FAIL=malloc:$i LD_PRELOAD=$PWD/fail.so timeout 60 "$@" -o out > said 2>&1 || status=$?
        case $status in
        0) cmp out whole ;; # the call could do without
        1) [ -s said ] && [ ! -e out ] ;;
        *) echo "$*: allocation $i of $n: status $status"; cat said; return 1 ;;
        esac || { echo "$*: allocation $i of $n: status $status"; cat said; return 1; }
        [ -z "$(ls -A | grep part)" ] || { ls -A; return 1; }
    done
}

# TOOL, with its short run
no_memory_in() {
    [ "$1" != ir-render ] || command -v ir-render > /dev/null || skip "built without libfluidsynth"
    make_inputs
    line "$1"
    no_memory "${words[@]}"
}

@test "calls: every malloc fails in turn: ir-augment" { no_memory_in ir-augment; }
@test "calls: every malloc fails in turn: ir-cat" { no_memory_in ir-cat; }
@test "calls: every malloc fails in turn: ir-decode" { no_memory_in ir-decode; }
@test "calls: every malloc fails in turn: ir-infer" { no_memory_in ir-infer; }
@test "calls: every malloc fails in turn: ir-label" { no_memory_in ir-label; }
@test "calls: every malloc fails in turn: ir-mel" { no_memory_in ir-mel; }
@test "calls: every malloc fails in turn: ir-model" { no_memory_in ir-model; }
@test "calls: every malloc fails in turn: ir-plot" { EVERY=1 no_memory_in ir-plot; }
@test "calls: every malloc fails in turn: ir-render" { no_memory_in ir-render; }
@test "calls: every malloc fails in turn: ir-report" { no_memory_in ir-report; }
@test "calls: every malloc fails in turn: ir-score" { no_memory_in ir-score; }
@test "calls: every malloc fails in turn: ir-train" { no_memory_in ir-train; }
@test "calls: every malloc fails in turn: ir-cat to npz" { no_memory ir-cat --to npz in.irt; }
@test "calls: every malloc fails in turn: FFTW's in ir-augment -a pitch" { no_memory ir-augment -a pitch audio.irt; }
@test "calls: every malloc fails in turn: a classic learner" { no_memory ir-train -q --no-prog --learner forest,trees=2 in.irt; }
@test "calls: every malloc fails in turn: a sound to an answer" {
    no_memory ir-infer --threads 1 -m "$root/pipelines/models/instruments.model.irt" -f tsv "$root/tests/data/decode/tone.flac"
}
@test "calls: every malloc fails in turn: each tool has a test" {
    for t in $(every_tool); do grep -q "no_memory_in $t;" "$BATS_TEST_FILENAME" || { echo "$t"; return 1; }; done
}

# CALL ERRNO WORDS: each such call of a run that replaces old.irt fails in turn
each_fails() {
    local call=$1 number=$2 words=$3 n i
    n=$(count "$call" ir-cat in.irt -o out)
    [ "$n" -gt 0 ] || { echo "no $call"; return 1; }
    for ((i = 1; i <= n; i++)); do
        echo old > out
        status=0
        FAIL=$call:$i:$number LD_PRELOAD=$PWD/fail.so ir-cat in.irt -o out > said 2>&1 || status=$?
        [ $status -eq 1 ] || { echo "$call $i: status $status"; cat said; return 1; }
        grep -q "out: $words" said || { echo "$call $i:"; cat said; return 1; }
        [ -z "$(ls -A | grep part)" ]
    done
}

@test "calls: a full disk, an I/O error and a quota are named with the file, and the old file stays" {
    each_fails write 28 "No space left on device"
    [ "$(cat out)" = old ]
    each_fails write 122 "Disk quota exceeded"
    each_fails write 5 "Input/output error"
    [ "$(cat out)" = old ]
    each_fails rename 5 "Input/output error"
    [ "$(cat out)" = old ]
    each_fails fsync 5 "Input/output error"
}

@test "calls: killed at any write, fsync, rename, link or close, the file is old or new, never half" {
    for call in write fsync rename linkat close; do
        for how in kill killed; do
            n=$(count $call ir-cat in.irt -o out)
            cp out new
            for ((i = 1; i <= n; i++)); do
                echo old > out
                FAIL=$call:$i:$how LD_PRELOAD=$PWD/fail.so ir-cat in.irt -o out 2> /dev/null || true
                [ "$(head -c 3 out)" = old ] || cmp out new
            done
        done
    done
}

@test "calls: a file system without nameless files or second names, a machine without sockets" {
    FAIL=tmpfile:0:95 LD_PRELOAD=$PWD/fail.so ir-cat in.irt -o a.irt
    cmp a.irt in.irt || ir-cat --compare --data-only in.irt a.irt
    FAIL=linkat:0:1 LD_PRELOAD=$PWD/fail.so ir-cat in.irt -o b.irt
    ir-cat --compare --data-only in.irt b.irt
    FAIL=socket:0:97 LD_PRELOAD=$PWD/fail.so ir-cat in.irt -o c.irt
    ir-cat --compare --data-only in.irt c.irt
    [ "$(stat -c %a a.irt b.irt c.irt | sort -u | wc -l)" -eq 1 ]
    # with a name of its own: gone after a signal
    mkfifo pipe
    FAIL=tmpfile:0:95 LD_PRELOAD=$PWD/fail.so ir-cat -o d.irt < pipe 2> /dev/null &
    writer=$!
    exec 7> pipe
    head -c 20000 in.irt >&7
    for i in $(seq 50); do ls -A | grep -q '^\.d\.irt\..*\.part$' && break; sleep 0.1; done
    ls -A | grep '^\.d\.irt\..*\.part$'
    kill -TERM $writer
    exec 7>&-
    wait $writer || true
    [ -z "$(ls -A | grep part)" ]
}

@test "calls: checkpoint and model of a training are old or new after kill -9 at any write, fsync or rename" {
    ir-train -q --threads 1 --epochs 3 --checkpoint ck n.net in.irt -o whole --no-prog
    for call in fsync rename write; do
        rm -f ck ck.old m
        n=$(count $call ir-train -q --threads 1 --no-prog --epochs 3 --checkpoint ck n.net in.irt -o m)
        for ((i = 1; i <= n; i += 2)); do
            rm -f ck ck.old m
            FAIL=$call:$i:killed LD_PRELOAD=$PWD/fail.so \
                ir-train -q --threads 1 --no-prog --epochs 3 --checkpoint ck n.net in.irt -o m 2> /dev/null || true
            ir-train -q --threads 1 --no-prog --epochs 3 --checkpoint ck --resume n.net in.irt -o m
            cmp m whole
        done
    done
}

@test "calls: a full disk or an I/O error in a training: status 1 naming the file, the old model and a checkpoint that goes on" {
    train() { ir-train -q --threads 1 --no-prog --epochs "$1" --checkpoint ck --resume n.net in.irt -o m; }
    train 3
    cp m whole
    rm -f ck ck.old m
    train 1 2> /dev/null
    cp ck first
    for call in write:28 fsync:5 rename:5; do
        n=$(cp first ck; rm -f ck.old; FAIL=${call%:*} FAIL_COUNT=count LD_PRELOAD=$PWD/fail.so train 3 2> /dev/null; cat count)
        [ "$n" -gt 0 ]
        for ((i = 1; i <= n; i++)); do
            cp first ck
            rm -f ck.old
            echo old > m
            status=0
            FAIL=${call%:*}:$i:${call#*:} LD_PRELOAD=$PWD/fail.so ir-train -q --threads 1 --no-prog --epochs 3 --checkpoint ck --resume \
                n.net in.irt -o m > said 2>&1 || status=$?
            case $status in
            0) cmp m whole ;; # what failed was not needed
            1) grep -qE '(ck|m)(: |.*)(No space left|Input/output)' said && { [ "$(head -c 3 m)" = old ] || cmp m whole; } ;; # old or new, whole
            *) false ;;
            esac || { echo "$call $i of $n: status $status"; cat said; return 1; }
            [ -z "$(ls -A | grep part)" ]
            train 3 2> /dev/null
            cmp m whole
        done
    done
}
