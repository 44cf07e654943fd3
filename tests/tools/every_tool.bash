# A short run of every tool, for tests that let something fail in each of them. Inputs are made in the current folder.

# The tools that are built, by name; not ir-train-mpi, whose ranks are run by mpirun (train_ranks.bats).
every_tool() {
    local t
    for t in "$IR_BUILD"/bin/ir-*; do [[ $t == */ir-train-mpi ]] || echo "${t##*/}"; done
}

make_inputs() {
    local data=$BATS_TEST_DIRNAME/../data
    cp "$data/net/single.irt" in.irt
    cp "$data/net/audio.irt" audio.irt
    cp "$data/decode/tone.flac" tone.flac
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' flatten 'dense out=classes' 'loss ce' > n.net
    ir-train -q --threads 1 --no-prog --epochs 1 n.net in.irt -o m.irt
    ir-infer -m m.irt -f irt in.irt -o p.irt
    printf 'path,labels\ntone.flac,flute\n' > table.csv
    mkdir results
    printf 'system\tmetric\taverage\tclass\tpredicted\tvalue\tnote\ncnn\taccuracy\t-\t-\t-\t64.50%%\t\n' > paper.tsv
    printf 'metric\taverage\tclass\tpredicted\tvalue\tlow\thigh\naccuracy\t-\t-\t-\t0.5\t0.25\t0.75\n' > results/a.score.tsv
    printf 'title=T\npublished=paper.tsv\nsystem=cnn\nmetrics=accuracy:-\n' > results/a.run
    if command -v ir-render > /dev/null; then
        # a second of a square wave, and a song of one note
        awk 'BEGIN { for (i = 0; i < 11025; i++) printf "%s", int(i / 27) % 2 ? "\\0\\100" : "\\0\\300" }' > wave
        # shellcheck disable=SC2059
        printf "$(cat wave)" | ir-cat --from raw --dtype i16 --shape 1x11025 --set-header domain=audio --set rate=22050 \
            --set path=x/000-piano/C4.wav --set id=C4 - | ir-render --build-font font.sf2 -
        printf 'MThd\0\0\0\6\0\0\0\1\1\340MTrk\0\0\0\20\0\220\74\144\203\140\220\74\0\203\140\377\57\0\0\0' > song.mid
    fi
}

# line TOOL: its words in the array `words`; -o FILE is put behind them.
line() {
    case $1 in
    ir-augment) words=(ir-augment -a "gain db=-6..6" audio.irt) ;;
    ir-cat) words=(ir-cat in.irt) ;;
    ir-decode) words=(ir-decode -j 1 --no-prog tone.flac) ;;
    ir-infer) words=(ir-infer -m m.irt -f tsv in.irt) ;;
    ir-label) words=(ir-label csv table.csv) ;;
    ir-mel) words=(ir-mel --threads 1 --preset librosa --rate 8000 audio.irt) ;;
    ir-model) words=(ir-model --to safetensors m.irt) ;;
    ir-plot) words=(ir-plot -k spectrogram in.irt) ;;
    ir-render) words=(ir-render --min-notes 1 --parts 1 --font font.sf2 song.mid) ;;
    ir-report) words=(ir-report -f markdown results) ;;
    ir-score) words=(ir-score p.irt) ;;
    ir-train) words=(ir-train -q --threads 1 --no-prog --epochs 1 n.net in.irt) ;;
    *) echo "tests/tools/every_tool.bash knows no short run of $1"; return 1 ;;
    esac
}
