#!/usr/bin/env bats
# Sound that only the program ffmpeg decodes, and the box in which it runs.

setup() {
    load decode_help
    D=$BATS_TEST_DIRNAME/../data/decode
    cd "$BATS_TEST_TMPDIR"
}

wants_ffmpeg() { command -v ffmpeg > /dev/null || skip "ffmpeg is not installed"; }
make_sound() { ffmpeg -nostdin -v error -y -i a.wav "$@" 2> /dev/null || skip "this ffmpeg does not encode ${!#}"; }
bare() { env PATH="$IR_BUILD/bin" "$(command -v timeout)" 60 "$@"; } # without a ffmpeg
fake() { # fake LETTER PATH: decode with the misbehaving one (ffmpeg.c) a file that tells it what to do
    [ -e bin/ffmpeg ] || { mkdir -p bin && ${CC:-cc} -o bin/ffmpeg "$D/ffmpeg.c"; }
    { printf '\0\0\0\100ftyp%s%s\n' "$1" "$2"; head -c 100 /dev/zero; } > f.m4a
    rm -f f.irt
    PATH=$PWD/bin:$PATH timeout 60 ir-decode --no-prog --timeout 2 f.m4a -o f.irt
}
cut_to() { head -c $(($(stat -c %s "$1") * $2 / 100)) "$1" > "$3"; }

# ---- what it reads ----------------------------------------------------------------------------------

@test "m4a, Opus, WebM, WMA, WavPack, CAF, W64, ADPCM and GSM: the samples that ffmpeg gives, for any -j" {
    wants_ffmpeg
    sound a.wav wav s16 44100 2 50000
    make_sound a.m4a
    make_sound a.opus
    make_sound a.webm
    make_sound a.wma
    make_sound a.wv
    make_sound a.caf
    make_sound a.w64
    make_sound -c:a alac b.m4a
    make_sound -c:a adpcm_ms ms.wav
    make_sound -c:a adpcm_ima_wav ima.wav
    make_sound -c:a adpcm_ima_qt q.aifc
    make_sound -c:a flac f.oga
    all="a.m4a a.opus a.webm a.wma a.wv a.caf a.w64 b.m4a ms.wav ima.wav q.aifc f.oga"
    decode -j 1 $all -o one.irt
    decode -j 3 $all -o three.irt
    cmp one.irt three.irt
    [ "$(look one.irt | wc -l)" -eq 12 ]
    for f in $all; do
        ffmpeg -nostdin -v error -y -i $f -f f32le -c:a pcm_f32le want
        decode -c 1 $f | ir-cat --to raw > got
        perl -e 'local $/; open F, $ARGV[0]; my @w = unpack "f*", <F>; open G, $ARGV[1]; my @g = unpack "f*", <G>;
            @w == 2 * @g or die "$ARGV[2]: " . @w / 2 . " frames wanted, " . @g . " found\n";
            for (0 .. $#g) { abs(($w[2 * $_] + $w[2 * $_ + 1]) / 2 - $g[$_]) < 1e-6 or die "$ARGV[2]: frame $_\n" }' want got $f
    done
    ir-cat one.irt | grep -aq 'decoder=ffmpeg [0-9N]'
}

@test "the delay of an AAC encoder is taken off: a click stays where it was" {
    wants_ffmpeg
    sound a.wav wav s16 44100 1 30000
    perl -e 'open F, "+<", "a.wav"; seek F, 44, 0; print F pack("s<*", (0) x 12345, (30000, -30000) x 4, (0) x 17647)'
    make_sound -b:a 256k a.m4a
    decode a.m4a | ir-cat --to raw > got
    at=$(perl -e 'local $/; open F, "got"; my @x = unpack "f*", <F>; my $b = 0; abs $x[$_] > abs $x[$b] and $b = $_ for 0 .. $#x; print $b')
    [ "$at" -ge 12340 ] && [ "$at" -le 12358 ] || { echo "found at $at"; false; }
}

@test "many clips of one file, resampled and in segments, are those of its WAV" {
    wants_ffmpeg
    sound a.wav wav s16 22050 1 440000
    make_sound a.wv
    {
        printf '#irt-list 1\nid\tpath\tstart\tlength\n'
        for i in 3 0 7 1 1.5 12; do printf '%s\tFILE\t%s\t1\n' $i $i; done
        printf '#end 6\n'
    } > l.tsv
    for f in a.wav a.wv; do
        sed "s/FILE/$f/" l.tsv > $f.tsv
        decode -r 16000 -s 0.25 -j 2 $f.tsv | ir-cat --to raw > $f.clips
        decode -r 16000 -s 2 -j 2 $f | ir-cat --to raw > $f.whole
    done
    cmp a.wav.clips a.wv.clips
    cmp a.wav.whole a.wv.whole
}

@test "GSM in WAV as SoX pads it is not damaged" {
    wants_ffmpeg
    sound a.wav wav s16 8000 1 1600
    sox a.wav -e gsm-full-rate g.wav || skip "this sox has no GSM"
    run decode --strict g.wav -o a.irt
    [ "$status" -eq 0 ] || { echo "$output"; false; }
    [ -z "$output" ]
    [ "$(look a.irt | cut -f2)" = "f32 1x1600" ]
}

@test "from a pipe, in a folder, and by ir-infer: the same kinds" {
    wants_ffmpeg
    sound a.wav wav s16 44100 1 60000
    mkdir d
    make_sound d/a.m4a
    make_sound -c:a adpcm_ms ms.wav
    [ "$(decode d | ir-cat --look | grep -c 'd/a.m4a')" -eq 1 ]
    [ "$(decode - < d/a.m4a | ir-cat --look | grep -c stdin)" -eq 1 ]
    cat ms.wav | decode - > a.irt
    [ "$(look a.irt | wc -l)" -eq 1 ]
    [ "$(ir-label folder . | grep -c 'a.m4a')" -eq 1 ]
    ir-infer -f tsv d/a.m4a | grep -q '^d/a.m4a'
}

@test "several sounds side by side: the first is taken, and that is said" {
    wants_ffmpeg
    sound a.wav wav s16 8000 1 8000
    sound b.wav wav s16 8000 1 4000
    ffmpeg -nostdin -v error -i a.wav -i b.wav -map 0 -map 1 -c:a flac two.mka
    run decode two.mka -o a.irt
    [ "$output" = "ir-decode: clip 1 (two.mka): Matroska or WebM holds 2 sounds side by side: the first one is taken" ]
    [ "$(look a.irt | cut -f2)" = "f32 1x8000" ]
    ffmpeg -nostdin -v error -f lavfi -i testsrc=d=0.2:s=32x32 -c:v mjpeg v.mp4
    run decode v.mp4
    [[ "$output" == *"clip 1 (v.mp4): MP4 or M4A (AAC) holds no sound"* ]]
}

# ---- damage -----------------------------------------------------------------------------------------

@test "cut short: what is there, damage=cut, and --strict refuses it" {
    wants_ffmpeg
    sound a.wav wav s16 44100 2 130000
    make_sound -movflags faststart a.m4a
    make_sound a.opus
    make_sound a.wv
    make_sound -c:a adpcm_ms a.wav.wav
    make_sound a.mka
    for f in a.m4a a.opus a.wv a.wav.wav a.mka; do
        cut_to $f 60 cut-$f
        run decode cut-$f -o a.irt
        [ "$status" -eq 0 ] || { echo "$f: $output"; false; }
        [[ "$output" == *" is cut short or damaged: ffmpeg gives "*"decoded all the same (cut@"* ]] || { echo "$f: $output"; false; }
        ir-cat a.irt | grep -aq 'damage=cut@'
        run decode --strict cut-$f -o x.irt
        [ "$status" -eq 1 ]
        [ ! -e x.irt ]
    done
    cut_to a.m4a 1 nothing.m4a
    run decode nothing.m4a
    [ "$status" -eq 1 ]
    [[ "$output" == *"is MP4 or M4A (AAC) that ffmpeg "*" cannot decode: damaged, cut short, or of a kind that it does not know"* ]]
}

@test "damaged inside: said, counted, and refused beyond --max-damage; none of ffmpeg's own words" {
    wants_ffmpeg
    sound a.wav wav s16 44100 2 130000
    make_sound a.opus
    perl -e 'local $/; open F, "a.opus"; my $b = <F>; my $n = length $b; substr($b, $n / 2, 300) ^= "\x5a" x 300; print $b' > mid.opus
    run decode mid.opus
    [ "$status" -eq 1 ]
    [[ "$output" == *"Ogg Opus is damaged: ffmpeg found "*" of its sound is wrong or missing, --max-damage allows 1 %"* ]]
    [[ "$output" != *mismatch* ]]
    run decode --max-damage 1 mid.opus -o a.irt
    [ "$status" -eq 0 ]
    ir-cat a.irt | grep -aq 'damage=doubt@0.000+'
}

# ---- where it is missing ----------------------------------------------------------------------------

@test "without ffmpeg: named, with what to install; a script of that name is none" {
    printf '\0\0\0\040ftypM4A ----------------------------' > a.m4a
    run bare ir-decode --no-prog a.m4a -o x.irt
    [ "$status" -eq 1 ]
    want="ir-decode: clip 1 (a.m4a): is MP4 or M4A (AAC), which the program ffmpeg decodes, and there is none in PATH (Debian: apt-get install ffmpeg); wanted it, or WAV, FLAC, Ogg Vorbis, MP3, AIFF or AU"
    [ "$output" = "$want" ]
    mkdir bin
    printf '#!/bin/sh\ntouch %s/pwned\n' "$PWD" > bin/ffmpeg
    chmod +x bin/ffmpeg
    run env PATH="$PWD/bin:$IR_BUILD/bin" "$(command -v ir-decode)" --no-prog a.m4a -o x.irt
    [ "$output" = "$want" ]
    [ ! -e pwned ]
}

# ---- the box ----------------------------------------------------------------------------------------

@test "an ffmpeg made to misbehave opens no other file, makes no file, socket or process, starts nothing" {
    [ -z "${IR_NO_FILTER:-}" ] || skip "no system call filter here"
    echo secret > secret
    run fake a ""
    [ "$status" -eq 0 ] || { echo "$output"; false; }
    ir-cat f.irt | grep -aq 'decoder=ffmpeg 9.9-fake'
    nothing() { [ "$(ir-cat --to raw f.irt | tr -d '\0' | wc -c)" -eq 0 ] || { echo "$1 was possible"; return 1; }; }
    for what in "w $PWD/new" "f -" "y -"; do
        run fake ${what% *} "${what#* }"
        [ "$status" -eq 0 ] || { echo "$what: $output"; false; }
        nothing "$what"
    done
    if [[ "$(fake a "" 2>&1)" != *"no Landlock"* ]]; then
        for what in "r $PWD/secret" "r /etc/passwd" "d $PWD" "d /"; do
            fake ${what% *} "${what#* }"
            nothing "$what"
        done
    fi
    for what in "s -" "x -" "k -" "u $PWD/secret"; do
        run fake ${what% *} "${what#* }"
        [ "$status" -eq 1 ]
        [ "$output" = "ir-decode: clip 1 (f.m4a): ffmpeg tried a forbidden system call" ] || { echo "$what: $output"; false; }
    done
    [ -e secret ] && [ ! -e new ]
}

@test "an ffmpeg that crashes, hangs, eats memory, lies or stays costs its clip and is gone" {
    sanitized && skip "without a limit on memory"
    good a.wav
    run fake c ""
    [ "$output" = "ir-decode: clip 1 (f.m4a): ffmpeg crashed (signal 6, Aborted)" ]
    run fake h ""
    [ "$output" = "ir-decode: clip 1 (f.m4a): the decoder gave no sound for 2 s (--timeout) and was stopped" ]
    run fake e ""
    [[ "$output" == "ir-decode: clip 1 (f.m4a): ffmpeg crashed (signal 9, Killed)" ]]
    run fake n ""
    [ "$output" = "ir-decode: clip 1 (f.m4a): is MP4 or M4A (AAC) that ffmpeg 9.9-fake cannot decode: damaged, cut short, or of a kind that it does not know" ]
    run fake z ""
    [ "$output" = "ir-decode: clip 1 (f.m4a): WAV header says 0 channels, wanted 1 to 64" ]
    run fake m ""
    [ "$status" -eq 1 ]
    PATH=$PWD/bin:$PATH decode --timeout 2 --max-bad 1 a.wav f.m4a a.wav ./a.wav -o x.irt
    [ "$(look x.irt | wc -l)" -eq 2 ]
    [ -z "$(grep -l "$PWD/bin/ffmpeg" /proc/[0-9]*/maps 2> /dev/null)" ]
}

@test "killed, it leaves no ffmpeg behind" {
    run fake h "" # builds it
    mkfifo out
    PATH=$PWD/bin:$PATH ir-decode --no-prog --timeout 60 f.m4a > out &
    pid=$!
    exec 7< out
    there() { [ -n "$(grep -l "$PWD/bin/ffmpeg" /proc/[0-9]*/maps 2> /dev/null)" ]; }
    for i in $(seq 100); do there && break; sleep 0.1; done
    there
    kill -KILL $pid
    wait $pid || true
    for i in $(seq 50); do there || break; sleep 0.1; done
    exec 7<&-
    run there
    [ "$status" -ne 0 ]
}

@test "where there is no Landlock, or no filter, one line says so" {
    sanitized && skip "the sanitizer's own memory"
    run fake a ""
    ${CC:-cc} -o deny "$D/deny.c" -lseccomp
    PATH=$PWD/bin:$PATH run ./deny landlock_create_ruleset -- ir-decode --no-prog f.m4a -o x.irt
    [ "$status" -eq 0 ]
    [ "$output" = "ir-decode: ffmpeg runs without a limit on which files it may read: this kernel has no Landlock" ]
    cmp f.irt x.irt
}
