#!/usr/bin/env bats
# ir-plot: each kind of picture, and what it says when the input is wrong.

setup() { cd "$BATS_TEST_TMPDIR"; }

# f32 little-endian of a few exact values
half='\0\0\0\077' one='\0\0\200\077' quarter='\0\0\200\076' zero='\0\0\0\0'

# stream DOMAIN SHAPE [ir-cat options…] < f32
stream() {
    local domain=$1 shape=$2
    shift 2
    ir-cat --from raw --dtype f32 --shape "$shape" --set-header "domain=$domain" "$@" -
}

preds() {
    printf "$one$zero$zero$zero$one$zero$quarter$half$quarter" |
        stream pred 3 --set-header "classes=flute oboe harp" --set-header labels=closed --set-header task=single \
            --set "labels=$1" --set name=pred --set path=song.wav "${@:2}"
}

@test "a spectrogram as SVG has axes with units, a title and the picture" {
    head -c 256 /dev/zero | stream feature 1x8x8 --set id=a --set hop=0.5 \
        --set-header "frontend=feature=mel rate=16000 bands=8 fmin=0 fmax=8000 scale=htk log=db" > f.irt
    run ir-plot -k spectrogram --title "my clip" f.irt
    [ "$status" -eq 0 ]
    [[ $output == *"<svg xmlns"* && $output == *"time (s)"* && $output == *"frequency (Hz, mel scale)"* ]]
    [[ $output == *"level (dB)"* && $output == *">my clip</text>"* && $output == *"data:image/png;base64,"* ]]
}

@test "an output file called .png is a PNG; the same input gives the same bytes" {
    head -c 256 /dev/zero | stream feature 1x8x8 --set id=a > f.irt
    ir-plot -k spectrogram -o a.png f.irt
    [ "$(head -c 4 a.png | tail -c 3)" = PNG ]
    ir-plot -k spectrogram -f png -o b.picture f.irt
    cmp a.png b.picture
}

@test "learning curves: loss and score in two panels, names of several logs" {
    printf 'epoch\tlr\tloss\tvalid_loss\tvalid_accuracy\tseconds\n1\t0.1\t2\t2.5\t0.25\t3\n2\t0.1\t1\t1.5\tn/a\t3\n' > one.log.tsv
    sed 's/2.5/3.5/' one.log.tsv > two.log.tsv
    run ir-plot -k curves one.log.tsv two.log.tsv
    [ "$status" -eq 0 ]
    [[ $output == *">one valid_loss<"* && $output == *">two valid_accuracy<"* ]]
    [[ $output != *">one lr<"* && $output != *seconds* ]]
    run ir-plot -k curves --columns valid_loss one.log.tsv
    [[ $output == *">valid_loss<"* && $output != *valid_accuracy* ]]
    run ir-plot -k curves --columns nothing one.log.tsv
    [ "$status" -eq 1 ]
    [ "$output" = "ir-plot: one.log.tsv: no column with numbers to draw among nothing" ]
}

@test "a confusion matrix out of predictions and out of a score table is the same picture" {
    preds flute:1 > p.irt
    ir-score --format tsv p.irt -o p.score.tsv
    ir-plot -k confusion -o a.svg p.irt
    ir-plot -k confusion -o b.svg p.score.tsv
    cmp a.svg b.svg
    grep -q '>actual<' a.svg
}

@test "bars: mean probability of the true class, and a metric of a score table" {
    preds flute:1 > p.irt
    run ir-plot -k bars p.irt
    [ "$status" -eq 0 ]
    [[ $output == *">0.417<"* && $output == *">n/a<"* && $output == *"mean probability"* ]]
    ir-score --format tsv p.irt -o p.score.tsv
    run ir-plot -k bars --metric recall p.score.tsv
    [ "$status" -eq 0 ]
    [[ $output == *">0.333<"* ]]
    run ir-plot -k bars --metric nonsense p.score.tsv
    [ "$status" -eq 1 ]
    [[ $output == *"no value of metric 'nonsense'"* ]]
}

@test "a timeline needs segments with lengths" {
    preds flute:1 > p.irt
    run ir-plot -k timeline p.irt
    [ "$status" -eq 1 ]
    [[ $output == *"segments without 'length' found"* ]]
    preds flute:1 --set length=1 > p.irt
    run ir-plot -k timeline p.irt
    [ "$status" -eq 0 ]
    [[ $output == *">song.wav</text>"* && $output == *">labelled<"* ]]
    run ir-plot -k timeline -i other.wav p.irt
    [ "$status" -eq 1 ]
    [[ $output == *"no clip or path 'other.wav'"* ]]
}

@test "filters and spectra of a model; a model without such a layer" {
    for i in 1 2; do printf "$one$half$zero$quarter$zero$zero$zero$zero"; done |
        stream param 2x1x8 --set name=conv1d1.weight --set-header "frontend=rate=8000" > m.irt
    run ir-plot -k spectra m.irt
    [ "$status" -eq 0 ]
    [[ $output == *"2 filters of 8 taps"* && $output == *"frequency (Hz)"* ]]
    run ir-plot -k filters --lowpass 1000 m.irt
    [ "$status" -eq 0 ]
    [[ $output == *"low-pass 1000 Hz"* ]]
    run ir-plot -k filters -p other m.irt
    [ "$status" -eq 1 ]
    [ "$output" = "ir-plot: no parameter 'other' in the model" ]
    printf "$one" | stream param 1 --set name=b > n.irt
    run ir-plot -k spectra n.irt
    [ "$output" = "ir-plot: the model does not say its sample rate; --rate wanted" ]
    run ir-plot -k spectra -r 8000 n.irt
    [[ $output == *"no convolution over sound"* ]]
}

@test "wrong input: no kind, wrong domain, missing file, damage, no file left behind" {
    run ir-plot
    [ "$status" -eq 2 ]
    preds flute:1 > p.irt
    run ir-plot -k spectrogram -o x.svg p.irt
    [ "$status" -eq 1 ]
    [ "${lines[0]}" = "ir-plot: --kind wants a stream of domain 'feature', found 'pred'" ]
    [ ! -e x.svg ]
    run ir-plot -k bars -o x.svg missing.tsv
    [ "$status" -eq 1 ]
    head -c 200 p.irt > cut.irt
    run ir-plot -k bars -o x.svg cut.irt
    [ "$status" -eq 1 ]
    [ ! -e x.svg ]
    printf 'a\tb\n1\n' > bad.tsv
    run ir-plot -k curves bad.tsv
    [ "$status" -eq 1 ]
    [[ $output == *"bad.tsv:2: 1 columns found, 2 wanted"* ]]
}
