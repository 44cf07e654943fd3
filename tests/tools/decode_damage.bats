#!/usr/bin/env bats
# ir-decode and damage: what can be decoded is decoded, and never in silence.

setup() {
    load decode_help
    D=$BATS_TEST_DIRNAME/../data/decode
    cd "$BATS_TEST_TMPDIR"
}

# said FILE MESSAGE DAMAGE SHAPE: decoded, with this note, this damage= and shape; refused with --strict
said() {
    run decode "$1" -o a.irt
    [ "$status" -eq 0 ] || { echo "$output"; return 1; }
    [ "$output" = "ir-decode: clip 1 ($1): $2; decoded all the same ($3)" ] || { echo "$output"; return 1; }
    [ "$(ir-cat --to text a.irt | sed -n 's/^damage=//p')" = "$3" ]
    [ "$(look a.irt | cut -f2)" = "$4" ] || { look a.irt; return 1; }
    refused "$1" "$2"
}
bytes() { perl -e 'local $/; open F, shift; binmode F; $_ = <F>; '"$2"'; print' "$1"; }

@test "an MP3 whose last frame is cut, as every player plays it" {
    head -c 4600 "$D/two.mp3" > c.mp3
    said c.mp3 "MP3 is cut short: its last frame has 168 of 209 bytes" "cut@0.497+0.026" "f32 2x21935"
}

@test "an Xing count that lies, a WAV and an AU that end early, an Ogg without its end" {
    head -c $(($(stat -c %s "$D/two.mp3") - 209 * 3)) "$D/two.mp3" > x.mp3
    run decode x.mp3 -o a.irt
    [ "$status" -eq 0 ]
    [[ "$output" == *"MP3 is cut short: its header promises "*" frames, "*" are there; decoded all the same (cut@"* ]]
    sound c.wav wav s16 8000 1 300 cut=100
    said c.wav "WAV is cut short: the header promises 600 bytes of sound, 500 are there" "cut@0.031+0.006" "f32 1x250"
    sound c.au au s16 8000 1 300 cut=100
    said c.au "AU is cut short: the header promises 600 bytes of sound, 500 are there" "cut@0.031+0.006" "f32 1x250"
}

@test "chained Ogg is heard whole, and so far as it goes when its end is missing" {
    perl -e 'local $/; open F, shift; binmode F; my $d = <F>; print $d; my ($out, $at) = ("", 0);
        while ($at < length $d) { # the same stream again under another number, with new check sums
            my @lace = unpack "C*", substr $d, $at + 27, ord substr $d, $at + 26, 1;
            my $n = 27 + @lace; $n += $_ for @lace;
            my $p = substr $d, $at, $n; $at += $n;
            substr($p, 14, 8) = pack("V", 77) . substr($p, 18, 4); substr($p, 22, 4) = "\0" x 4;
            my $crc = 0;
            for my $b (unpack "C*", $p) { $crc ^= $b << 24;
                $crc = $crc & 0x80000000 ? ($crc << 1 ^ 0x04c11db7) & 0xffffffff : $crc << 1 & 0xffffffff for 1 .. 8 }
            substr($p, 22, 4) = pack "V", $crc; print $p; }' "$D/tone.ogg" > two.ogg
    run decode two.ogg -o a.irt
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [ "$(look a.irt | cut -f2)" = "f32 1x22050" ]
    head -c 8000 two.ogg > c.ogg
    run decode c.ogg -o a.irt
    [ "$status" -eq 0 ]
    [[ "$output" == *"Ogg is cut short in the page at byte "*"; decoded all the same (cut@0.500)" ]]
    [ "$(look a.irt | cut -f2)" = "f32 1x11025" ]
}

@test "a hole and a wrong check sum are counted, and refused from --max-damage on" {
    bytes "$D/tone.flac" 'substr($_, -3000, 1) ^= "\x10"' > f.flac
    run decode f.flac -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"clip 1 (f.flac): FLAC is damaged: wrong check sum of a frame, which is left silent; "*" % of its sound is wrong or missing, --max-damage allows 1 %" ]]
    [ ! -e x.irt ]
    run decode --max-damage 0.5 f.flac -o a.irt
    [ "$status" -eq 0 ]
    [ "$(look a.irt | cut -f2)" = "f32 1x11025" ] # the rest keeps its time
    ir-cat --to text a.irt | grep -q '^damage=sum@'
    { head -c 3000 "$D/long.mp3"; head -c 300 /dev/zero; tail -c +3001 "$D/long.mp3"; } > h.mp3
    run decode --max-damage 0.2 h.mp3 -o a.irt
    [ "$status" -eq 0 ]
    [[ "$output" == *"MP3 is damaged: no frame at byte "*"hole@"* ]]
    run decode --max-damage 0 h.mp3 -o x.irt
    [ "$status" -eq 1 ]
}

@test "a large hole in an MP3 is one, however large, and files behind each other are all heard" {
    { head -c 5000 "$D/long.mp3"; head -c 1500000 /dev/zero; tail -c +5001 "$D/long.mp3"; } > h.mp3
    run decode h.mp3 -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"MP3 is damaged: no frame at byte "*" % of its sound is wrong or missing"* ]]
    # a tag with a large picture between two files
    { cat "$D/untagged.mp3"; printf 'ID3\003\000\000\000\134\000\000'; head -c 1507328 /dev/zero; cat "$D/untagged.mp3"; } > t.mp3
    cat "$D/untagged.mp3" "$D/untagged.mp3" > two.mp3
    run decode t.mp3 -o t.irt
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    decode two.mp3 -o two.irt
    [ "$(look t.irt | cut -f2)" = "$(look two.irt | cut -f2)" ]
}

@test "what stands behind an MP3 in place of sound is said" {
    for what in zero text; do
        { head -c 5000 "$D/long.mp3"; head -c 100000 /dev/zero | if [ $what = text ]; then tr '\0' 'x'; else cat; fi; } > h.mp3
        run decode h.mp3 -o a.irt
        [ "$status" -eq 0 ]
        [[ "$output" == *"(h.mp3): the last "*" bytes hold no MP3: left out, from byte "* ]]
    done
    { cat "$D/long.mp3"; head -c 600 /dev/zero; } > h.mp3
    run decode h.mp3 -o a.irt
    [ -z "$output" ]
}

@test "a clip next to the damage is not damaged" {
    { head -c 5000 "$D/long.mp3"; head -c 300 /dev/zero; tail -c +5001 "$D/long.mp3"; } > h.mp3
    printf '#irt-list 1\nid\tpath\tstart\tlength\na\th.mp3\t0\t1\nb\th.mp3\t8\t1\n#end 2\n' > l.tsv
    run decode l.tsv -o a.irt
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

@test "impossible side information and wrong check sums of MPEG frames are said" {
    # big_values of the first granule of one frame: more than 288 pairs
    bytes "$D/untagged.mp3" '$p = index($_, "\xff\xfb", 2000); substr($_, $p + 8, 4) = "\xff\xff\xff\xff"' > s.mp3
    run decode --max-damage 1 s.mp3 -o a.irt
    [ "$status" -eq 0 ]
    [[ "$output" == *"MP3 is damaged: "*" in frame "*"(bad@"* ]]
    run decode s.mp3 -o x.irt
    [ "$status" -eq 1 ]
    # The same frames with their protection bit cleared: what stands there is no check sum.
    bytes "$D/untagged.mp3" 's/\xff\xfb/\xff\xfa/g' > p.mp3
    run decode p.mp3 -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"MP3 is damaged: wrong check sum in frame "* ]]
}

@test "a length that its program did not know is said, but no damage" {
    sound n.wav wav s16 8000 1 300 size=2147483647
    run decode n.wav -o a.irt
    [ "$status" -eq 0 ]
    [ "$output" = "ir-decode: clip 1 (n.wav): WAV header does not know its length (it says 2147483647 bytes): read to the end of the file" ]
    decode --strict n.wav -o a.irt
    [ "$(ir-cat --to text a.irt | grep -c '^damage=')" -eq 0 ]
}

@test "bombs are refused by what their header says" {
    # STREAMINFO: 2^36 - 1 samples in a small file; and a sparse WAV of 10 hours for one record
    bytes "$D/tone.flac" 'substr($_, 21, 5) = chr(ord(substr($_, 21, 1)) | 15) . "\xff\xff\xff\xff"' > b.flac
    refused b.flac "FLAC header promises 68719476735 frames, more than 12728 bytes can hold"
    sound s.wav wav s16 44100 2 0 size=2000000000
    truncate -s 2000000044 s.wav
    refused s.wav "is longer than a record may be (1 GiB of samples): use --segment"
}

@test "pieces of one long file are the whole, for any number of workers" {
    sound a.wav wav s16 8000 2 700000
    for j in 1 3; do
        decode -j $j -r 11025 a.wav -o $j.irt
        decode -j $j --segment 7 a.wav -o s$j.irt
    done
    cmp 1.irt 3.irt
    cmp s1.irt s3.irt
    [ "$(look 1.irt | cut -f2)" = "f32 2x964688" ]
    decode -c 1 a.wav | ir-cat --to raw > whole
    { printf '#irt-list 1\nid\tpath\tstart\tlength\n'
        for k in 0 1 2 3 4 5 6; do printf '%d\ta.wav\t%d\t12.5\n' $k $((k * 25 / 2)); done
        printf '#end 7\n'; } > l.tsv
    ir-decode --no-prog -c 1 l.tsv -o c.irt
    ir-cat --id 2 --to raw c.irt > got
    dd if=whole bs=4 skip=200000 count=100000 of=want 2> /dev/null
    cmp want got
}

# flac_of FRAMES HEX > FILE: silence at 8 kHz, FRAMES blocks of 4096 samples, with that MD5 sum
flac_of() {
    perl -e 'my ($frames, $sum) = @ARGV; my $n = 4096 * $frames;
        sub crc { my ($bits, $poly, $c, $top) = (@_[0, 1], 0, 1 << $_[0] - 1);
            for (unpack "C*", $_[2]) { $c ^= $_ << $bits - 8; $c = ($c & $top ? $c << 1 ^ $poly : $c << 1) & 2 * $top - 1 for 1 .. 8 } $c }
        print "fLaC\x80\0\0\x22", pack("nn", 4096, 4096), "\0" x 6,
            pack("NN", 8000 << 12 | 15 << 4, $n), pack("H*", $sum);
        for my $i (0 .. $frames - 1) {
            my $h = "\xff\xf8\xc4\x08" . ($i < 128 ? chr $i : pack "CC", 0xc0 | $i >> 6, 0x80 | $i & 63);
            $h .= pack("C", crc(8, 7, $h)) . "\0\0\0";
            print $h, pack("n", crc(16, 0x8005, $h)) }' "$1" "$2"
}

@test "the MD5 sum of a FLAC file counts, also where its pieces are decoded apart" {
    for frames in 30 118; do # 15 s, 60 s
        sum=$(head -c $((frames * 8192)) /dev/zero | md5sum | cut -c 1-32)
        flac_of $frames "$sum" > good.flac
        flac_of $frames "$(echo "$sum" | tr 0-9a-f 1-9a-f0)" > bad.flac
        for j in 1 3; do
            run decode -j $j --strict good.flac -o x.irt
            [ "$status" -eq 0 ] || { echo "$output"; return 1; }
            [ -z "$output" ]
            run decode -j $j bad.flac -o y.irt
            [ "$status" -eq 0 ]
            [[ "$output" == *"its MD5 sum is not that of its samples"* ]] || { echo "$frames $j: $output"; return 1; }
            cmp <(ir-cat --to raw x.irt) <(ir-cat --to raw y.irt)
            run decode -j $j --segment 3 bad.flac -o y.irt
            [[ "$output" == *"its MD5 sum is not that of its samples"* ]]
        done
    done
}
