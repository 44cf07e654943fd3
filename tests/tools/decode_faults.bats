#!/usr/bin/env bats
# ir-decode and bad input: every fault costs one clip, with a message that says what was found and wanted.

setup() {
    load decode_help
    D=$BATS_TEST_DIRNAME/../data/decode
    cd "$BATS_TEST_TMPDIR"
}

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
    printf '#irt-list 1\nid\tpath\na\tfifo\n#end 1\n' > fifo.tsv
    run decode fifo.tsv
    [ "$status" -eq 1 ]
    [[ "$output" == *"is a named pipe, wanted a regular file"* ]]
    refused /dev/zero "is a device, wanted a regular file"
    refused empty.wav "is an empty file"
    refused text.wav "is not a sound file: wanted WAV, FLAC, Ogg Vorbis, MP3, AIFF or AU (by its first bytes; the name does not count)"
    refused song.mp3 "is MP4 or M4A (AAC), which the program ffmpeg decodes, and there is none in PATH (Debian: apt-get install ffmpeg); wanted it, or WAV, FLAC, Ogg Vorbis, MP3, AIFF or AU"
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

@test "without ffmpeg codings outside the list are refused by name: MS ADPCM above all" {
    sound n wav s16 8000 1 100 tag=2
    refused n "WAV holds MS ADPCM (format 0x2, 16 bits), which the program ffmpeg decodes, and there is none in PATH (Debian: apt-get install ffmpeg); wanted it, or PCM of 8 to 32 bits, float, mu-law or A-law"
    sound n wav s16 8000 1 100 tag=17
    run env PATH="$IR_BUILD/bin" ir-decode n
    [[ "$output" == *"IMA ADPCM"* ]]
    # PCM of one bit is packed in eights or stands in bytes of its own: nobody knows
    sound n wav u8 8000 1 100
    perl -e 'open F, "+<", "n"; seek F, 34, 0; print F pack "v", 1'
    refused n "WAV holds an odd PCM (format 0x1, 1 bits); wanted PCM of 8 to 32 bits, float, mu-law or A-law"
    # One that overflows some decoders' heap: 4 bits, 0 samples a block.
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
        run decode --strict --max-bad 100 l.tsv -o x.irt
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
    run decode --strict c.ogg -o x.irt
    [[ "$output" == "ir-decode: clip 1 (c.ogg): Ogg is cut short in the page at byte "* ]]
}

@test "MP3 cut between frames is known by its header's count" {
    size=$(stat -c %s "$D/two.mp3")
    head -c $((size - 209 * 3)) "$D/two.mp3" > c.mp3
    run decode --strict c.mp3
    [ "$status" -eq 1 ]
    [[ "$output" == *"MP3 is cut short: "* ]]
}

@test "an MP3 that changes its rate, or has a hole, is refused" {
    cp "$D/untagged.mp3" a.mp3
    cat a.mp3 "$D/long.mp3" > b.mp3
    run decode b.mp3
    [ "$status" -eq 1 ]
    [[ "$output" == *"MP3 changes in frame "*" from 44100 Hz, 2 channels to 8000 Hz, 1 channels"* ]]
    { head -c 2000 a.mp3; head -c 700 /dev/zero; tail -c +2001 a.mp3; } > c.mp3
    run decode --strict c.mp3
    [ "$status" -eq 1 ]
    [[ "$output" == *"MP3 is damaged: no frame at byte "* ]]
}

@test "chained Ogg, a flipped bit in Ogg and in FLAC" {
    cat "$D/tone.ogg" "$D/tone.ogg" > chained.ogg
    refused chained.ogg "Ogg holds a second stream after the first (chained) under the same number, of which only the first would be heard"
    perl -e 'local $/; open F, $ARGV[0]; binmode F; $_ = <F>; substr($_, -300, 1) ^= "\x10"; print' "$D/tone.ogg" > flip.ogg
    run decode --strict flip.ogg
    [[ "$output" == *"Ogg is damaged: wrong check sum of the page at byte "* ]]
    perl -e 'local $/; open F, $ARGV[0]; binmode F; $_ = <F>; substr($_, -300, 1) ^= "\x10"; print' "$D/tone.flac" > flip.flac
    run decode --strict flip.flac
    [ "$status" -eq 1 ]
    [[ "$output" == *"FLAC is damaged"* ]]
    # A wrong MD5 sum alone, too.
    perl -e 'local $/; open F, $ARGV[0]; binmode F; $_ = <F>; substr($_, 30, 1) ^= "\x10"; print' "$D/tone.flac" > md5.flac
    refused md5.flac "FLAC is damaged: its MD5 sum is not that of its samples"
}

@test "sizes that lie: an AU that asks for 4 GB, an AIFF without end, a huge WAV chunk" {
    sound n au s16 8000 1 4000
    perl -e 'open F, "+<", "n"; seek F, 4, 0; print F pack "N", 0xfffffff0'
    refused n "AU header says that it is 4294967280 bytes long, the file has 8024"
    sound n aiff s16 8000 1 100 size=4294967280
    decode n -o a.irt # COMM says how much is sound
    sound n aiff s16 8000 1 100
    perl -e 'open F, "+<", "n"; seek F, 22, 0; print F pack "N", 0xffffffff'
    run timeout 5 ir-decode --strict n
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
