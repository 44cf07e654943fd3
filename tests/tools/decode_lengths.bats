#!/usr/bin/env bats
# ir-decode and lengths that their program could not fill in, headers in front of headers, and pipes.

setup() {
    load decode_help
    D=$BATS_TEST_DIRNAME/../data/decode
    cd "$BATS_TEST_TMPDIR"
}

@test "WAV, AIFF and AU whose program could not seek: the sound goes on to the end" {
    # 0; SoX (the largest multiple of the block below 0x7ffff000); 2^31, 2^32 and a little less
    for n in 0 2147479548 2147479551 2147479500 2147483647 2147483648 4294967295 4294967286 4294963200; do
        for k in "wav s24 1" "wav s24 2" "wavx s16 6" "wav f32 7" "rifx s16 1" "au s24 2" "aiff s24 2" "aifc f32 3"; do
            set -- $k
            [[ $1 == ai* && $n = 4294967295 ]] && continue # SSND would say 7
            sound n.$1 $1 $2 22050 $3 441 size=$n
            decode n.$1 -o a.irt
            [ "$(look a.irt | cut -f2)" = "f32 $3x441" ] || { echo "$k size $n"; look a.irt; return 1; }
            case $1 in rifx | au | ai*) continue ;; esac
            cat n.$1 | decode --segment 0.01 - -o b.irt # as it comes
            [ "$(look b.irt | wc -l)" -eq 2 ] || { echo "$k size $n from a pipe"; return 1; }
        done
    done
}

@test "AIFF from a pipe: a count of 0 as ffmpeg leaves it, 0x1fc00000 as SoX does" {
    for count in 0 532676608; do
        for n in 4294967288 2130706432; do # SSND of 0 bytes, or of 0x7f000008
            sound n.aiff aiff s16 44100 2 500 size=$n
            perl -e 'open F, "+<", "n.aiff"; seek F, 22, 0; print F pack "N", shift' $count
            decode n.aiff -o a.irt
            [ "$(look a.irt | cut -f2)" = "f32 2x500" ]
        done
    done
}

@test "a WAV that is truly empty is said to be empty, with or without chunks behind" {
    sound n.wav wav s16 8000 1 0
    refused n.wav "WAV holds no samples"
    printf 'LIST\4\0\0\0INFO' >> n.wav
    refused n.wav "WAV holds no samples"
}

@test "a tag before RIFF, FORM and .snd; BW64 and RF64" {
    printf 'ID3\4\0\0\0\0\0\12----------' > tag
    for k in "wav s16" "aiff s16" "au s24"; do
        set -- $k
        sound n $1 $2 8000 1 300
        cat tag n > t
        decode n | ir-cat --to raw > want
        decode t | ir-cat --to raw > got
        cmp want got
    done
    sound n wav s16 8000 1 300
    decode n | ir-cat --to raw > want
    for m in BW64 RF64; do
        perl -e 'local $/; open F, "n"; binmode F; $_ = <F>; print "'$m'\xff\xff\xff\xffWAVEds64", pack("VQ<Q<Q<V", 28, length, 600, 300, 0),
            substr($_, 12, 24), "data\xff\xff\xff\xff", substr($_, 44)' > r
        decode r | ir-cat --to raw > got
        cmp want got
        { cat r; printf 'LIST\4\0\0\0INFO'; } > r2 # the length counts
        decode r2 | ir-cat --to raw > got
        cmp want got
    done
}

@test "5,000 chunks before the sound" {
    sound n wav s16 8000 1 300
    perl -e 'local $/; open F, "n"; binmode F; $_ = <F>; print substr($_, 0, 12), "junk\2\0\0\0ab" x 5000, substr($_, 12)' > m
    decode m -o a.irt
    [ "$(look a.irt | cut -f2)" = "f32 1x300" ]
}

@test "MP3, GSM and other codings in a WAV are named, with the way out" {
    for t in "85 MP3 0x55" "49 GSM\ 6.10 0x31" "17 IMA\ ADPCM 0x11" "2 MS\ ADPCM 0x2"; do
        eval "set -- $t"
        sound n wav s16 8000 1 100 tag=$1
        perl -e 'open F, "+<", "n"; seek F, 32, 0; print F pack "vv", 576, 0' # blocks of 576 bytes, 0 bits
        refused n "WAV holds $2 (format $3, 0 bits), which the program ffmpeg decodes, and there is none in PATH (Debian: apt-get install ffmpeg); wanted it, or PCM of 8 to 32 bits, float, mu-law or A-law"
    done
}

@test "the program behind a pipe does not die because the sound ends before it does" {
    sound n wav s16 8000 1 3000
    { cat n; perl -e 'print "LIST", pack("V", 3e6), "x" x 3e6'; echo $? > left; } | decode --segment 0.1 - -o a.irt
    [ "$(cat left)" = 0 ]
    [ "$(look a.irt | wc -l)" -eq 4 ]
}

@test "--newest: segments of what has come last, repeated up to their end, from the first hop on" {
    for i in 1 2 3 4 5 6 7 8 9; do printf "\\x00\\x0$i\\x00\\x0$i"; done > nine.raw
    decode --raw s16 --raw-rate 4000 --segment 0.003 --segment-hop 0.001 --newest 0.002 - < nine.raw -o n.irt
    ir-cat --to csv n.irt | tail -n +2 | cut -d, -f5- | tr ',' '\n' | awk 'NR % 2 == 0 { printf "%s%s", $1 * 128, NR % 12 ? " " : "\n" }' > got # each twice
    printf '%s\n' '1 2 1 2 1 2' '3 4 1 2 3 4' '5 6 3 4 5 6' '7 8 5 6 7 8' '8 9 6 7 8 9' | diff got -
    [ "$(ir-cat --look n.irt | grep -v '^#' | wc -l)" -eq 5 ]
    # the same when its end comes late, by itself
    { cat nine.raw; sleep 0.4; } | decode --raw s16 --raw-rate 4000 --segment 0.003 --segment-hop 0.001 --newest 0.002 - -o late.irt
    ir-cat --compare --data-only n.irt late.irt
    run ir-decode --newest 2 nine.raw
    [ "$status" -eq 2 ]
}
