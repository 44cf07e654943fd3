#!/usr/bin/env bats
# ir-label: labelled spans of Audacity, JAMS, RTTM and AudioSet's strong labels as lists of clips.

setup() {
    load decode_help
    D=$BATS_TEST_DIRNAME/../data/decode
    cd "$BATS_TEST_TMPDIR"
}

rows() { grep -v '^#' | tail -n +2; }
wrong() { # wrong MESSAGE COMMAND…
    local message=$1
    shift
    run "$@"
    echo "$output"
    [ "$status" -eq 1 ] && [[ $output == *"$message"* ]]
}

@test "Audacity: spans with the same times join, points and frequencies are no clips, the sound lies beside" {
    good song.wav 24000
    printf '0.0\t1.5\tviolin\n0.0\t1.5\tacoustic guitar\n\\\t100.0\t900.0\n2\t2\tclick\n1.5\t2.25\tflute\n1\t2\t\n' > song.txt
    ir-label --no-prog audacity song.txt 2> said | rows > got
    printf '%s\n' 'song.wav@0-1.5	song.wav	violin:1 acoustic guitar:1	song.wav			1.5' \
        'song.wav@1.5-2.25	song.wav	flute:1	song.wav		1.5	0.75' > want
    diff want got
    grep -q '1 labels without a length are left out' said
    grep -q '1 spans without a name are left out' said
    # the spans are what is decoded
    ir-label -q --no-prog audacity song.txt | ir-decode --no-prog | ir-cat --look - | grep -v '^#' | cut -f5 > got
    printf '%s\n' '0.000+1.500 s' '1.500+0.750 s' | diff - got
}

@test "what ir-cat writes as Audacity, JAMS and RTTM comes back with the same spans and names" {
    m=$BATS_TEST_DIRNAME/../../pipelines/models/instruments.model.irt
    cp "$BATS_TEST_DIRNAME/../data/demo/violin-A4.mp3" one.mp3
    cp "$BATS_TEST_DIRNAME/../data/demo/flute-A4.mp3" two.mp3
    for n in one two; do
        ir-infer -q -m "$m" $n.mp3 -o $n.irt
        ir-cat --to audacity $n.irt -o $n.txt
        ir-cat --to jams $n.irt -o $n.jams
        ir-cat --to rttm $n.irt -o $n.rttm
    done
    cut -f3 one.txt two.txt | sort > names
    [ "$(wc -l < names)" -ge 2 ]
    for kind in audacity jams rttm; do
        ir-label -q --no-prog $kind . | rows > $kind.rows
        cut -f3 $kind.rows | sed 's/:1$//; s/:1 /\n/g' | sort | sed 's/_/ /g' | diff names -
        cut -f2 $kind.rows | sort -u | diff - <(printf 'one.mp3\ntwo.mp3\n')
    done
    # a sound elsewhere is found by --audio, a missing one is named once
    mkdir labels
    mv ./*.rttm labels
    wrong "one.wav: listed, but the file is not there" ir-label --no-prog rttm labels/one.rttm
    [ "$(grep -c 'not there$' <<< "$output")" -eq 1 ]
    ir-label -q --no-prog --audio . rttm labels/one.rttm labels/two.rttm | rows | diff - rttm.rows
}

@test "recordings of one name in two folders stay apart; each that is missing is named once" {
    mkdir -p T1 T2
    good T1/mix.wav 24000
    good T2/mix.wav 24000
    printf '0\t1\tviolin\n' > T1/mix.txt
    printf '0\t1\tflute\n' > T2/mix.txt
    for operands in . 'T1 T2' 'T1/mix.txt T2/mix.txt'; do
        ir-label --no-prog audacity $operands | rows | cut -f2,3,4 > got
        printf 'T1/mix.wav\tviolin:1\tT1/mix.wav\nT2/mix.wav\tflute:1\tT2/mix.wav\n' | diff - got
    done
    printf 'SPEAKER %s 1 %s 1 <NA> <NA> x <NA> <NA>\n' a 0 b 0 a 1 b 1 > two.rttm
    wrong "2 listed sound files are not there" ir-label rttm two.rttm
    [ "$(grep -c 'listed, but the file is not there$' <<< "$output")" -eq 2 ]
}

@test "JAMS: namespaces of tags and events, objects and columns; whole files; others are counted" {
    good a.wav 24000
    cat > a.jams <<'J'
{"file_metadata": {"title": "", "duration": 3.0},
 "annotations": [
  {"namespace": "tag_open", "data": [{"time": 0, "duration": 3.0, "value": "violin", "confidence": null}]},
  {"namespace": "scaper", "data": {"time": [0.5], "duration": [1.0], "value": [{"label": "flute", "snr": 3}], "confidence": [1]}},
  {"namespace": "beat", "data": [{"time": 1, "duration": 0, "value": 1, "confidence": null}]}]}
J
    ir-label --no-prog jams a.jams 2> said | rows > got
    printf 'a.wav\ta.wav\tviolin:1\ta.wav\t\t\t\na.wav@0.5-1.5\ta.wav\tflute:1\ta.wav\t\t0.5\t1\n' | diff - got
    grep -q '1 annotations of the namespace beat are left out' said
    sed 's/"violin"/7/' a.jams > b.jams
    wrong "b.jams: an observation wants time and duration" ir-label jams b.jams
    echo '{"a": 1}' > c.jams
    wrong "c.jams: no array \`annotations\`: is it JAMS?" ir-label jams c.jams
    echo '{"annotations": [' > d.jams
    wrong "d.jams:" ir-label jams d.jams
}

@test "AudioSet's strong labels: names of mids, sounds by segment or video, splits" {
    mkdir -p as/audio
    good as/audio/b0RFKhbpFJA_30000.wav 80000
    good as/audio/YaaaaaaaaaaA.wav 80000
    printf '/m/07y_7\tViolin, fiddle\n/m/0l14j_\tFlute\n' > as/mid_to_display_name.tsv
    printf 'segment_id\tstart_time_seconds\tend_time_seconds\tlabel\nb0RFKhbpFJA_30000\t0.627\t1.500\t/m/07y_7\nb0RFKhbpFJA_30000\t0.627\t1.500\t/m/0l14j_\ngggggggggggg_0\t0\t1\t/m/07y_7\n' |
        sed 's/^gggggggggggg/ggggggggggg/' > as/audioset_train_strong.tsv
    printf 'segment_id\tstart_time_seconds\tend_time_seconds\tlabel\naaaaaaaaaaA_100\t2\t3.5\t/m/0l14j_\n' > as/audioset_eval_strong.tsv
    ir-label --no-prog audioset-strong as 2> said > all
    rows < all > got
    printf '%s\n' 'b0RFKhbpFJA_30000.wav@0.627-1.5	as/audio/b0RFKhbpFJA_30000.wav	Violin, fiddle:1 Flute:1	b0RFKhbpFJA_30000.wav	train	0.627	0.873' \
        'YaaaaaaaaaaA.wav@2-3.5	as/audio/YaaaaaaaaaaA.wav	Flute:1	YaaaaaaaaaaA.wav	test	2	1.5' > want
    diff want got
    grep -q '1 listed sound files are not there' said
    [ "$(ir-label -q --no-prog --subset eval audioset-strong as | rows | wc -l)" -eq 1 ]
}

@test "spans that cannot be read are refused with file and line" {
    good a.wav 24000
    printf '0\t1\tviolin\n2\t1\tflute\n' > a.txt
    wrong "a.txt:2: the end, 1 s, is before the start, 2 s" ir-label audacity a.txt
    printf 'violin from 0 to 1\n' > a.txt
    wrong "a.txt:1: found 1 fields, wanted start, end and label" ir-label audacity a.txt
    printf 'SPEAKER a 1 0 x <NA> <NA> violin <NA> <NA>\n' > a.rttm
    wrong "a.rttm:1: duration: \"x\" is not a number" ir-label rttm a.rttm
    printf ';; comment\nSPKR-INFO a 1 <NA> <NA> <NA> unknown x <NA>\nSPEAKER a 1 0 1\n' > a.rttm
    wrong "a.rttm:3: found 5 fields" ir-label rttm a.rttm
    printf 'SPKR-INFO a 1 <NA> <NA> <NA> unknown x <NA>\n' > a.rttm
    wrong "no span with a name" ir-label rttm a.rttm
    cp a.wav a.flac
    printf '0\t1\tviolin\n' > a.txt
    wrong "several sounds below . are called a" ir-label audacity a.txt
    wrong "no file that ends in .jams" ir-label jams .
}
