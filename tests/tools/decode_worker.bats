#!/usr/bin/env bats
# ir-decode's workers and its output: a worker that fails costs one clip, and whoever goes away is noticed.

setup() {
    load decode_help
    D=$BATS_TEST_DIRNAME/../data/decode
    cd "$BATS_TEST_TMPDIR"
}

# ---- the worker -------------------------------------------------------------------------------------

@test "a decoder that crashes, aborts, hangs, eats memory, executes or lies costs its clip" {
    good a.wav
    good z.wav
    for r in 4001 4002 4003 4004 4005 4006 4007 4008 4009; do sound $r.wav wav s16 $r 1 2000; done
    sanitized && rm 4003.wav && good 4003.wav
    for j in 1 2; do
        run shim timeout 100 ir-decode --no-prog -j $j --timeout 1 --max-bad 9 a.wav 400?.wav z.wav -o x.irt
        echo "$output"
        [ "$status" -eq 0 ]
        sanitized || [[ "$output" == *"clip 2 (4001.wav): the decoder crashed (signal 11, Segmentation fault)"* ]]
        [[ "$output" == *"clip 3 (4002.wav): the decoder gave no sound for 1 s (--timeout) and was stopped"* ]]
        sanitized || [[ "$output" == *"clip 4 (4003.wav): the decoder ran out of the memory that it may use"* ]]
        sanitized || [ -n "${IR_NO_FILTER:-}" ] || [[ "$output" == *"clip 5 (4004.wav): the decoder tried a forbidden system call"* ]]
        [[ "$output" == *"clip 6 (4005.wav): the decoder sent what cannot be right and was stopped"* ]]
        [[ "$output" == *"clip 7 (4006.wav): WAV holds no samples"* ]]
        sanitized || [ -n "${IR_NO_FILTER:-}" ] || [[ "$output" == *"clip 8 (4007.wav): the decoder tried a forbidden system call"* ]]
        [[ "$output" == *"clip 9 (4008.wav): the decoder crashed (signal 6, Aborted)"* ]]
        [[ "$output" == *"clip 10 (4009.wav): "* ]]
        [ ! -e pwned ]
        [[ "$(look x.irt | cut -f1 | tr '\n' ' ')" == "a.wav "*"z.wav " ]]
    done
}

@test "a decoder made to misbehave cannot read another file" {
    sanitized && skip "the sanitizer opens files itself"
    sound 4010.wav wav s16 4010 1 2000
    shim ir-decode --no-prog 4010.wav | ir-cat --to raw > raw
    [ "$(tr -d '\0' < raw | wc -c)" -eq 0 ]
    [ "$(stat -c %s raw)" -eq 8000 ]
}

@test "a decoder made to misbehave finds no way out: no file, process, socket, memory of others, right" {
    sanitized && skip "the sanitizer opens files itself"
    [ -z "${IR_NO_FILTER:-}" ] || skip "no system call filter can be made here"
    good a.wav
    sound 4011.wav wav s16 4011 1 2000
    shim ir-decode --no-prog 4011.wav | ir-cat --to raw > raw
    [ "$(stat -c %s raw)" -eq 8000 ]
    [ "$(tr -d '\0' < raw | wc -c)" -eq 0 ]
    [ ! -e pwned ] && [ -s a.wav ]
    # without the filter the same decoder does find ways: the test can fail
    ${CC:-cc} -o deny "$D/deny.c" -lseccomp
    shim ./deny filter -- ir-decode --no-prog 4011.wav 2> said | ir-cat --to raw > raw
    grep -q 'without a system call filter' said
    [ "$(tr -d '\0' < raw | wc -c)" -gt 0 ]
}

@test "without --max-bad the first bad clip ends the run, and no worker is left" {
    good a.wav
    sound k.wav wav s16 4001 1 2000
    run shim ir-decode --no-prog a.wav k.wav -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"ir-decode: clip 2 (k.wav): the decoder "* ]]
    [ ! -e x.irt ]
}

@test "a worker killed from outside is replaced: the same bytes come out" {
    good a.wav 40000
    for i in $(seq 40); do ln a.wav $i.wav; done
    decode -j 2 -r 44100 *.wav -o a.irt
    mkfifo slow
    ir-decode --no-prog -j 2 -r 44100 *.wav > slow &
    pid=$!
    {
        head -c 500000
        kill -KILL $(kids $pid) || true
        cat
    } < slow > b.irt
    wait $pid
    cmp a.irt b.irt
}

@test "stopped and continued: the same bytes, and no clip is taken for a hang" {
    good a.wav 40000
    for i in $(seq 20); do ln a.wav $i.wav; done
    decode -r 44100 *.wav -o a.irt
    mkfifo slow
    setsid ir-decode --no-prog --timeout $(sanitized && echo 5 || echo 0.5) -r 44100 *.wav > slow &
    pid=$!
    {
        head -c 300000
        kill -STOP $(kids $pid) $pid
        sleep 1
        kill -CONT $(kids $pid) $pid
        cat
    } < slow > b.irt
    wait $pid
    cmp a.irt b.irt
}

@test "a file that shrinks while it is read is a bad clip" {
    sound a.wav wav s16 8000 1 0 size=400000000
    truncate -s 400000044 a.wav
    mkfifo slow
    ir-decode --no-prog --segment 10 a.wav > slow 2> err &
    pid=$!
    {
        head -c 1000000 > /dev/null
        truncate -s 1000 a.wav
        cat > /dev/null
    } < slow
    status=0
    wait $pid || status=$?
    [ "$status" -eq 1 ]
    grep -q 'clip 1 (a.wav): after [0-9]* segments that were given out already: changed while it was read' err
}

@test "1,000 good files with 3 killers: 3 lines, 997 records, flat descriptors and memory" {
    good g.wav 400
    sound k.wav wav s16 4001 1 2000
    head -c 30 g.wav > cut.wav
    {
        printf '#irt-list 1\nid\tpath\n'
        for i in $(seq 1000); do
            case $i in 100 | 500) p=k.wav ;; 777) p=cut.wav ;; *) p=g.wav ;; esac
            printf '%d\t%s\n' $i $p
        done
        printf '#end 1000\n'
    } > l.tsv
    limited() {
        sanitized || ulimit -v 400000
        ulimit -n 32
        shim ir-decode --no-prog --max-bad 3 l.tsv -o x.irt
    }
    run limited
    [ "$status" -eq 0 ]
    [ "$(echo "$output" | grep -c '^ir-decode: clip ')" -eq 3 ]
    [ "$(look x.irt | wc -l)" -eq 997 ]
    run shim ir-decode --no-prog --max-bad 2 l.tsv -o y.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"3 bad clips, --max-bad allows 2"* ]]
    [ ! -e y.irt ]
}

@test "all clips bad is a failure whatever --max-bad says" {
    run decode --max-bad 10 no1.wav no2.wav -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"none of 2 clips could be decoded" ]]
    [ ! -e x.irt ]
}

# ---- the output -------------------------------------------------------------------------------------

@test "a reader that goes away ends the run, also with SIGPIPE ignored" {
    good a.wav 60000
    for i in $(seq 30); do ln a.wav $i.wav; done
    timeout 10 bash -c 'ir-decode *.wav | head -c 1000 > /dev/null'
    run timeout 10 bash -c 'trap "" PIPE; ir-decode *.wav | head -c 1000 > /dev/null; exit ${PIPESTATUS[0]}'
    [ "$status" -eq 1 ]
    [[ "$output" == "ir-decode: "* ]]
}

@test "no worker outlives its parent" {
    good a.wav 40000
    mkfifo out
    ir-decode --raw s16 -r 8000 - < <(sleep 20) > out &
    pid=$!
    exec 7< out
    for i in $(seq 50); do
        kids=$(kids $pid)
        [ -n "$kids" ] && break
        sleep 0.1
    done
    [ -n "$kids" ]
    kill -KILL $pid
    wait $pid || true
    alive() { grep -q '^State:.[^Z]' /proc/$kids/status 2> /dev/null; } # nobody may reap it here
    for i in $(seq 50); do
        alive || break
        sleep 0.1
    done
    exec 7<&-
    run alive
    [ "$status" -ne 0 ]
}

@test "disk full, missing folder: exit 1 with the reason" {
    good a.wav 60000
    run bash -c 'ir-decode a.wav > /dev/full'
    [ "$status" -eq 1 ]
    [[ "$output" == *"No space left on device"* ]]
    run decode a.wav -o no/such/x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"no/such/x.irt"* ]]
}

@test "closed standard streams are told, not fallen over" {
    good a.wav
    run bash -c 'ir-decode a.wav >&-'
    [ "$status" -eq 1 ]
    run bash -c 'ir-decode a.wav -o a.irt <&- 2>&- >&-'
    [ "$status" -eq 0 ]
    run bash -c 'ir-decode <&-'
    [ "$status" -eq 1 ]
    [ "$output" = "ir-decode: standard input is empty: wanted a list or a sound" ]
}

@test "an hour of sound in segments needs no more memory than a minute" {
    sanitized && skip "the sanitizer's own memory"
    sound hour.wav wav s16 22050 1 0 size=158760000
    truncate -s $((158760000 + 44)) hour.wav
    (
        ulimit -v 160000
        decode -j 1 --segment 10 hour.wav > hour.irt
    )
    [ "$(ir-cat --look hour.irt | grep -vc '^#')" -eq 360 ]
    rm -f hour.irt
}

@test "where no system call filter can be made one line says so, and the bytes are the same" {
    sanitized && skip "the sanitizer's own memory"
    ${CC:-cc} -o deny "$D/deny.c" -lseccomp
    for i in 1 2 3; do good $i.wav; done
    decode ./*.wav -o a.irt
    run ./deny filter -- ir-decode --no-prog ./*.wav -o b.irt
    [ "$status" -eq 0 ]
    cmp a.irt b.irt
    for call in close_range clone3 statx prlimit64 sched_getaffinity; do
        ./deny $call -- ir-decode --no-prog ./*.wav -o c.irt
        cmp a.irt c.irt
    done
}
