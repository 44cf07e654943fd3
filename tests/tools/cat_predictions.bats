#!/usr/bin/env bats
# ir-cat --to audacity, jams, rttm, tsv, jsonl: predictions as other programs read them.

# floats P... : little-endian float32, for 0 0.25 0.5 0.7 0.75 1 only
floats() {
    for p in "$@"; do
        case $p in
        0) printf '\000\000\000\000' ;;
        0.25) printf '\000\000\200\076' ;;
        0.5) printf '\000\000\000\077' ;;
        0.7) printf '\063\063\063\077' ;;
        0.75) printf '\000\000\100\077' ;;
        1) printf '\000\000\200\077' ;;
        esac
    done
}

# segment FILE OFFSET P_FLUTE P_VIOLIN: one prediction as a stream
segment() {
    floats "$3" "$4" | ir-cat --no-prog --from raw --shape 2 --set id="$1@$2" --set path="$1" \
        --set name=pred --set offset="$2" --set length=1 --set-header domain=pred \
        --set-header classes='flute violin%20alto' --set-header task=multi --set-header labels=closed
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    { segment 'dir/my song.wav' 0 1 0; segment 'dir/my song.wav' 1 0.75 0.25; segment 'dir/my song.wav' 2 0 1; } > song.irt
    { cat song.irt; segment b.wav 0 0 0.75; } > two.irt
}

@test "tsv: file, start, end, instrument, probability" {
    run ir-cat --to tsv two.irt
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "$(printf 'file\tstart\tend\tinstrument\tprobability')" ]
    [ "${lines[1]}" = "$(printf 'dir/my song.wav\t0\t2\tflute\t0.875')" ]
    [ "${lines[2]}" = "$(printf 'dir/my song.wav\t2\t3\tviolin alto\t1')" ]
    [ "${lines[3]}" = "$(printf 'b.wav\t0\t1\tviolin alto\t0.75')" ]
    [ "${#lines[@]}" -eq 4 ]
}

@test "a probability that is the threshold is heard, as ir-score counts it" {
    segment a.wav 0 0.7 0 | ir-cat --no-prog --set-header thresholds='0.7 0.5' --set labels=flute:1 -o t.irt
    [ "$(ir-cat --to tsv t.irt | cut -f4 | tail -1)" = flute ]
    [ "$(ir-cat --to tsv --on 0.7 t.irt | cut -f4 | tail -1)" = flute ]
    ir-score --metrics exact_match t.irt | grep -q '^exact_match  *100.00 %'
}

@test "jsonl is JSON" {
    run ir-cat --to jsonl two.irt
    [ "${lines[0]}" = '{"file": "dir/my song.wav", "start": 0, "end": 2, "instrument": "flute", "probability": 0.875}' ]
    [ "${#lines[@]}" -eq 3 ]
}

@test "audacity holds one file" {
    run ir-cat --to audacity song.irt
    [ "${lines[0]}" = "$(printf '0.000000\t2.000000\tflute')" ]
    [ "${lines[1]}" = "$(printf '2.000000\t3.000000\tviolin alto')" ]
    run ir-cat --to audacity two.irt -o x.txt
    [ "$status" -eq 1 ]
    [[ "$output" == *"a second sound file (b.wav)"* ]]
    [ ! -e x.txt ]
}

@test "rttm has ten fields without white space inside" {
    run ir-cat --to rttm two.irt
    [ "${lines[0]}" = "SPEAKER my_song 1 0.000 2.000 <NA> <NA> flute 0.8750 <NA>" ]
    for l in "${lines[@]}"; do [ "$(wc -w <<< "$l")" -eq 10 ]; done
}

@test "per segment, per file, hysteresis, median, minimum duration" {
    run ir-cat --to tsv --per segment song.irt
    [ "${#lines[@]}" -eq 4 ]
    run ir-cat --to tsv --per file --on 0 two.irt
    [ "${lines[1]}" = "$(printf 'dir/my song.wav\t0\t3\tflute\t0.583333')" ]
    [ "${#lines[@]}" -eq 5 ]
    run ir-cat --to tsv --on 0.9 --off 0.7 song.irt
    [ "${lines[1]}" = "$(printf 'dir/my song.wav\t0\t2\tflute\t0.875')" ]
    run ir-cat --to tsv --on 0.9 song.irt
    [ "${lines[1]}" = "$(printf 'dir/my song.wav\t0\t1\tflute\t1')" ]
    run ir-cat --to tsv --min-duration 1.5 song.irt
    [ "${#lines[@]}" -eq 2 ]
    run ir-cat --to tsv --median 2 song.irt
    [ "$status" -eq 2 ]
    [[ "$output" == *"odd"* ]]
}

@test "live: event by event, for the formats that can" {
    run ir-cat --to jsonl --live two.irt
    [ "${#lines[@]}" -eq 3 ]
    diff <(ir-cat --to tsv --live two.irt | sort) <(ir-cat --to tsv two.irt | sort)
    ir-cat --to audacity --live song.irt | diff - <(ir-cat --to audacity song.irt)
    run ir-cat --to audacity --live two.irt
    [ "$status" -eq 1 ]
    run ir-cat --to jams --live song.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"jams cannot be written event by event"* ]]
    run ir-cat --to tsv --live --folder . song.irt
    [ "$status" -eq 1 ]
}

@test "one file for each sound file" {
    mkdir out
    ir-cat --to jams --folder out two.irt
    [ "$(ls out)" = "$(printf 'b.jams\nmy song.jams')" ]
    grep -q '"violin alto"' out/b.jams
    ir-cat --to audacity --folder out two.irt
    [ "$(cat out/b.txt)" = "$(printf '0.000000\t1.000000\tviolin alto')" ]
    segment other/b.wav 0 0 0.75 > three.irt
    run ir-cat --to tsv --folder out two.irt three.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"other/b.wav: its predictions would go to out/b.tsv"* ]]
    run ir-cat --to npy --folder out two.irt
    [ "$status" -eq 1 ]
    run ir-cat --to tsv --folder none two.irt
    [ "$status" -eq 1 ]
    run ir-cat --folder out two.irt
    [ "$status" -eq 2 ]
    run ir-cat --to tsv --folder out -o x two.irt
    [ "$status" -eq 2 ]
}

@test "streams that are no predictions are refused" {
    floats 1 | ir-cat --from raw --shape 1 -o f.irt
    run ir-cat --to jams f.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"found domain=feature, wanted pred"* ]]
    segment a.wav 0 1 0 | ir-cat --set-header classes='flute' -o g.irt
    run ir-cat --to tsv g.irt -o g.tsv
    [ "$status" -eq 1 ]
    [[ "$output" == *"shape 2, wanted 1"* ]]
    [ ! -e g.tsv ]
}

@test "jams fits its schema" {
    ir-cat --to jams song.irt -o song.jams
    run ir-cat --to jams two.irt -o two.jams
    [ "$status" -eq 1 ]
    /usr/bin/python3 -c 'import json' || skip "python3 is not installed"
    # The rules of jams_schema.json and of namespace tag_open, spelled out.
    /usr/bin/python3 - <<'PY'
import json
j = json.load(open("song.jams"))
assert set(j) == {"file_metadata", "annotations", "sandbox"}
m = j["file_metadata"]
assert m["duration"] == 3 and m["jams_version"] == "0.3.4" and m["title"] == "my song.wav"
assert all(isinstance(m[k], str) for k in ("title", "artist", "release")) and isinstance(m["identifiers"], dict)
(a,) = j["annotations"]
assert set(a) == {"namespace", "annotation_metadata", "data", "sandbox", "time", "duration"}
assert a["namespace"] == "tag_open" and a["time"] == 0 and a["duration"] == 3
am = a["annotation_metadata"]
assert set(am) <= {"curator", "annotator", "version", "corpus", "annotation_tools", "annotation_rules",
                   "validation", "data_source"}
assert set(am["curator"]) == {"name", "email"} and isinstance(am["annotator"], dict)
for o in a["data"]:
    assert set(o) == {"time", "duration", "value", "confidence"}
    assert o["time"] >= 0 and o["duration"] >= 0 and isinstance(o["value"], str) and 0 <= o["confidence"] <= 1
assert [o["value"] for o in a["data"]] == ["flute", "violin alto"]
PY
}
