#!/bin/bash
# long.sh BUILD - what takes too long for every change: each allocation of every tool fails in turn, live sound for hours,
# a training that is killed again and again, long streams in constant memory. A line each; last "N passed, N failed".
#   LIVE_MIN   minutes of sound, given at 100 times its speed (default 240)
#   UPDATES    updates of the training (100000), KILLS: how often it is killed (50)
#   STREAM_MB  size of the long stream (5000), RECORDS of the stream of many records (1000000)
#   ONLY       names of parts to run: calls live killed stream records
set -u
build=$(cd "$1" && pwd) || exit 1
root=$(cd "$(dirname "$0")/.." && pwd)
PATH=$build/bin:$PATH
export IR_BUILD=$build LC_ALL=C.UTF-8
LIVE_MIN=${LIVE_MIN:-240} UPDATES=${UPDATES:-100000} KILLS=${KILLS:-50} STREAM_MB=${STREAM_MB:-5000} RECORDS=${RECORDS:-1000000}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/irtools-long-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1
passed=0 failed=0 begun=0

part() { # part NAME: is it wanted?
    begun=$SECONDS
    [ -z "${ONLY:-}" ] || [[ " $ONLY " == *" $1 "* ]]
}
check() { # check WORDS: the status before it counts
    local status=$? word=ok
    [ $status -eq 0 ] || word='not ok'
    if [ $status -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    echo "$word $* ($((SECONDS - begun)) s)"
}

# watch PID…: for each a file rss.PID with its resident memory in kB, until all are gone
watch() {
    local pid now alive=1
    while [ $alive -eq 1 ]; do
        alive=0
        for pid in "$@"; do
            now=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status" 2> /dev/null)
            [ -z "$now" ] || { echo "$now" >> "rss.$pid"; alive=1; }
        done
        sleep 0.2
    done
}
# flat PID…: after the first fifth of its looks none grew by more than 4 MB
flat() {
    local pid
    for pid in "$@"; do
        awk -v pid="$pid" '{ v[NR] = $1 } END { for (i = 1; i <= NR; i++) { if (i <= NR / 5 + 1 && v[i] > a) a = v[i]; if (v[i] > b) b = v[i] }
            printf "    process %s: %d kB, at most %d kB, %d looks\n", pid, a, b, NR; exit !(NR > 10 && b <= a + 4096) }' "rss.$pid" || return 1
    done
}

cp "$root/tests/data/net/single.irt" in.irt
printf '%s\n' 'input feature channels=1 bands=6 frames=10' flatten 'dense out=classes' 'loss ce' > n.net

if part calls; then
    EVERY=1 bats -f 'every malloc' "$root/tests/tools/faults_calls.bats" > log 2>&1 || { grep -A 12 '^not ok' log; false; }
    check "every allocation of a short run of every tool fails in turn"
fi

# sound MINUTES SPEED: a scale of square waves, bare 16-bit samples at 8 kHz, no faster than SPEED seconds a second
sound() {
    perl -e 'use Time::HiRes qw(time sleep); $| = 1; my ($s, $speed) = ($ARGV[0] * 60, $ARGV[1]); my $start = time;
        my @second = map { my $p = 10 + 3 * $_; pack("s<*", map { int($_ / $p) % 2 ? 8000 : -8000 } 0 .. 7999) } 0 .. 11;
        for (my $i = 0; $i < $s; $i++) { print $second[$i % 12]; my $ahead = $i / $speed - (time - $start); sleep($ahead) if $ahead > 0.05 }' "$@"
}
decode='ir-decode --no-prog --raw s16 --raw-rate 8000 -r 8000 --segment 3 -'
mel='ir-mel --no-prog --threads 1 --preset librosa --rate 8000 -'

if part live; then
    front=$(sound 0.05 1e9 | $decode | $mel | ir-cat --to text | sed -n 's/^#* *frontend=//p' | head -n 1)
    shape=$(sound 0.05 1e9 | $decode | $mel | ir-cat --look | sed -n 's/.*f32 \([0-9]*\)x\([0-9]*\)x\([0-9]*\).*/channels=\1 bands=\2 frames=\3/p' | head -n 1)
    printf '%s\n' "input feature $shape" 'global kind=mean axis=time' flatten 'dense out=classes' 'loss ce' > live.net
    printf 'flute\nviolin\n' > names
    ir-model --from net --seed 1 --classes names --set-header "frontend=$front" live.net -o live.irt
    mkfifo a b c
    $decode < a > b & d=$!
    $mel < b > c & m=$!
    ir-infer -m live.irt --threads 1 --follow -f irt - < c > out & i=$!
    watch $d $m $i &
    w=$!
    sound "$LIVE_MIN" 100 > a
    wait $d && wait $m && wait $i && wait $w
    check "live: the pipeline ends well after $LIVE_MIN min of sound at 100 times its speed"
    [ "$(ir-cat --look out | grep -vc '^#')" -eq $((LIVE_MIN * 20)) ] &&
        [ "$(ir-cat --to text out | sed -n 's/^offset=//p' | tail -n 1)" = $((LIVE_MIN * 60 - 3)) ]
    check "live: no clip is lost, the last begins where it should"
    flat $d $m $i
    check "live: memory is flat"
    rm -f out a b c
fi

if part killed; then
    clips=$(ir-cat --look in.irt | grep -vc '^#')
    words="ir-train -q --no-prog --threads 1 --batch 1 --seed 1 --epochs $((UPDATES / clips)) --checkpoint-every 0.2 n.net in.irt"
    $words -o whole.irt
    took=$((SECONDS - begun + 1)) kills=0
    for ((k = 0; k < KILLS; k++)); do
        $words --checkpoint ck --resume -o part.irt 2> said & trainer=$!
        perl -e 'select(undef, undef, undef, $ARGV[0])' "$(awk -v t=$took -v n="$KILLS" -v k=$k 'BEGIN { srand(k); print 0.3 + rand() * 2 * t / n }')"
        kill -9 $trainer 2> /dev/null && kills=$((kills + 1))
        wait $trainer 2> /dev/null
        [ ! -e part.irt ] || break
    done
    [ -e part.irt ] || $words --checkpoint ck --resume -o part.irt
    cmp whole.irt part.irt && [ $kills -ge $((KILLS / 2)) ]
    check "killed: a training of $UPDATES updates, killed $kills times, gives the same bytes"
fi

if part stream; then
    bytes=$((STREAM_MB * 1000000 / 400000 * 400000))
    mkfifo raw
    wc -c < raw > counted & n=$!
    mkfifo a b
    head -c $bytes /dev/zero | ir-cat --no-prog --from raw --shape 100000 --set-header domain=feature - > a & g=$!
    ir-cat --no-prog - < a > b & c=$!
    ir-cat --to raw - < b > raw & o=$!
    watch $g $c $o &
    w=$!
    wait $g && wait $c && wait $o && wait $w && wait $n && [ "$(cat counted)" -eq $bytes ]
    check "stream: $STREAM_MB MB come through whole"
    flat $g $c $o
    check "stream: in constant memory"
    rm -f raw a b
fi

if part records; then
    mkfifo a b
    head -c $((RECORDS * 16)) /dev/zero | ir-cat --no-prog --from raw --shape 4 --set-header domain=feature - > a & g=$!
    ir-cat --no-prog - < a > b & c=$!
    (exec ir-cat --look - < b) | grep -vc '^#' > counted & o=$!
    watch $g $c &
    w=$!
    wait $g && wait $c && wait $o && wait $w && [ "$(cat counted)" -eq "$RECORDS" ]
    check "records: $RECORDS come through"
    flat $g $c
    check "records: in constant memory"
    rm -f a b
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
