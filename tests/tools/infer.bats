#!/usr/bin/env bats
# ir-infer: what it prints, that labels go through, that foreign streams and damaged models are refused.

setup_file() {
    cd "$BATS_TEST_DIRNAME/../.." || exit 1
    m=$BATS_FILE_TMPDIR
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' 'conv2d out=4 kernel=3 pad=1' batchnorm relu \
        'maxpool2d size=2' flatten 'dense out=classes' 'loss ce' > "$m/cnn.net"
    printf '%s\n' 'input audio samples=200' standardize 'conv1d out=8 kernel=31' relu \
        'maxpool1d size=20 stride=10' flatten 'dense out=classes' 'loss ce' > "$m/raw.net"
    ir-train -q --epochs 30 --batch 8 --lr 0.01 "$m/cnn.net" tests/data/net/single.irt -o "$m/cnn.irt"
    ir-train -q --epochs 80 --batch 8 --lr 0.01 "$m/raw.net" tests/data/net/audio.irt -o "$m/raw.irt"
}

setup() {
    load no_filter
    cd "$BATS_TEST_DIRNAME/../.." || exit 1
    data=tests/data/net
    m=$BATS_FILE_TMPDIR
    t=$BATS_TEST_TMPDIR
}

refused() { # STATUS PATTERN COMMAND…
    local status_wanted=$1 pattern=$2
    shift 2
    run "$@"
    echo "$output"
    [ "$status" -eq "$status_wanted" ]
    [[ "$output" == *"$pattern"* ]]
}

# wav FILE HZ SECONDS: a mono 16-bit sine at 8 kHz
wav() {
    perl -e 'my ($hz, $s) = @ARGV; my $n = int(8000 * $s); my $d = pack("v*", map {
        int(16000 * sin(2 * 3.14159265 * $hz * $_ / 8000)) & 0xffff } 0 .. $n - 1);
        print pack("A4VA4A4VvvVVvvA4V", "RIFF", 36 + length $d, "WAVE", "fmt ", 16, 1, 1, 8000, 16000, 2, 16,
        "data", length $d), $d' "$2" "$3" > "$1"
}

@test "text for people: an instrument a line, its share of the time, how certain, and where" {
    run ir-infer -m "$m/cnn.irt" -f text $data/single.irt
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "dir/file0.wav" ]
    [[ "${lines[1]}" =~ ^\ \ instrument\ +of\ the\ time\ \ certain\ \ 0:00\ +0:03$ ]]
    [[ "${lines[2]}" =~ ^\ \ flute\ +33\ %\ +[0-9]+\ %\ \ [▁▂▃▄▅▆▇█]+$ ]]
    run ir-infer -m "$m/cnn.irt" -f text --timeline $data/single.irt
    [[ "${lines[1]}" =~ ^\ +0:00.0\ \ to\ +0:01.0\ \ flute\ +[0-9]+\ %$ ]]
    run ir-infer -m "$m/cnn.irt" -f text --by-file mean --top 1 $data/single.irt
    [ "${#lines[@]}" -eq 15 ]
    [[ "${lines[0]}" =~ ^dir/file0.wav\ +(flute|violin|bass\ drum)\ +[0-9]+\ %\ \ █+ ]]
}

@test "tsv and jsonl of a tensor stream: every class of every clip" {
    ir-infer -m "$m/cnn.irt" -f tsv $data/single.irt > "$t/p.tsv"
    run awk -F'\t' 'NR == 1 { print $0 } NR > 1 { sum[$1 "@" $2] += $5 } END { for (i in sum) n += sum[i] > 0.9999 && sum[i] < 1.0001
        print n }' "$t/p.tsv"
    [ "${lines[0]}" = "file	start	end	instrument	probability" ]
    [ "${lines[1]}" = 45 ]
    ir-infer -m "$m/cnn.irt" -f jsonl $data/single.irt > "$t/p.jsonl"
    [ "$(wc -l < "$t/p.jsonl")" -eq 135 ]
    head -1 "$t/p.jsonl" | grep -q '^{"file": "dir/file0.wav", "start": 0, "end": 1, "instrument": "flute", "probability": 0'
}

@test "--top and --least hold for every format, and travel in the stream" {
    for f in text tsv jsonl json; do
        run ir-infer -m "$m/cnn.irt" -f $f --least 0.5 --top 1 --by-file mean $data/single.irt
        [ "$status" -eq 0 ]
        ir-infer -m "$m/cnn.irt" --least 0.5 --top 1 --by-file mean $data/single.irt |
            ir-cat --to $(echo $f | sed s/text/table/) > "$t/from"
        [ "$output" = "$(cat "$t/from")" ]
    done
    [ "$(ir-infer -m "$m/cnn.irt" -f tsv --least 0.5 $data/single.irt | awk -F'\t' 'NR > 1 && $5 < 0.5' | wc -l)" -eq 0 ]
    refused 2 "--per wants a format of text" ir-infer -m "$m/cnn.irt" -f irt --per event $data/single.irt
    refused 2 "--timeline wants" ir-infer -m "$m/cnn.irt" -f tsv --timeline $data/single.irt
}

@test "the stream of predictions carries labels, groups and splits" {
    ir-infer -m "$m/cnn.irt" $data/single.irt -o "$t/p.irt"
    ir-cat --to text "$t/p.irt" > "$t/p.txt"
    grep -q '^domain=pred$' "$t/p.txt"
    grep -q '^task=single$' "$t/p.txt"
    [ "$(grep -c '^labels=.*:1$' "$t/p.txt")" -eq 45 ]
    [ "$(grep -c '^group=g' "$t/p.txt")" -eq 45 ]
    grep -q '^split=test$' "$t/p.txt"
    grep -q '^prog.*=ir-infer --model=' "$t/p.txt"
    ir-score "$t/p.irt" > "$t/score.txt"
}

@test "one prediction a file from its segments" {
    run ir-infer -m "$m/cnn.irt" -f tsv --by-file mean $data/single.irt
    [ "${#lines[@]}" -eq 46 ]
    ir-infer -m "$m/cnn.irt" -f tsv $data/single.irt | awk -F'\t' '$1 == "dir/file3.wav" && $4 == "flute" { s += $5 }
        END { printf "%.4f\n", s / 3 }' > "$t/wanted"
    ir-infer -m "$m/cnn.irt" -f tsv --by-file mean $data/single.irt | awk -F'\t' '$1 == "dir/file3.wav" && $4 == "flute" {
        printf "%.4f\n", $5 }' > "$t/found"
    cmp "$t/wanted" "$t/found"
    ir-infer -m "$m/cnn.irt" -f tsv --by-file sum $data/single.irt | awk -F'\t' '$5 == 1 { n++ } END { exit n != 15 }'
}

@test "one prediction a file, its louder segments count more" {
    run ir-infer -m "$m/cnn.irt" -f tsv --by-file level $data/single.irt
    [ "$status" -eq 1 ]
    [[ $output == *"clip clip01 has no level (ir-decode --segment notes it), wanted by level"* ]]
    # a file that is one clip needs none
    ir-cat --id clip00 $data/single.irt | ir-infer -m "$m/cnn.irt" -f tsv | cut -f4- > "$t/none"
    ir-cat --id clip00 $data/single.irt | ir-infer -m "$m/cnn.irt" -f tsv --by-file level | cut -f4- > "$t/one"
    cmp "$t/none" "$t/one"
    ids=$(ir-cat --look $data/single.irt | awk -F'\t' '$2 == "clip09" || $2 == "clip10" || $2 == "clip11" { print $2 }')
    level=0
    for id in $ids; do
        ir-cat --id "$id" --set level=$level $data/single.irt -o "$t/$id.irt"
        level=$((level - 20))
    done
    (cd "$t" && ir-cat $(printf '%s.irt ' $ids) -o file.irt)
    ir-infer -m "$m/cnn.irt" -f tsv "$t/file.irt" | awk -F'\t' '$4 == "flute" { s += $5 * 10 ^ -n; w += 10 ^ -n; n++ }
        END { printf "%d %.4f\n", n, s / w }' > "$t/wanted"
    ir-infer -m "$m/cnn.irt" -f tsv --by-file level "$t/file.irt" | awk -F'\t' '$4 == "flute" { printf "3 %.4f\n", $5 }' > "$t/found"
    cmp "$t/wanted" "$t/found"
}

@test "the same bytes for any number of threads and from a pipe" {
    ir-infer --no-prog -t 1 -m "$m/cnn.irt" $data/single.irt -o "$t/1"
    ir-infer --no-prog -t 3 -m "$m/cnn.irt" < $data/single.irt > "$t/2"
    cmp "$t/1" "$t/2"
}

@test "another front end, rate, domain, class list or shape is refused with found and wanted" {
    ir-cat --set-header 'frontend=test rate=9000' $data/single.irt -o "$t/other.irt"
    refused 1 "the front end found is" \
        ir-infer -m "$m/cnn.irt" -f tsv "$t/other.irt"
    ir-cat --set-header frontend= $data/single.irt -o "$t/none.irt"
    refused 1 "the front end" ir-infer -m "$m/cnn.irt" -f tsv "$t/none.irt"
    ir-cat --set rate=16000 $data/audio.irt -o "$t/rate.irt"
    refused 1 "the rate found is '16000', the model wants '8000'" ir-infer -m "$m/raw.irt" -f tsv "$t/rate.irt"
    refused 1 "the stream holds 'audio', the model wants 'feature'" ir-infer -m "$m/cnn.irt" -f tsv $data/audio.irt
    ir-cat --set-header 'classes=flute violin oboe' --set labels= $data/single.irt -o "$t/classes.irt"
    refused 1 "the classes found are 'flute violin oboe', those of the model" \
        ir-infer -m "$m/cnn.irt" -f tsv "$t/classes.irt"
    ir-cat --set-header domain=feature --no-prog $data/lengths.irt -o "$t/len.irt"
    refused 1 "has shape 1x6x7, the network wants 1x6x10" ir-infer -m "$m/cnn.irt" -f tsv "$t/len.irt"
    run ir-infer -q --max-bad 100 -m "$m/cnn.irt" -f tsv "$t/len.irt"
    [ "$status" -eq 0 ]
}

@test "no model, a damaged model, something else as model" {
    refused 1 "no model nosuch: no such file, and no nosuch.model.irt in " ir-infer -m nosuch $data/single.irt
    refused 1 "none.irt" ir-infer -m "$t/none.irt" $data/single.irt
    refused 1 "wanted a model" ir-infer -m $data/single.irt $data/single.irt
    refused 1 "README" ir-infer -m $data/README $data/single.irt
    size=$(stat -c %s "$m/cnn.irt")
    for at in 10 70 200 1000 $((size - 65)) $((size - 1)); do
        head -c $at "$m/cnn.irt" > "$t/cut.irt"
        refused 1 "cut.irt" ir-infer -m "$t/cut.irt" -f tsv $data/single.irt -o "$t/out"
        [ ! -e "$t/out" ]
        { head -c $at "$m/cnn.irt"; printf 'X'; tail -c +$((at + 2)) "$m/cnn.irt"; } > "$t/bit.irt"
        cmp -s "$t/bit.irt" "$m/cnn.irt" || refused 1 "bit.irt" ir-infer -m "$t/bit.irt" -f tsv $data/single.irt
    done
    ir-cat --name net --name conv2d1.weight --no-prog "$m/cnn.irt" -o "$t/part.irt"
    refused 1 "not in the model" ir-infer -m "$t/part.irt" -f tsv $data/single.irt
    refused 1 "empty" ir-infer -m "$m/cnn.irt" -f tsv < /dev/null
}

@test "a model knows how its input is made, and one command recognises a recording" {
    command -v perl > /dev/null || skip "no perl"
    run ir-infer --pipeline "$m/raw.irt"
    [ "$status" -eq 0 ]
    [[ "$output" == 'ir-decode --rate 8000 --channels 1 --segment 0.025 "$@" | ir-infer --model '* ]]
    wav "$t/high.wav" 1900 0.1
    wav "$t/-low '\$(x).wav" 200 0.1
    run ir-infer -m "$m/raw.irt" -f text --by-file mean "$t/high.wav" "$t/-low '\$(x).wav"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "${lines[0]}" == *"high.wav"*" bass drum "* ]]
    [[ "${lines[1]}" == *"-low '\$(x).wav"*" flute "* ]]
    ( cd "$t" && ir-infer -m "$m/raw.irt" -f tsv -- "-low '\$(x).wav" | grep -q flute )
    echo "no sound" > "$t/bad.wav"
    run ir-infer -m "$m/raw.irt" -f tsv "$t/bad.wav" -o "$t/out.tsv"
    [ "$status" -eq 1 ]
    [ ! -e "$t/out.tsv" ]
}

@test "a model is read once: it may come through a pipe, for any operands" {
    cd "$BATS_TEST_TMPDIR"
    s=$BATS_TEST_DIRNAME/../data/net/single.irt
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' flatten 'dense out=classes' 'loss ce' > n.net
    ir-train -q --epochs 1 n.net "$s" -o m.irt
    ir-train -q --learner knn "$s" -o k.irt
    for m in m.irt k.irt; do
        ir-infer -m $m -f tsv "$s" "$s" > whole
        ir-infer -m <(cat $m) -f tsv "$s" "$s" > piped
        cmp whole piped
        cat $m | ir-infer -m - -f tsv "$s" "$s" > piped
        cmp whole piped
        rm -f named
        mkfifo named
        cat $m > named &
        ir-infer -m named -f tsv "$s" "$s" > piped
        cmp whole piped
    done
    sounds=$BATS_TEST_DIRNAME/../data/demo
    model=$BATS_TEST_DIRNAME/../../pipelines/models/instruments.model.irt
    ir-infer -m "$model" -f tsv "$sounds/flute-A4.mp3" "$sounds/violin-A4.mp3" > whole
    ir-infer -m <(cat "$model") -f tsv "$sounds/flute-A4.mp3" "$sounds/violin-A4.mp3" > piped
    cmp whole piped
    ir-infer -m <(cat "$model") --about | grep -q flute
    ir-train -q --epochs 1 --init-from <(cat m.irt) n.net "$s" -o a.irt
    ir-train -q --epochs 1 --init-from m.irt n.net "$s" -o b.irt
    ir-cat --compare --data-only a.irt b.irt
    ir-model <(cat m.irt) -o piped
    ir-cat --compare --data-only m.irt piped
    ir-decode --for <(cat "$model") "$sounds/flute-A4.mp3" | ir-mel --for <(cat "$model") > piped
    ir-decode --for "$model" "$sounds/flute-A4.mp3" | ir-mel --for "$model" > whole
    ir-cat --compare --data-only whole piped
}

@test "a clip's numbers do not depend on its neighbours in the batch, nor on the threads" {
    printf '%s\n' 'input feature channels=1 bands=6 frames=any' 'conv2d out=20 kernel=5 pad=2' batchnorm relu \
        'conv2d out=20 kernel=3 pad=1 groups=20' hardswish 'conv2d out=33 kernel=1' elu \
        'flatten keep=time' 'gru out=9' 'global kind=mean axis=time' 'dense out=40' relu 'dense out=classes' 'loss ce' > "$t/mixed.net"
    ir-train -q --epochs 2 --batch 8 "$t/mixed.net" $data/single.irt -o "$t/mixed.irt"
    for run in cnn:single raw:audio mixed:single mixed:lengths; do
        model=$m/${run%:*}.irt
        [ -e "$model" ] || model=$t/${run%:*}.irt
        ir-infer -q --batch 32 -f irt -m "$model" "$data/${run#*:}.irt" > "$t/whole"
        for how in '--batch 1' '--batch 3 -j 2' '--batch 7 -j 3' '--batch 32 -j 1'; do
            # shellcheck disable=SC2086
            ir-infer -q $how -f irt -m "$model" "$data/${run#*:}.irt" > "$t/other"
            ir-cat --compare --data-only "$t/whole" "$t/other" || { echo "$run $how"; false; }
        done
    done
}
