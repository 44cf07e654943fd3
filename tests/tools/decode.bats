#!/usr/bin/env bats
# ir-decode: formats, sample-exact starts, channels, rates, cuts, segments, lists, order.

setup() {
    load decode_help
    D=$BATS_TEST_DIRNAME/../data/decode
    cd "$BATS_TEST_TMPDIR"
}

# near A B TOLERANCE: the same samples, whatever the metadata
near() { ir-cat --compare --data-only --tolerance "$3" "$1" "$2"; }
# one sound as a stream whose record is called x
as_x() { # as_x FILE.irt ARGS…
    local out=$1
    shift
    ir-decode --no-prog "$@" | ir-cat --no-prog --set id=x -o "$out"
}

@test "every coding of WAV, AIFF, AIFC and AU gives the same sound" {
    sound ref.wav wav s32 22050 2 500
    as_x ref.irt ref.wav
    for k in wav wavx rifx aiff aifc au raw; do
        for c in u8 s8 s16 s24 s32 f32 f64 ulaw alaw; do
            case $k-$c in
            wav*-s8 | rifx-s8 | ai*-u8 | au-u8) continue ;;
            aiff-[fua]*) continue ;;
            esac
            tol=1e-6
            case $c in u8 | s8) tol=0.02 ;; s16) tol=4e-5 ;; ulaw | alaw) tol=0.02 ;; esac
            sound t $k $c 22050 2 500
            if [ $k = raw ]; then
                as_x t.irt --raw $c --raw-rate 22050 --raw-channels 2 t
            else
                as_x t.irt t
            fi
            near t.irt ref.irt $tol || { echo "$k $c"; return 1; }
        done
    done
}

@test "FLAC and WAV agree to the bit, Ogg Vorbis nearly" {
    sound tone.wav wav s16 22050 1 11025
    as_x wav.irt tone.wav
    as_x flac.irt "$D/tone.flac"
    as_x ogg.irt "$D/tone.ogg"
    near flac.irt wav.irt 0
    near ogg.irt wav.irt 0.1
}

@test "five channels of FLAC come out whole" {
    sound five.wav wav s16 22050 5 4000
    as_x a.irt five.wav
    as_x b.irt "$D/five.flac"
    near b.irt a.irt 0
}

@test "a LAME-tagged MP3 has the length of its source and starts at the same sample" {
    sound two.wav wav s16 44100 2 22050
    as_x wav.irt two.wav
    as_x mp3.irt "$D/two.mp3"
    near mp3.irt wav.irt 0.15 # one sample of lag would be 0.06 at 440 Hz over the whole clip
}

@test "an MP3 without a tag keeps all its frames" {
    decode "$D/untagged.mp3" -o a.irt
    [ "$(look a.irt | cut -f2)" = "f32 2x24192" ]
}

@test "an MP3 cut out of a longer one: silence for the frames that need bytes from before" {
    dd if="$D/untagged.mp3" of=cut.mp3 bs=1 skip=1671 2> /dev/null
    decode "$D/untagged.mp3" -o whole.irt
    decode cut.mp3 -o cut.irt
    [ "$(look whole.irt | cut -f2)" = "f32 2x24192" ]
    [ "$(look cut.irt | cut -f2)" = "f32 2x14976" ] # 8 frames of 1152 fewer
    # From the sixth frame on it is the same sound.
    for f in whole cut; do ir-cat --to raw $f.irt > $f; done
    perl -e 'local $/; for (["whole", 24192], ["cut", 14976]) { open F, $_->[0]; binmode F;
        @v = unpack "f<*", <F>; push @t, [@v[$_->[1] - 9000 .. $_->[1] - 1]] }
        for (0 .. 8999) { exit 1 if abs($t[0][$_] - $t[1][$_]) > 1e-5 } exit(@{$t[0]} != 9000)'
}

@test "channels: 1 averages, N repeats one, another number is refused" {
    sound two.wav wav f32 8000 2 100 value=0.25
    sound one.wav wav f32 8000 1 100 value=0.25
    sound five.wav wav f32 8000 5 100
    as_x mono.irt -c 1 two.wav
    as_x one.irt one.wav
    near mono.irt one.irt 0
    as_x twice.irt -c 2 one.wav
    as_x two.irt two.wav
    near twice.irt two.irt 0
    run decode -c 2 five.wav -o x.irt
    [ "$status" -eq 1 ]
    [ "$output" = "ir-decode: clip 1 (five.wav): has 5 channels, --channels 2 wanted (1 averages them)" ]
    [ ! -e x.irt ]
}

@test "resampling keeps a sine a sine, and the length" {
    sound a.wav wav f64 44100 1 44100
    sound b.wav wav f64 16000 1 16000
    as_x a.irt -r 16000 a.wav
    as_x b.irt b.wav
    [ "$(look a.irt)" = "$(printf 'x\tf32 1x16000\t0.000+1.000 s')" ]
    # Away from the two edges the difference is that of the filter.
    for f in a b; do
        ir-cat --to raw $f.irt | dd bs=4 skip=2000 count=12000 2> /dev/null > $f
    done
    perl -e 'local $/; open A, "a"; open B, "b"; @a = unpack "f<*", <A>; @b = unpack "f<*", <B>;
        for (0 .. 11999) { exit 1 if abs($a[$_] - $b[$_]) > 2e-6 } exit(@a != 12000)'
}

@test "samples above full scale survive, resampled or not" {
    sound loud.wav wav f32 8000 1 8000 amp=3
    decode loud.wav -o a.irt
    decode -r 16000 loud.wav -o b.irt
    for f in a b; do
        ir-cat --to raw $f.irt | perl -e 'binmode STDIN; local $/; @v = unpack "f<*", <STDIN>;
            $m = 0; for (@v) { $m = $_ if $_ > $m } exit !($m > 2.9 && $m < 3.4)'
    done
}

@test "segments: ids, offsets, and the three ways to end" {
    sound a.wav wav s16 8000 1 20000
    decode --segment 1 a.wav -o pad.irt
    [ "$(look pad.irt)" = "$(printf 'a.wav#0\tf32 1x8000\t0.000+1.000 s\na.wav#1\tf32 1x8000\t1.000+1.000 s\na.wav#2\tf32 1x8000\t2.000+0.500 s')" ]
    decode --segment 1 --last keep a.wav -o keep.irt
    [ "$(look keep.irt | tail -1 | cut -f2)" = "f32 1x4000" ]
    decode --segment 1 --last drop a.wav -o drop.irt
    [ "$(look drop.irt | wc -l)" -eq 2 ]
    run decode --segment 3 --last drop a.wav -o none.irt
    [ "$status" -eq 1 ]
    [ "$output" = "ir-decode: clip 1 (a.wav): is 2.5 s long, shorter than --segment 3" ]
    # The pieces are the whole.
    decode a.wav | ir-cat --to raw > whole
    ir-cat --to raw keep.irt > pieces
    cmp whole pieces
}

@test "a segment says its level: half of full scale, that padded to double its length, silence" {
    sound a.wav wav f32 8000 1 12000
    sound b.wav wav f32 8000 2 8000 value=0
    decode --segment 1 a.wav b.wav | ir-cat --to text | sed -n 's/^level=//p' > levels
    [ "$(paste -sd' ' levels)" = "-9.03 -12.04 -200" ]
    decode a.wav | ir-cat --to text > whole.txt
    [ "$(grep -c '^level' whole.txt)" -eq 0 ]
}

@test "segments overlap by --segment-hop, and none is written that adds nothing" {
    sound a.wav wav s16 8000 1 16000
    decode --segment 1 --segment-hop 0.5 a.wav -o a.irt
    [ "$(look a.irt | cut -f3 | tr '\n' ' ')" = "0.000+1.000 s 0.500+1.000 s 1.000+1.000 s " ]
    decode --segment 0.5 --segment-hop 1.25 a.wav -o b.irt
    [ "$(look b.irt | cut -f3 | tr '\n' ' ')" = "0.000+0.500 s 1.250+0.500 s " ]
}

@test "a list: labels, groups, splits, further columns and cuts are carried through" {
    sound a.wav wav s16 8000 2 16000
    printf '#irt-list 1\n#classes=flute oboe\n#labels=closed\n#prog.1=by hand\nid\tpath\tlabels\tgroup\tsplit\tstart\tlength\tpitch\none\ta.wav\tflute:1\tg1\ttrain\t\t\tA4\ntwo\ta.wav\toboe:0.5\tg2\ttest\t0.5\t1\tB4\n#end 2\n' > l.tsv
    decode l.tsv -o a.irt
    decode < l.tsv > b.irt
    cmp a.irt b.irt
    run ir-cat --look a.irt
    [ "${lines[0]}" = "# classes=flute oboe" ] || [ "${lines[1]}" = "# classes=flute oboe" ]
    [[ "$output" == *"# prog.1=by hand"* ]]
    [[ "$output" == *"$(printf '0\tone\tx\tf32 2x16000\t0.000+2.000 s\ttrain\tflute:1')"* ]]
    [[ "$output" == *"$(printf '1\ttwo\tx\tf32 2x8000\t0.500+1.000 s\ttest\toboe:0.5')"* ]]
    strings -n 4 a.irt | grep -q '^pitch=B4$'
    # The cut is what stands there in the file, whatever the format needs to get there.
    decode a.wav | ir-cat --to raw | perl -e 'binmode STDIN; local $/; $_ = <STDIN>;
        print substr($_, 4 * 4000, 4 * 8000), substr($_, 4 * 20000, 4 * 8000)' > want
    ir-cat --id two --to raw a.irt > got
    cmp want got
}

@test "a cut is the same part of the sound in every format" {
    cp "$D/two.mp3" "$D/tone.flac" "$D/tone.ogg" .
    sound t.wav wav f64 22050 1 11025
    for f in two.mp3 tone.flac tone.ogg t.wav; do
        hz=22050
        [ $f = two.mp3 ] && hz=44100
        printf '#irt-list 1\nid\tpath\tstart\tlength\na\t%s\t0.1\t0.2\n#end 1\n' $f > l.tsv
        decode -c 1 l.tsv | ir-cat --to raw > got
        decode -c 1 $f | ir-cat --to raw | dd bs=4 skip=$((hz / 10)) count=$((hz / 5)) 2> /dev/null > want
        [ -s got ]
        cmp want got
    done
}

@test "late cuts of an MP3 do not begin at its start, and are the same to the bit" {
    cp "$D/long.mp3" .
    decode long.mp3 | ir-cat --to raw > whole
    [ "$(stat -c %s whole)" -eq 320000 ]
    { printf '#irt-list 1\nid\tpath\tstart\tlength\n'
        for s in 2.5 3.1415 4.999 7 8.0001 9.5; do printf '%s\tlong.mp3\t%s\t0.5\n' $s $s; done
        printf '#end 6\n'; } > l.tsv
    decode l.tsv -o cuts.irt
    for s in 2.5:20000 3.1415:25132 4.999:39992 7:56000 8.0001:64001 9.5:76000; do
        ir-cat --id "${s%:*}" --to raw cuts.irt > got
        dd if=whole bs=4 skip="${s#*:}" count=4000 2> /dev/null | cmp - got
    done
}

@test "cuts outside the sound are refused" {
    sound a.wav wav s16 8000 1 8000
    cut() { printf '#irt-list 1\nid\tpath\tstart\tlength\na\ta.wav\t%s\t%s\n#end 1\n' "$1" "$2" | decode -o x.irt; }
    run cut 1 0.5
    [ "$status" -eq 1 ]
    [ "$output" = "ir-decode: clip 1 (a.wav): the cut starts at 1 s, the sound is 1 s long" ]
    run cut 0.5 0.8
    [ "$status" -eq 1 ]
    [ "$output" = "ir-decode: clip 1 (a.wav): the cut of 0.8 s from 0.5 s on has only 0.5 s of sound" ]
    cut 0.5 0.55 # so little is rounding in the annotations
}

@test "the bytes do not depend on -j, and the order is that of the list" {
    for i in 1 2 3 4 5 6 7 8 9; do
        sound $i.wav wav s16 11025 2 $((i * 7919 % 20000 + 100))
    done
    args="-r 16000 -c 1 1.wav 2.wav 3.wav $D/two.mp3 4.wav 5.wav $D/five.flac 6.wav 7.wav 8.wav 9.wav"
    ir-decode -j 1 $args > a.irt
    ir-decode -j2 $args > b.irt
    ir-decode $args --jobs=7 > c.irt
    cmp a.irt b.irt
    cmp a.irt c.irt
    [ "$(look a.irt | head -3 | cut -f1 | tr '\n' ' ')" = "1.wav 2.wav 3.wav " ]
}

@test "sound on standard input: from a file, from a pipe, with an open-ended header" {
    sound a.wav wav s16 8000 1 4000
    sound b.wav wav s16 8000 1 4000 size=4294967295
    decode - < a.wav > a.irt
    cat a.wav | decode > b.irt
    cat b.wav | decode - > c.irt
    cmp a.irt b.irt
    cmp a.irt c.irt
    [ "$(look a.irt)" = "$(printf 'stdin\tf32 1x4000\t0.000+0.500 s')" ]
}

@test "bare samples stream: segments come out while the input is still open" {
    sound raw raw s16 8000 1 24000
    mkfifo in
    ir-decode --no-prog --raw s16 -r 8000 --segment 1 - < in > out.irt 3>&- &
    pid=$!
    exec 7> in
    cat raw >&7
    for i in $(seq 100); do
        n=$(stat -c %s out.irt)
        [ "$n" -gt 64000 ] && break
        sleep 0.1
    done
    [ "$n" -gt 64000 ]
    exec 7>&-
    wait $pid
    [ "$(look out.irt | wc -l)" -eq 3 ]
    decode --raw s16 -r 8000 --segment 1 - < raw | ir-cat --to raw > a
    ir-cat --to raw out.irt > b
    cmp a b
}

@test "a WAV through a pipe streams too, with a size in its header or without" {
    sound a.wav wavx s24 8000 2 24000
    sound open.wav wav s16 8000 1 24000 size=4294967295
    sound cut.wav wav s16 8000 1 24000 cut=1000
    decode --segment 1 a.wav | ir-cat --to raw > want
    cat a.wav | decode --segment 1 - | ir-cat --to raw > got
    cmp want got
    decode open.wav | ir-cat --to raw > want
    cat open.wav | decode - | ir-cat --to raw > got
    cmp want got
    run bash -c 'cat cut.wav | ir-decode --strict - -o x.irt'
    [ "$status" -eq 1 ]
    [ "$output" = "ir-decode: clip 1 (-): WAV is damaged or cut short: 23500 frames of sound of 24000" ]
    run bash -c 'head -c 30 a.wav | ir-decode - -o x.irt'
    [ "$status" -eq 1 ]
    mkfifo in
    ir-decode --no-prog --segment 1 - < in > out.irt 3>&- &
    pid=$!
    exec 7> in
    cat open.wav >&7
    for i in $(seq 100); do
        n=$(stat -c %s out.irt)
        [ "$n" -gt 64000 ] && break
        sleep 0.1
    done
    [ "$n" -gt 64000 ] # two segments are out while the input is open
    exec 7>&-
    wait $pid
    [ "$(look out.irt | wc -l)" -eq 3 ]
}

@test "a file that a list calls - is a file, not standard input" {
    sound ./- wav s16 8000 1 100
    printf '#irt-list 1\nid\tpath\na\t-\n#end 1\n' > l.tsv
    decode l.tsv < /dev/null | ir-cat --look | grep -q 'f32 1x100'
}

@test "wrong usage is told, with exit status 2" {
    run ir-decode --raw s16 x
    [ "$status" -eq 2 ]
    [[ "$output" == "ir-decode: --raw wants --raw-rate or --rate"* ]]
    run ir-decode --last drop x
    [ "$status" -eq 2 ]
    [[ "$output" == "ir-decode: --segment-hop, --newest and --last want --segment"* ]]
    run ir-decode --rate 100 x
    [ "$status" -eq 2 ]
    run ir-decode --raw-rate 8000 x
    [ "$status" -eq 2 ]
}

@test "lists that do not agree, and clips that are there twice, are refused" {
    sound a.wav wav s16 8000 1 80
    printf '#irt-list 1\n#classes=flute\nid\tpath\na\ta.wav\n#end 1\n' > a.tsv
    printf '#irt-list 1\n#classes=oboe\nid\tpath\nb\ta.wav\n#end 1\n' > b.tsv
    run ir-decode a.tsv b.tsv
    [ "$status" -eq 1 ]
    [[ "$output" == *"b.tsv: its classes are not those of the lists before it: found oboe, wanted flute"* ]]
    run ir-decode a.tsv a.tsv
    [ "$status" -eq 1 ]
    [[ "$output" == *"the clip a is there twice; ids must differ"* ]]
    ir-decode a.wav a.wav 2> note | ir-cat --look > look
    [ "$(wc -l < look)" -eq 3 ]
    grep -q "1 sounds are named more than once: taken once" note
}

@test "folders, plain lists of paths, pipes as operands, shards, lists cut on purpose" {
    mkdir -p set/in .hid set/.hidden
    for n in set/b set/in/a set/.hidden/x; do sound $n.wav wav s16 8000 1 80; done
    echo text > set/notes.txt
    ids() { ir-cat --look | grep -v '^#' | cut -f2 | paste -sd' '; }
    [ "$(ir-decode set 2> note | ids)" = "set/b.wav set/in/a.wav" ]
    grep -q "1 files of the folders are no sounds by their names: left out" note
    [ "$(find set -name '*.wav' -print0 | sort -z | ir-decode --list - --null | ids)" = "set/.hidden/x.wav set/b.wav set/in/a.wav" ]
    [ "$(printf 'set/b.wav\r\n\nset/in/a.wav' | ir-decode --list - | ids)" = "set/b.wav set/in/a.wav" ]
    run ir-decode --null set
    [ "$status" -eq 2 ]
    [ "$( (ir-decode -q --shard 1/2 set | ids; ir-decode -q --shard 2/2 set | ids) | tr ' ' '\n' | sort | paste -sd' ' | sed 's/^ *//')" = "set/b.wav set/in/a.wav" ]
    run ir-decode --shard 3/2 set
    [ "$status" -eq 2 ]
    cat set/b.wav > copy.wav
    ir-decode copy.wav --no-prog | ir-cat --to raw > one
    ir-decode <(cat copy.wav) --no-prog | ir-cat --to raw | cmp - one
    mkfifo pipe
    cat copy.wav > pipe &
    ir-decode pipe --no-prog | ir-cat --to raw | cmp - one
    printf '#irt-list 1\nid\tpath\na\tset/b.wav\nb\tset/in/a.wav\n#end 2\n' > l.tsv
    run ir-decode <(head -3 l.tsv) -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"no #end line"*"--no-end"* ]]
    [ "$(head -3 l.tsv | ir-decode --no-end | ids)" = "a" ]
    [ "$(grep -v '^b' l.tsv | ir-decode --no-end | ids)" = "a" ]
    [ "$(ir-decode <(cat l.tsv) | ids)" = "a b" ]
}

@test "--failed names what failed; with -q only there, and the stream is whole" {
    sound a.wav wav s16 8000 1 80
    echo text > "bad	tab.wav"
    ir-decode --max-bad 9 --failed f.tsv a.wav "bad	tab.wav" nosuch.wav -o x.irt 2> err
    [ "$(grep -vc 'without a system call filter' err)" -eq 2 ]
    [ "$(cut -f1 f.tsv | paste -sd' ')" = 'file bad\x09tab.wav nosuch.wav' ]
    grep -q "^nosuch.wav	nosuch.wav	cannot be opened" f.tsv
    ir-cat --look x.irt > /dev/null
    ir-decode -q --max-bad 9 --failed f.tsv nosuch.wav -o x.irt 2> err
    [ ! -s err ]
    [ "$(wc -l < f.tsv)" -eq 2 ]
    ir-cat --look x.irt > /dev/null
    run ir-decode --failed f.tsv nosuch.wav -o y.irt
    [ "$status" -eq 1 ]
    [ ! -e y.irt ]
}
