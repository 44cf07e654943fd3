#!/usr/bin/env bats
# ir-label on small data sets of our own in the layouts of the real ones (tests/data/label/make.sh).

bats_require_minimum_version 1.5.0

setup_file() {
    sh "$BATS_TEST_DIRNAME/../data/label/make.sh" "$BATS_FILE_TMPDIR/sets"
}

setup() {
    load no_filter
    cp -r "$BATS_FILE_TMPDIR/sets" "$BATS_TEST_TMPDIR/sets"
    cd "$BATS_TEST_TMPDIR/sets"
    column() {
        awk -F '\t' -v want="$2" '/^#/ { next } !c { for (i = 1; i <= NF; i++) if ($i == want) c = i; next } { print $c }' "$1"
    }
    classes() { sed -n 's/^#classes=//p' "$1"; }
}

@test "folder: names with brackets, quotes and newlines; strays are counted" {
    run -0 --separate-stderr ir-label folder folder --no-prog
    [ "$stderr" = "ir-label: 1 sound files lie in folder itself and have no class" ]
    [ "${#lines[@]}" -eq 11 ]
    grep -q '^flute/new%0Aline' <<< "$output"
    # the walk is sorted by bytes
    LC_ALL=C sort -c <<< "$(grep '/' <<< "$output" | cut -f 2)"
}

@test "folder: the names go through ir-decode and back" {
    command -v ir-decode > /dev/null || skip "no ir-decode"
    ir-label folder folder 2> /dev/null | ir-decode -o d.irt
    ir-cat --look d.irt | grep -c 'f32\|i16' | grep -qx 6
    ir-cat --look d.irt | grep -q 'new\\x0aline'
}

@test "philharmonia: class is the folder, group is instrument and note" {
    ir-label philharmonia phil > l 2> err
    [ "$(classes l)" = "$(printf 'cor anglais\toboe')" ]
    [ "$(tail -n 1 l)" = "#end 18" ]
    [ "$(column l group | sort | uniq -c | awk '{ print $1 }' | sort -u)" = 3 ]
    [ "$(cat err)" = "ir-label: 1 sound files are not named INSTRUMENT_NOTE_LENGTH_DYNAMIC_ARTICULATION" ]
    ir-label philharmonia phil --split train=0.6,test=0.4 > s 2> /dev/null
    [ "$(column s group | sort -u | wc -l)" -eq "$(paste <(column s group) <(column s split) | sort -u | wc -l)" ]
    ir-label philharmonia phil --group-by clip > s 2> /dev/null
    [ -z "$(column s group | tr -d '\n')" ]
    [ "$(ir-label philharmonia phil --check 2> /dev/null | tail -n 1)" = "0 of 11 published counts found" ]
    (cd phil/oboe && ir-label philharmonia . > ../../s 2> /dev/null)
    [ "$(classes s)" = oboe ]
}

@test "irmas: folder, filename and published labels; recordings and songs are groups" {
    ir-label irmas irmas > l 2> err
    grep -q '1 training files lie in the folder of another instrument' err
    [ "$(tail -n 1 l)" = "#end 11" ]
    [ "$(column l split | sort | uniq -c | tr -s ' ' | tr '\n' ,)" = " 3 test, 8 train," ]
    [ "$(column l group | grep -c 'train 0001')" -eq 3 ]
    [ "$(column l group | grep -c 'test 01 - My Song (live)')" -eq 2 ]
    [ "$(grep 'cel..nod' l | cut -f 3)" = "cla:1" ]
    [ "$(grep 'tru..---' l | cut -f 8-9)" = "$(printf 'jaz_blu\t')" ]
    [ "$(grep 'gel..dru' l | cut -f 8-9)" = "$(printf 'pop_roc\tdru')" ]
    [ "$(grep '^Part1' l | cut -f 3)" = "gel:1 gac:1 voi:1" ]
    [ "$(grep '^Part2/other' l | cut -f 3)" = "cel:1" ]
    ir-label irmas irmas --labels filename > l 2> /dev/null
    [ "$(grep 'cel..nod' l | cut -f 3)" = "cel:1" ]
    ir-label irmas irmas --labels published > l 2> /dev/null
    [ "$(classes l)" = "cello clarinet flute acoustic_guitar organ piano saxophone trumpet violin voice other" ]
    [ "$(grep 'cel..nod' l | cut -f 3)" = "cello:1" ]
    [ "$(grep '^pia/' l | cut -f 3)" = "clarinet:1" ]
    [ "$(grep '^gel/' l | cut -f 3)" = "acoustic_guitar:1" ]
    [ "$(grep '^Part1' l | cut -f 3)" = "acoustic_guitar:1 voice:1" ]
    ir-label irmas irmas/IRMAS-TrainingData --subset all 2> /dev/null | tail -n 1 | grep -qx '#end 8'
    ir-label irmas irmas/IRMAS-TestingData-Part2 | tail -n 1 | grep -qx '#end 2'
    ir-label irmas irmas --subset testing --check 2> /dev/null | grep -q '^test     (all) *3 *2 *0.000 *2874 \*$'
}

@test "irmas: an unknown code, an empty and a lonely text file, sound without text" {
    t=irmas/IRMAS-TestingData-Part2/Part2
    printf 'cel\t\nxyz\t\n' > $t/other-7.txt
    run -1 ir-label irmas irmas --subset testing
    [[ "$output" == *"other-7.txt:2: unknown instrument 'xyz', known are cel, cla, "* ]]
    : > $t/other-7.txt
    run -1 ir-label irmas irmas --subset testing
    [[ "$output" == *"other-7.txt: no instrument" ]]
    rm $t/other-7.txt
    run -0 --separate-stderr ir-label irmas irmas --subset testing
    [[ "$stderr" == "ir-label: 1 sound files in irmas/IRMAS-TestingData-Part2 are not in a .txt file, first Part2/other-7.wav" ]]
    printf 'cel\t\n' > $t/none-1.txt
    run -1 ir-label irmas irmas --subset testing
    [[ "$output" == *"none-1.wav: listed, but the file is not there"* ]]
}

@test "medley-solos-db: subsets, songs, class subset and the published halves" {
    ir-label medley-solos-db medley > l
    [ "$(column l split | sort | uniq -c | tr -s ' ' | tr '\n' ,)" = " 3 test, 3 train, 3 valid," ]
    [ "$(column l group | head -n 1)" = "song 1" ]
    ir-label medley-solos-db medley --classes flute,violin --select test --per-class 1 --group-by clip \
        --split train=0.5,valid=0.5 > l
    [ "$(tail -n 1 l)" = "#end 2" ]
    [ "$(column l split | sort | tr '\n' ,)" = "train,valid," ]
    rm medley/audio/*_test-7_*
    run -1 ir-label medley-solos-db medley
    [[ "${lines[0]}" == *"009.wav: listed, but the file is not there" ]]
}

@test "medley-solos-db: a damaged table" {
    t=medley/annotation/Medley-solos-DB_metadata.csv
    bad() {
        run -1 ir-label medley-solos-db medley
        [ "$output" = "ir-label: $t$1" ] || { echo "found $output"; return 1; }
        cp "$BATS_FILE_TMPDIR/sets/$t" $t
    }
    sed -i '3s/flute/oboe/' $t; bad ':3: instrument_id 3 is flute, found oboe'
    sed -i '3s/,3,/,9,/' $t; bad ':3: instrument_id: 9 is outside 0 to 7'
    sed -i '4s/training/train/' $t; bad ':4: unknown subset train, wanted training, validation or test'
    sed -i '1s/uuid4/uuid/' $t; bad ':1: no column uuid4, found: subset, instrument, instrument_id, song_id, uuid'
    sed -n 2p $t >> $t; bad ':11: duplicate uuid4 00000000-0000-4000-8000-000000000001, first on line 2'
    sed -i 's/,/;/g' $t; bad ":1: columns are separated by ';', wanted ',' (was it saved by a spreadsheet?)"
}

@test "medleydb: clips of a second, first twenty rows, groups of instruments, length of the sound" {
    ir-label medleydb medleydb --rare 0 > l 2> err
    [ "$(cat err)" = "ir-label: track Bob_Two: column S03 has no stem in the metadata" ]
    [ "$(classes l)" = "S03 piano violin voice" ]
    [ "$(column l id | tr '\n' ,)" = "Ann_One/0000,Ann_One/0001,Ann_One/0002,Bob_Two/0000,Bob_Two/0001," ]
    [ "$(column l labels | tr '\n' ,)" = "violin:1,,voice:1,S03:1,S03:1," ]
    [ "$(column l artist | sort -u | tr '\n' ,)" = "Ann,Bob," ]
    [ "$(column l start | tr '\n' ,)" = ",1,2,,1," ]
    ir-label medleydb medleydb --rare 0 --labels instrument 2> /dev/null > l
    [ "$(classes l)" = "$(printf 'S03\tfemale singer\tpiano\tviolin section')" ]
    ir-label medleydb medleydb 2> /dev/null > l
    [ "$(classes l)" = OTHER ]
    ir-label medleydb medleydb --rare 0 --threshold 0.3 2> /dev/null > l
    [ "$(column l labels | head -n 1)" = "violin:1 voice:1" ]
    printf 'strings:\n  bowed: [violin section]\nvoices: [female singer]\n' > medleydb/taxonomy.yaml
    ir-label medleydb medleydb --rare 0 --labels family 2> /dev/null > l
    [ "$(classes l)" = "S03 bowed piano voices" ]
    run -1 ir-label medleydb medleydb --labels family --ontology none.yaml
    [ "$output" = "ir-label: --labels family (see --ontology): none.yaml: No such file or directory" ]
    ir-label medleydb medleydb --rare 0 --only 'Ann*' 2> /dev/null | tail -n 1 | grep -qx '#end 3'
    # without the sound the last row tells: 74 rows of 46 ms, so 3 clips as well, and 2
    rm -r medleydb/Audio/*/*.wav
    run -1 ir-label medleydb medleydb
    ir-label medleydb medleydb --no-audio 2> /dev/null | tail -n 1 | grep -qx '#end 5'
    run -1 ir-label medleydb medleydb --no-audio --published 2way
    [ "$output" = "ir-label: track Ann_One is not in the published split 2way" ]
    run -1 ir-label medleydb medleydb --published 3way
    [ "$output" = "ir-label: --published 3way: medleydb has 2way and 5way" ]
    rm medleydb/Audio/Bob_Two/*.yaml
    run -1 ir-label medleydb medleydb --no-audio
    [[ "$output" == "ir-label: track Bob_Two: no file Bob_Two_METADATA.yaml in medleydb/Audio" ]]
}

@test "audioset: the three forms of list, names of files, videos that went away" {
    ir-label audioset audioset > l 2> err
    [ "$(tail -n 1 l)" = "#end 4" ]
    [ "$(cat err)" = "ir-label: 1 listed sound files are not there, first audioset/audio/eeeeeeeeee5.wav" ]
    [ "$(column l path | tr '\n' ,)" = "audioset/audio/-aaaaaaaaa1.wav,audioset/audio/YYbbbbbbbbb2.wav,audioset/audio/ccccccccc_3_0_10000.wav,audioset/audio/dddddddddd4_1.000.wav," ]
    ir-label audioset audioset --no-audio > l 2> err
    [ "$(cat err)" = "ir-label: 1 classes are in the lists but have no name, first /m/x" ]
    [ "$(column l split | tr '\n' ,)" = "train,train,train,train,test," ]
    ir-label audioset audioset --no-audio --subset eval 2> /dev/null | tail -n 1 | grep -qx '#end 1'
}

@test "audioset: classes with what is below them, other, and clips of two classes" {
    k=('--class' 'Keys=/m/k+' '--class' 'Drum=Drums+')
    ir-label audioset audioset --no-audio "${k[@]}" --overlap drop --other Else=Music > l 2> err
    [ "$(classes l)" = "Keys Drum Else" ]
    [ "$(column l labels | tr '\n' ,)" = "Keys:1,Drum:1,Else:1,Keys:1," ]
    [ "$(cat err)" = "ir-label: left out: 0 segments of none of the classes, 1 of several" ]
    ir-label audioset audioset --no-audio "${k[@]}" --overlap first > l 2> /dev/null
    [ "$(column l labels | tr '\n' ,)" = "Keys:1,Drum:1,Keys:1,Keys:1," ]
    ir-label audioset audioset --no-audio "${k[@]}" --overlap multi > l 2> /dev/null
    [ "$(column l labels | sed -n 3p)" = "Keys:1 Drum:1" ]
    ir-label audioset audioset --no-audio --class 'K=/m/k' --class 'P=Piano%2C grand' > l 2> /dev/null
    [ "$(column l labels | tr '\n' ,)" = "P:1,K:1,P:1," ]
    run -1 ir-label audioset audioset --no-audio --class 'K=/m/zz'
    [ "$output" = "ir-label: --class: no class /m/zz in this data set" ]
    run -1 ir-label audioset audioset --no-audio "${k[@]}" --overlap some
    [ "$output" = "ir-label: --overlap some: wanted drop, first or multi" ]
    mv audioset/ontology.json o.json
    run -1 ir-label audioset audioset --no-audio --class 'K=/m/k+'
    [[ "$output" == *"the classes below it stand in ontology.json, which is not there"* ]]
    ir-label audioset audioset --no-audio --class 'K=/m/k+' --ontology o.json 2> /dev/null | tail -n 1 | grep -qx '#end 3'
}

@test "audioset: damaged lists" {
    t=audioset/eval_segments.csv
    bad() {
        run -1 ir-label audioset audioset --no-audio
        [ "$output" = "ir-label: eval_segments.csv$1" ] || { echo "found $output"; return 1; }
    }
    printf '# x\neeeeeeeeee5,5,15,/m/k,/m/p\n' > $t; bad ':2: found 5 fields, wanted YTID, start, end and quoted labels'
    printf 'eeeeeeeeee5;5;15;/m/k\n' > $t; bad ':1: found 1 fields, wanted YTID, start, end and quoted labels'
    printf 'eee,5,15,/m/k\n' > $t; bad ':1: eee is no video id, wanted 11 characters'
    printf 'eeeeeeeeee5,5,x,/m/k\n' > $t
    run -1 ir-label audioset audioset --no-audio
    [[ "$output" == "ir-label: eval_segments.csv:1: "* ]]
    printf 'dddddddddd4,5,6,/m/k\n' > $t; bad ':1: duplicate segment of dddddddddd4, first on line 2 of its list'
}

@test "openmic: unknown is not zero; threshold, relevance, partition, artists" {
    ir-label openmic openmic > l
    [ "$(classes l)" = "drums flute" ]
    grep -qx '#labels=open' l
    [ "$(column l labels | tr '\n' ,)" = "flute:1 drums:0,drums:1," ]
    [ "$(column l split | tr '\n' ,)" = "train,test," ]
    [ "$(column l artist | tr '\n' ,)" = "Ann,Bob," ]
    ir-label openmic openmic --threshold 0.6 > l
    [ "$(column l labels | tr '\n' ,)" = "flute:1 drums:0,drums:0," ]
    ir-label openmic openmic --labels relevance > l
    [ "$(column l labels | tr '\n' ,)" = "flute:0.7 drums:0.2,drums:0.5," ]
    ir-label openmic openmic --group-by artist --folds 2 > l
    [ "$(column l group | tr '\n' ,)" = "Ann,Bob," ]
    t=openmic/openmic-2018-aggregated-labels.csv
    echo '000001_0,flute,0.1,3' >> $t
    run -1 ir-label openmic openmic
    [ "$output" = "ir-label: $t:5: flute of 000001_0 stands twice, first on line 2" ]
    sed -i '5s/.*/000001_0,oboe,0.1,3/' $t
    run -1 ir-label openmic openmic
    [ "$output" = "ir-label: $t:5: unknown instrument oboe" ]
    sed -i '5s/.*/000002_10,flute,01.Jan,3/' $t
    run -1 ir-label openmic openmic
    [ "$output" = "ir-label: $t:5: relevance is 01.Jan, wanted a number (a date made by a spreadsheet?)" ]
    sed -i 5d $t
    echo 000001_0 >> openmic/partitions/split01_test.csv
    run -1 ir-label openmic openmic
    [ "$output" = "ir-label: openmic/partitions/split01_test.csv:2: 000001_0 is in both partitions" ]
}

@test "nsynth: families with a _, instruments as groups, official splits that share some" {
    ir-label nsynth nsynth > l 2> err
    [ "$(classes l)" = synth_lead ]
    [ "$(column l split | sort | uniq -c | tr -s ' ' | tr '\n' ,)" = " 2 test, 2 train, 2 valid," ]
    grep -q 'the official splits divide groups: 4 clips lose theirs, first group synth_lead_electronic_005' err
    grep -q '1 sound files are not named FAMILY_SOURCE_NNN-PITCH-VELOCITY' err
    ir-label nsynth nsynth --split a=0.5,b=0.5 > l 2> /dev/null
    [ "$(paste <(column l group) <(column l split) | sort -u | wc -l)" -eq 2 ]
    ir-label nsynth nsynth --no-audio --labels source > l 2> /dev/null
    [ "$(tail -n 1 l)" = "#end 3" ]
    [ "$(classes l)" = electronic ]
}

@test "tinysol: folds, and splits by take" {
    ir-label tinysol tinysol --fold 4 > l 2> err
    [ "$(column l split | tr '\n' ,)" = "train,test," ]
    grep -q '1 sound files in tinysol/audio are not in tinysol/annotation/TinySOL_metadata.csv, first Winds/Oboe/extra.wav' err
    ir-label tinysol tinysol --group-by take --split a=0.5,b=0.5 > l 2> /dev/null
    [ "$(column l split | sort -u | wc -l)" -eq 1 ]
}

@test "slakh: mixes and stems, one song rendered twice is one group" {
    ir-label slakh slakh > l 2> err
    [ "$(column l labels | tr '\n' ,)" = "Bass:1 Strings (continued):1,Bass:1,Bass:1," ]
    [ "$(column l group | tr '\n' ,)" = "song2,song1,song1," ]
    [ "$(column l split | tr '\n' ,)" = "test,train,train," ]
    [ "$(grep -c '1 of 2 stems have no sound' err)" -eq 2 ]
    ir-label slakh slakh --subset stems --labels program > l 2> /dev/null
    [ "$(column l labels | sort | uniq -c | tr -s ' ' | tr '\n' ,)" = " 1 Harp:1, 3 Slap Bass:1," ]
    printf 'stems: {S00: {}}\n' > slakh/train/Track00001/metadata.yaml
    run -1 ir-label slakh slakh
    [[ "$output" == *"track train/Track00001: stem 0 has no inst_class" ]]
    printf 'stems: {S00\n' > slakh/train/Track00001/metadata.yaml
    run -1 ir-label slakh slakh
    [[ "$output" == *"metadata.yaml:"*": not valid YAML: "* ]]
}

@test "stems: instruments from names, activations, mixes" {
    ir-label stems stems > l
    [ "$(column l labels | tr '\n' ,)" = "violin:1,violin:1,electric bass:1," ]
    [ "$(column l group | sort -u)" = "My Song" ]
    command -v ir-decode > /dev/null || skip "no ir-decode"
    mkdir labs
    run -0 bash -c "ir-decode --rate 44100 --channels 1 l | ir-label --activations labs"
    [ "$output" = "labs/My Song_ACTIVATION_CONF.lab" ]
    [ "$(head -n 1 "$output")" = "time,violin,electric bass" ] || [ "$(head -n 1 "$output")" = "time,electric bass,violin" ]
    [ "$(sed -n 2p "$output")" = "0.0000,0.0474,0.0474" ]
    ir-label activations stems --annotations labs > m
    [ "$(tail -n 1 m)" = "#end 1" ]
    [ "$(column m path)" = "stems/My Song/mix.wav" ]
    run -1 bash -c "ir-decode --rate 22050 --channels 1 l | ir-label --activations labs"
    [[ "$output" == *"rate 22050 Hz, wanted 44100 Hz"* ]]
    run -1 bash -c "ir-decode --rate 44100 --segment 0.5 l | ir-label --activations labs"
    [[ "$output" == *"stems are wanted whole, not in segments"* ]]
}

@test "every data set is deterministic, and refuses an empty folder" {
    mkdir empty
    while read -r name dir; do
        ir-label "$name" "$dir" --no-prog > one 2> /dev/null
        ir-label "$name" "$dir" --no-prog > two 2> /dev/null
        cmp one two
        run -1 ir-label "$name" empty
        [[ "$output" == "ir-label: empty: "* ]] || { echo "$name: $output"; false; }
    done <<L
folder folder
philharmonia phil
irmas irmas
medley-solos-db medley
medleydb medleydb
audioset audioset
openmic openmic
nsynth nsynth
tinysol tinysol
slakh slakh
stems stems
L
}
