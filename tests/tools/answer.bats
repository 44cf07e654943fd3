#!/usr/bin/env bats
# ir-infer on sounds: a bad file costs itself, operands of every kind, what is written, silence, folders.

setup_file() {
    command -v perl > /dev/null || skip "no perl"
    cd "$BATS_TEST_DIRNAME/../.." || exit 1
    m=$BATS_FILE_TMPDIR
    printf '%s\n' 'input audio samples=200' standardize 'conv1d out=8 kernel=31' relu \
        'maxpool1d size=20 stride=10' flatten 'dense out=classes' 'loss ce' > "$m/raw.net"
    ir-train -q --epochs 80 --batch 8 --lr 0.01 "$m/raw.net" tests/data/net/audio.irt -o "$m/raw.irt"
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    m=$BATS_FILE_TMPDIR/raw.irt
    demo=$BATS_TEST_DIRNAME/../data/demo
    root=$BATS_TEST_DIRNAME/../..
    wav low.wav 200 0.2
    wav high.wav 1900 0.2
}

# wav FILE HZ SECONDS [LEVEL]: a mono 16-bit sine at 8 kHz
wav() {
    perl -e 'my ($hz, $s, $a) = @ARGV; my $n = int(8000 * $s); my $d = pack("v*", map {
        int($a * sin(2 * 3.14159265 * $hz * $_ / 8000)) & 0xffff } 0 .. $n - 1);
        print pack("A4VA4A4VvvVVvvA4V", "RIFF", 36 + length $d, "WAVE", "fmt ", 16, 1, 1, 8000, 16000, 2, 16,
        "data", length $d), $d' "$2" "$3" "${4:-16000}" > "$1"
}

files() { tail -n +2 | cut -f1 | sort -u | paste -sd' '; }

@test "a bad file costs that file, never the run" {
    : > empty.mp3
    echo junk > junk.mp3
    mkdir adir
    run ir-infer -m "$m" -f tsv --max-bad 9 --failed f.tsv low.wav empty.mp3 junk.mp3 nosuch.mp3 adir high.wav -o r.tsv
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 5 ]
    [ "${lines[0]}" = "ir-infer: empty.mp3: is an empty file" ]
    [ "${lines[4]}" = "ir-infer: 4 of 6 failed" ]
    [ "$(files < r.tsv)" = "high.wav low.wav" ]
    [ "$(cut -f1 f.tsv | paste -sd' ')" = "file empty.mp3 junk.mp3 nosuch.mp3 adir" ]
    awk -F'\t' 'NF != 3 || $3 == "" { exit 1 }' f.tsv
    # without --max-bad: the same rows, exit 1
    run ir-infer -m "$m" low.wav empty.mp3 high.wav -o s.tsv
    [ "$status" -eq 1 ]
    [ "${lines[1]}" = "ir-infer: 1 of 3 failed" ]
    cmp r.tsv s.tsv
    # the stream is whole and counts them
    run ir-infer -m "$m" low.wav empty.mp3 high.wav -o s.irt
    [ "$status" -eq 1 ]
    ir-cat --to tsv s.irt | cmp - r.tsv
    # none that is good: nothing of it; a file that is cut short is heard as far as it goes, with a word
    run ir-infer -m "$m" empty.mp3 -o t.tsv
    [ "$status" -eq 1 ]
    [ ! -e t.tsv ]
    head -c $(($(wc -c < low.wav) * 2 / 3)) low.wav > cut.wav
    run ir-infer -m "$m" cut.wav -o t.tsv
    [ "$status" -eq 0 ]
    [[ $output == *"cut.wav"* ]]
    [ -s t.tsv ]
}

@test "sounds, folders, lists, pipes and streams in any mixture" {
    ir-infer -m "$m" low.wav -o want.tsv
    ir-infer -m "$m" < low.wav | cut -f2- | cmp - <(cut -f2- want.tsv)
    cat low.wav | ir-infer -m "$m" | cut -f2- | cmp - <(cut -f2- want.tsv)
    cat low.wav | ir-infer -m "$m" - | cut -f2- | cmp - <(cut -f2- want.tsv)
    ir-infer -m "$m" <(cat low.wav) | cut -f2- | cmp - <(cut -f2- want.tsv)
    eval "$(ir-infer --pipeline "$m" | sed 's/ | ir-infer.*//; s/"$@"/low.wav/')" > low.irt
    ir-infer -m "$m" --least 0.5 -f tsv <(cat low.irt) > s.tsv
    ir-infer -m "$m" --least 0.5 -f tsv < low.irt | cmp - s.tsv
    mkdir -p set/in
    cp high.wav set/in
    printf '#irt-list 1\nid\tpath\nmine\tlow.wav\n#end 1\n' > l.tsv
    [ "$(cat low.wav | ir-infer -m "$m" --least 0.5 set l.tsv low.irt - <(cat high.wav) | files)" = "- /dev/fd/63 low.wav set/in/high.wav" ]
    # ids given by the user stay
    ir-infer -m "$m" --by-file mean l.tsv -f irt | ir-cat --look | grep -q "	mine	"
}

@test "the end of the output's name says the format; the same answer in all" {
    cat low.wav > song.wav
    for e in tsv jsonl txt json jams srt vtt lab rttm irt; do
        ir-infer -m "$m" song.wav -o a.$e
        [ -s a.$e ]
    done
    [ "$(tail -n +2 a.tsv | wc -l)" -eq 1 ]
    ir-cat --to audacity a.irt | cmp - a.lab
    ir-cat --to srt a.irt | cmp - a.srt
    ir-cat --to tsv a.irt | cmp - a.tsv
    grep -q '^00:00:00,000 --> 00:00:00,200$' a.srt
    grep -qx flute a.srt
    head -1 a.vtt | grep -qx WEBVTT
    # a bare Debian's perl has no JSON::PP
    ! perl -MJSON::PP -e 1 2> /dev/null || perl -MJSON::PP -e 'local $/; my $j = decode_json(<>); exit !($j->[0]{instruments}[0]{instrument} eq "flute" && $j->[0]{events}[0]{end} == 0.2)' a.json
    run ir-infer -m "$m" song.wav -o a.xls
    [ "$status" -eq 2 ]
    [[ "$output" == *"the end of the name says no format; known are .txt .tsv"* ]]
    run ir-infer -m "$m" song.wav high.wav -o a.srt
    [ "$status" -eq 2 ]
    [[ "$output" == *"2 sound files, but srt holds one"* ]]
    # labels have a length
    awk -F'\t' '!($2 > $1) { exit 1 }' a.lab
}

@test "silence is silence, and what is not sure is unknown: one row a file" {
    wav zero.wav 100 0.2 0
    wav faint.wav 1900 0.2 20
    run ir-infer -m "$m" --by-file level zero.wav faint.wav low.wav
    [ "${lines[1]}" = "zero.wav	0	0.2	silence	1" ]
    [ "${lines[2]}" = "faint.wav	0	0.2	silence	1" ]
    [[ "${lines[3]}" == "low.wav	0	0.2	flute	"* ]]
    [ "${#lines[@]}" -eq 4 ]
    run ir-infer -m "$m" --silence none --by-file level faint.wav
    [[ "${lines[1]}" == "faint.wav	0	0.2	bass drum	"* ]]
    run ir-infer -m "$m" --unknown 1 --by-file level low.wav
    [[ "${lines[1]}" == "low.wav	0	0.2	unknown	"* ]]
    run ir-infer -m "$m" --unknown 1 -f text zero.wav low.wav
    [[ "$output" == *"nothing recognised: silence"*"nothing recognised: unknown sound"* ]]
    # what sounds is in front of silence: the times say so
    { head -c 44 low.wav; tail -c +45 low.wav; head -c 3200 /dev/zero; } > half.raw
    ir-decode -q low.wav zero.wav > /dev/null
    run ir-infer -m "$m" --silence 5 low.wav
    [ "$status" -eq 2 ]
}

@test "the model has a name, is the default, and says what it is" {
    run ir-infer --models
    [ "$status" -eq 0 ]
    [[ "$output" == *"instruments"*"classes"*"licence"*"source"* ]]
    run ir-infer --about
    [[ "$output" == *"a model"*"licence"* ]]
    cd /
    run env -i "$(command -v ir-infer)" "$demo/violin-A4.mp3"
    [ "$status" -eq 0 ]
    [[ "$output" == *"violin"* ]]
    run env -i "$(command -v ir-infer)" -m instruments "$demo/violin-A4.mp3"
    [ "$status" -eq 0 ]
}

@test "one file for each sound, and again only what is missing" {
    mkdir -p set/in
    for i in 1 2 3 4 5 6; do wav set/in/$i.wav $((200 + 300 * i)) 0.2; done
    echo bad > set/bad.wav
    find set -name '*.wav' -print0 | ir-infer -m "$m" --list - --null --folder out --max-bad 1
    [ "$(cd out && find . -type f -name '*.tsv' | sort | paste -sd' ')" = "./set/in/1.wav.tsv ./set/in/2.wav.tsv ./set/in/3.wav.tsv ./set/in/4.wav.tsv ./set/in/5.wav.tsv ./set/in/6.wav.tsv" ]
    cp -a out want
    rm out/set/in/3.wav.tsv
    : > out/set/in/4.wav.tsv
    touch -d 2001-01-01 out/set/in/1.wav.tsv
    run ir-infer -m "$m" --folder out --max-bad 1 set
    [ "$status" -eq 0 ]
    [[ "$output" == *"4 files are done already"* ]]
    diff -r out want
    [ "$(find out -name 1.wav.tsv -newermt 2002-01-01 | wc -l)" -eq 0 ]
    ir-infer -q -m "$m" --folder out --max-bad 1 --force set 2> /dev/null
    [ "$(find out -name 1.wav.tsv -newermt 2002-01-01 | wc -l)" -eq 1 ]
    diff -r out want
    # what another model or other options made is not taken for theirs
    cp "$m" other.irt
    ir-infer -q -m other.irt --folder out --max-bad 1 set || true # the same model by another name; all but the bad file is there
    diff -r out want
    run ir-infer -m "$m" --least 0.9 --folder out --max-bad 1 set
    [ "$status" -eq 1 ]
    [[ "$output" == *"out: what is there was made otherwise (least): --force does it again, or another --folder"* ]]
    ir-model --set-header licence=CC0 "$m" -o other.irt
    run ir-infer -m other.irt --folder out --max-bad 1 set
    [ "$status" -eq 1 ]
    [[ "$output" == *"made otherwise (model)"* ]]
    diff -r out want
    # two halves are the whole
    ir-infer -q -m "$m" --folder half --max-bad 1 --shard 1/2 set 2> /dev/null || true
    ir-infer -q -m "$m" --folder half --max-bad 1 --shard 2/2 set 2> /dev/null || true
    diff -r half want
    # names outside of the working directory stay below the folder
    (cd set && ir-infer -m "$m" --folder o ../low.wav "$PWD/in/1.wav")
    [ -s set/o/__/low.wav.tsv ]
    [ -s "set/o$PWD/set/in/1.wav.tsv" ]
}

@test "a clip that is shorter than the network hears is padded and named" {
    printf '%s\n' 'input audio samples=any' 'conv1d out=4 kernel=64' relu 'maxpool1d size=16' 'global kind=mean' \
        'dense out=classes' 'loss ce' > pool.net
    ir-train -q --epochs 2 --batch 8 --lr 0.01 pool.net "$root/tests/data/net/audio.irt" -o pool.irt
    ir-cat --set-header seconds= pool.irt -o p.irt
    wav tiny.wav 500 0.002
    run ir-infer -m p.irt -f tsv low.wav tiny.wav
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"tiny.wav"*"shorter than the network"* ]]
    [[ "$output" == *"
tiny.wav	0	0.002	"* ]]
}

@test "--for MODEL makes what a model wants, and a refusal ends in the line that is right" {
    ir-decode --for "$m" low.wav -o a.irt
    ir-cat --look a.irt | grep -q '^# prog.1=ir-decode --rate=8000 --channels=1 --segment=0.025'
    ir-infer -m "$m" --least 0.5 -f tsv a.irt | grep -q flute
    # what the user says as well holds
    ir-decode --for "$m" --segment 0.05 low.wav | ir-cat --look | grep -q -- '--segment=0.05'
    run ir-mel --for "$m" a.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"wants nothing of ir-mel: leave it out"* ]]
    run ir-infer -m instruments a.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"right is: ir-decode --for "*" FILE | ir-mel --for "*" | ir-infer -m "* ]]
    ir-decode --for instruments "$demo/cello-C4.mp3" | ir-mel --for instruments | ir-infer --least 0.3 -f tsv | grep -q cello
}

@test "--live, --layer: what has no effect is refused; + when an instrument begins, - when it ends or it is silent" {
    wav pause.wav 100 1 0
    { head -c 40 low.wav; printf '\377\377\377\377'; for f in low high; do wav $f.wav $([ $f = low ] && echo 200 || echo 1900) 1;
        tail -c +45 $f.wav; tail -c +45 pause.wav; done; } > stream
    cat stream | ir-infer -m "$m" --live > out
    cat out
    [ "$(sed 's, [0-9:]*$,,' out | paste -sd,)" = "+ flute,- flute,+ bass drum,- bass drum" ]
    [ "$(head -1 out)" = "+ flute 0:00" ]
    for more in '--by-file mean' '--top 2' '--layer conv1d1'; do
        run ir-infer -m "$m" --live $more low.wav
        [ "$status" -eq 2 ]
        [[ "$output" == *"--live has a form of its own: no "*"${more%% *}"* ]]
    done
    for more in '--top 2' '--least 0.5' '--unknown 0.5' '--silence -40' '--by-file mean'; do
        run ir-infer -m "$m" --layer conv1d1 $more low.wav -o x.irt
        [ "$status" -eq 2 ]
        [[ "$output" == *"--layer writes values, no predictions: no "*"${more%% *}"* ]]
    done
}

@test "--live shows a new instrument within 1.5 s of its beginning and silence within 1 s, the first while the pipe is open" {
    command -v sox > /dev/null || skip "sox is not installed"
    for i in violin-A4 trumpet-F4; do
        ir-decode --channels 1 --rate 44100 "$demo/$i.mp3" | ir-cat --to raw > $i.raw
        sox -t raw -r 44100 -e float -b 32 -c 1 $i.raw -b 16 $i.wav trim 0 3.45
    done
    sox -n -r 44100 -b 16 -c 1 none.wav trim 0 2.5
    sox violin-A4.wav trumpet-F4.wav none.wav all.wav
    # at 3.45 s the trumpet, at 6.9 s silence: 0:04 is before 5 s, 0:07 before 8 s
    cat all.wav | ir-infer --live > out
    cat out
    [ "$(head -1 out)" = "+ violin 0:00" ]
    grep -qE '^\+ trumpet 0:0[34]$' out
    grep -qE '^- violin 0:0[345]$' out
    [[ "$(tail -1 out)" == "- "*" 0:0"[67] ]]
    # one second of sound, and the pipe stays open
    mkfifo pipe
    ir-infer --live < pipe > early &
    exec 7> pipe
    head -c 88244 violin-A4.wav >&7
    for i in $(seq 100); do [ ! -s early ] || break; sleep 0.1; done
    [ "$(cat early)" = "+ violin 0:00" ]
    exec 7>&-
    wait
    [ "$(paste -sd, early)" = "+ violin 0:00,- violin 0:01" ] # what sounds when the input ends, ends
}

@test "models are found beside a program in a folder of any name" {
    mkdir -p '[a]*/bin' '[a]*/share/irtools/models'
    cp "$IR_BUILD/bin/ir-infer" '[a]*/bin'
    cp "$m" '[a]*/share/irtools/models/mine.model.irt'
    env -i '[a]*/bin/ir-infer' --models | grep -q '^mine'
}

@test "a mistyped option is answered with the one that was meant; fish completes options and words" {
    run ir-infer --timelin x
    run ir-infer --tiemline x
    [ "$status" -eq 2 ]
    [[ "$output" == *"unknown option --tiemline: did you mean --timeline?"* ]]
    run ir-infer --zzzzzz
    [[ "$output" == *"unknown or ambiguous option --zzzzzz"* ]]
    command -v fish > /dev/null || skip "fish is not installed"
    run fish --no-config -c "source $root/tools/complete.fish; complete -C 'ir-infer --time'"
    [[ "$output" == *--timeline* ]]
    run fish --no-config -c "source $root/tools/complete.fish; complete -C 'ir-infer --format=js'"
    [[ "$output" == *--format=json* ]]
}
