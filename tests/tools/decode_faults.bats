#!/usr/bin/env bats
# ir-decode and bad input: every fault costs one clip, with a message that says what was found and wanted.

setup() {
    D=$BATS_TEST_DIRNAME/../data/decode
    cd "$BATS_TEST_TMPDIR"
}

sound() { # sound FILE KIND CODING RATE CHANNELS FRAMES [NAME=VALUE…]
    local file=$1
    shift
    perl "$D/sound.pl" "$@" > "$file"
}
good() { sound "$1" wav s16 8000 1 "${2:-800}"; }
decode() { ir-decode --no-prog "$@"; }
look() { ir-cat --look "$1" | grep -v '^#' | cut -f2,4,5; }
# refused FILE MESSAGE: exit status 1, this one line, no output file
refused() {
    rm -f x.irt
    run timeout 20 ir-decode --no-prog "$1" -o x.irt
    [ "$status" -eq 1 ] || { echo "status $status: $output"; return 1; }
    [ "$output" = "ir-decode: clip 1 ($1): $2" ] || { echo "$output"; return 1; }
    [ ! -e x.irt ] && [ ! -e .x.irt.part ]
}
shim() { # run the rest with libsox misbehaving; see shim.c
    [ -e shim.so ] || ${CC:-cc} -shared -fPIC -O1 -o shim.so "$D/shim.c" -ldl
    LD_PRELOAD=$PWD/shim.so ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 "$@"
}
kids() { # kids PID: the workers of that ir-decode
    cat /proc/[0-9]*/stat 2> /dev/null | sed -n "s/^\([0-9]*\) (ir-decode) [A-Z] $1 .*/\1/p"
}
sanitized() { [[ ${IR_BUILD:-} == *san* ]]; }

# ---- files that are not sound ----------------------------------------------------------------------

@test "missing file, directory, fifo, device, empty file, text, unreadable kinds" {
    mkdir dir
    mkfifo fifo
    : > empty.wav
    for i in $(seq 300); do echo "this is not a sound, line $i"; done > text.wav
    printf '\0\0\0\040ftypM4A ----------------------------' > song.mp3
    printf 'OggS\0\002\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\1\010OpusHead' > opus.ogg
    refused missing.wav "cannot be opened: No such file or directory"
    refused dir "is a directory, wanted a regular file"
    refused fifo "is a named pipe, wanted a regular file"
    refused /dev/zero "is a device, wanted a regular file"
    refused empty.wav "is an empty file"
    refused text.wav "is not a sound file: wanted WAV, FLAC, Ogg Vorbis, MP3, AIFF or AU (by its first bytes; the name does not count)"
    refused song.mp3 "is MP4 or M4A (AAC), which is not decoded here; wanted WAV, FLAC, Ogg Vorbis, MP3, AIFF or AU (ffmpeg -i FILE -f wav - | ir-decode -)"
    run decode opus.ogg
    [ "$status" -eq 1 ]
}

@test "empty list, empty standard input, list cut short" {
    printf '#irt-list 1\nid\tpath\n#end 0\n' > l.tsv
    run decode l.tsv -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == "ir-decode: "*empty* ]]
    run decode < /dev/null
    [ "$status" -eq 1 ]
    [ "$output" = "ir-decode: standard input is empty: wanted a list or a sound" ]
    printf '#irt-list 1\nid\tpath\na\tb.wav\n' > l.tsv
    run decode l.tsv
    [ "$status" -eq 1 ]
    [[ "$output" == *"#end"* ]]
}

# ---- sound that is odd ------------------------------------------------------------------------------

@test "no samples are refused, one sample and silence are sound" {
    sound none.wav wav s16 8000 1 0
    refused none.wav "WAV holds no samples"
    sound one.wav wav s16 8000 1 1
    decode one.wav -o a.irt
    [ "$(look a.irt | cut -f2)" = "f32 1x1" ]
    decode -r 44100 one.wav -o a.irt
    [ "$(look a.irt | cut -f2)" = "f32 1x6" ]
    sound tiny.wav wav s16 768000 1 1
    run decode -r 4000 tiny.wav -o x.irt
    [ "$status" -eq 1 ]
    [ "$output" = "ir-decode: clip 1 (tiny.wav): no samples are left of it at 4000 Hz" ]
    sound zero.wav wav s16 8000 1 100 value=0
    [ "$(decode zero.wav | ir-cat --to raw | tr -d '\0' | wc -c)" -eq 0 ]
}

@test "NaN, infinity and absurd floats are refused, in every float format" {
    for k in "wav f32" "wav f64" "aifc f32" "au f64"; do
        sound n $k 8000 2 100 bad=NaN
        refused n "sample 50 is not a number (NaN)"
        sound n $k 8000 2 100 bad=Inf
        refused n "sample 50 is infinite"
        sound n $k 8000 2 100 value=100
        refused n "sample 0 is 100, more than 16 times full scale (1.0)"
    done
}

@test "rates and channels out of range are refused" {
    for k in wav aiff au; do
        name=$(echo $k | tr a-z A-Z)
        sound n $k s16 0 1 100
        refused n "$name header says 0 samples a second, wanted 4000 to 768000"
        sound n $k s16 1 1 100
        refused n "$name header says 1 samples a second, wanted 4000 to 768000"
    done
    sound n wav s16 4290000000 1 100
    refused n "WAV header says 4290000000 samples a second, wanted 4000 to 768000"
    sound n wav u8 8000 65 10
    refused n "WAV header says 65 channels, wanted 1 to 64"
    sound n au s16 8000 1 10
    perl -e 'open F, "+<", "n"; seek F, 20, 0; print F pack "N", 0'
    refused n "AU header says 0 channels, wanted 1 to 64"
    sound n wav u8 8000 64 10
    decode n -o a.irt
}

@test "codings outside the list are refused by name: MS ADPCM above all" {
    sound n wav s16 8000 1 100 tag=2
    refused n "WAV holds MS ADPCM (format 0x2, 16 bits), which is not decoded here; wanted PCM of 8 to 32 bits, float, mu-law or A-law"
    sound n wav s16 8000 1 100 tag=17
    run decode n
    [[ "$output" == *"IMA ADPCM"* ]]
    # The one that overflows libsox's heap: 4 bits, 0 samples a block.
    printf 'RIFF\xff\0\0\0WAVEfmt \x32\0\0\0\x02\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\0\x01\x04\0\x20\0\0\0\x07\0' > k.wav
    head -c 400 /dev/zero >> k.wav
    run decode k.wav
    [ "$status" -eq 1 ]
}

# ---- damage -----------------------------------------------------------------------------------------

@test "a sound that is cut anywhere is refused" {
    cp "$D/two.mp3" "$D/tone.ogg" "$D/tone.flac" .
    for k in wav aiff au; do sound t.$k $k s16 8000 1 300; done
    for f in two.mp3 tone.ogg tone.flac t.wav t.aiff t.au; do
        size=$(stat -c %s $f)
        n=0
        : > rows
        for cut in 1 2 7 100 $((size / 5)) $((size / 2)) $((size - 60)) $((size - 9)); do
            head -c $((size - cut)) $f > $f.$cut
            printf '%s\t%s\n' $f.$cut $f.$cut >> rows
            n=$((n + 1))
        done
        { printf '#irt-list 1\nid\tpath\n'; cat rows; printf '#end %d\n' $n; } > l.tsv
        run decode --max-bad 100 l.tsv -o x.irt
        [ "$status" -eq 1 ]
        [ "$(echo "$output" | grep -c '^ir-decode: clip ')" -eq $n ] || { echo "$f $output"; return 1; }
    done
}

@test "what is wrong with a cut file is said" {
    for f in "wav 100" "aiff 100" "au 100"; do
        set -- $f
        sound c.$1 $1 s16 8000 1 300 cut=$2
        name=$(echo $1 | tr a-z A-Z)
        refused c.$1 "$name is cut short: the header promises 600 bytes of sound, 500 are there"
    done
    head -c 3000 "$D/two.mp3" > c.mp3
    refused c.mp3 "MP3 is cut short: its last frame has 31 of 209 bytes"
    head -c 4000 "$D/tone.ogg" > c.ogg
    run decode c.ogg -o x.irt
    [[ "$output" == "ir-decode: clip 1 (c.ogg): Ogg is cut short in the page at byte "* ]]
}

@test "MP3 cut between frames is known by its header's count" {
    size=$(stat -c %s "$D/two.mp3")
    head -c $((size - 209 * 3)) "$D/two.mp3" > c.mp3
    run decode c.mp3
    [ "$status" -eq 1 ]
    [[ "$output" == *"MP3 is cut short: "* ]]
}

@test "an MP3 that changes its rate, or has a hole, is refused" {
    cp "$D/untagged.mp3" a.mp3
    perl -e 'local $/; open F, "a.mp3"; binmode F; $_ = <F>; substr($_, 2090 + index(substr($_, 2090), "\xff\xfb") + 2, 1) = "\x54"; print $_' > b.mp3
    run decode b.mp3
    [ "$status" -eq 1 ]
    [[ "$output" == *"MP3 changes in frame "*" from 44100 Hz, 2 channels to 48000 Hz, 2 channels"* ]]
    { head -c 2000 a.mp3; head -c 700 /dev/zero; tail -c +2001 a.mp3; } > c.mp3
    run decode c.mp3
    [ "$status" -eq 1 ]
    [[ "$output" == *"MP3 is damaged: no frame at byte "* ]]
}

@test "chained Ogg, a flipped bit in Ogg and in FLAC" {
    cat "$D/tone.ogg" "$D/tone.ogg" > chained.ogg
    refused chained.ogg "Ogg holds a second stream after the first (chained), of which only the first would be heard"
    perl -e 'local $/; open F, $ARGV[0]; binmode F; $_ = <F>; substr($_, -300, 1) ^= "\x10"; print' "$D/tone.ogg" > flip.ogg
    run decode flip.ogg
    [[ "$output" == *"Ogg is damaged: wrong check sum of the page at byte "* ]]
    perl -e 'local $/; open F, $ARGV[0]; binmode F; $_ = <F>; substr($_, -300, 1) ^= "\x10"; print' "$D/tone.flac" > flip.flac
    run decode flip.flac
    [ "$status" -eq 1 ]
    [[ "$output" == *"FLAC is damaged: "* ]]
    # A wrong MD5 sum alone, too.
    perl -e 'local $/; open F, $ARGV[0]; binmode F; $_ = <F>; substr($_, 30, 1) ^= "\x10"; print' "$D/tone.flac" > md5.flac
    refused md5.flac "FLAC is damaged: decoder MD5 checksum mismatch."
}

@test "sizes that lie: an AU that asks for 4 GB, an AIFF without end, a huge WAV chunk" {
    sound n au s16 8000 1 4000
    perl -e 'open F, "+<", "n"; seek F, 4, 0; print F pack "N", 0xfffffff0'
    refused n "AU header says that it is 4294967280 bytes long, the file has 8024"
    sound n aiff s16 8000 1 100 size=4294967280
    decode n -o a.irt # COMM says how much is sound
    perl -e 'open F, "+<", "n"; seek F, 22, 0; print F pack "N", 0xffffffff'
    run timeout 5 ir-decode n
    [ "$status" -eq 1 ]
    [[ "$output" == *"AIFF header promises 4294967295 frames"* ]]
    sound n wav s16 8000 1 100 size=2000000000
    refused n "WAV is cut short: the header promises 2000000000 bytes of sound, 200 are there"
}

@test "--max-seconds stops long sounds, of known and of unknown length" {
    sound a.wav wav s16 8000 1 20000
    run decode --max-seconds 2 a.wav
    [ "$status" -eq 1 ]
    [ "${lines[-1]}" = "ir-decode: clip 1 (a.wav): is 2.5 s long, more than --max-seconds 2" ]
    run bash -c 'head -c 1000000000 /dev/zero | ir-decode --raw s16 -r 8000 --max-seconds 2 - > /dev/null'
    [ "$status" -eq 1 ]
    [[ "$output" == *"is longer than --max-seconds 2" ]]
}

# ---- names ------------------------------------------------------------------------------------------

@test "hostile names are names: no shell, no option, bytes kept, shown escaped" {
    good plain
    for n in '|touch pwned;' 'http:x";touch pwned;".wav' '-r' $'new\nline' $'esc\033[31m' $'bad\377utf8' \
        "quote'\"" '%41' ' '; do
        cp plain "./$n" 2> /dev/null || { mkdir -p "$(dirname "./$n")"; cp plain "./$n"; }
        decode -o a.irt -- "$n"
        [ ! -e pwned ]
        ir-cat --to raw a.irt > got
        [ "$(stat -c %s got)" -eq 3200 ]
        rm -f "./$n"
        run decode -o x.irt -- "$n"
        [ "$status" -eq 1 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ "$output" != *$'\033'* ]]
    done
    long=$(printf 'x%.0s' $(seq 250)).wav
    cp plain "$long"
    decode "$long" -o a.irt
    [ ! -e pwned ]
}

@test "a name from a list is a name too" {
    good $'|echo pwned > pwned'
    printf '#irt-list 1\nid\tpath\na\t|echo pwned > pwned\n#end 1\n' > l.tsv
    decode l.tsv -o a.irt
    [ ! -e pwned ]
}

# ---- the worker -------------------------------------------------------------------------------------

@test "a decoder that crashes, aborts, hangs, eats memory, executes or lies costs its clip" {
    good a.wav
    good z.wav
    for r in 4001 4002 4003 4004 4005 4006 4007 4008; do sound $r.wav wav s16 $r 1 2000; done
    sanitized && rm 4003.wav && good 4003.wav
    for j in 1 2; do
        run shim timeout 100 ir-decode --no-prog -j $j --timeout 1 --max-bad 8 a.wav 400?.wav z.wav -o x.irt
        echo "$output"
        [ "$status" -eq 0 ]
        sanitized || [[ "$output" == *"clip 2 (4001.wav): the decoder crashed (signal 11, Segmentation fault)"* ]]
        [[ "$output" == *"clip 3 (4002.wav): the decoder gave no sound for 1 s (--timeout) and was stopped"* ]]
        sanitized || [[ "$output" == *"clip 4 (4003.wav): the decoder ran out of the memory that it may use"* ]]
        sanitized || [[ "$output" == *"clip 5 (4004.wav): the decoder tried a forbidden system call"* ]]
        [[ "$output" == *"clip 6 (4005.wav): the decoder sent what cannot be right and was stopped"* ]]
        [[ "$output" == *"clip 7 (4006.wav): WAV is damaged or cut short: 0 frames of sound of 2000"* ]]
        sanitized || [[ "$output" == *"clip 8 (4007.wav): the decoder tried a forbidden system call"* ]]
        [[ "$output" == *"clip 9 (4008.wav): the decoder crashed (signal 6, Aborted)"* ]]
        [ ! -e pwned ]
        [[ "$(look x.irt | cut -f1 | tr '\n' ' ')" == "a.wav "*"z.wav " ]]
    done
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
    setsid ir-decode --no-prog --timeout 0.5 -r 44100 *.wav > slow &
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
    grep -q 'clip 1 (a.wav): after [0-9]* segments that were given out already: WAV is damaged or cut short' err
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
