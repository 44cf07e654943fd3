#!/bin/sh
# make.sh DIR - small data sets of our own in the layouts of the real ones: made-up names and labels, silent WAVs.
# Nothing here is copied from a data set; tests/tools/label_sets.bats reads it.
set -eu
dir=$1
mkdir -p "$dir"
cd "$dir"

le32() { printf "\\$(printf %03o $(($1 % 256)))\\$(printf %03o $(($1 / 256 % 256)))\\$(printf %03o $(($1 / 65536 % 256)))\\$(printf %03o $(($1 / 16777216)))"; }
# wav FILE SAMPLES: 16 bit, mono, 44.1 kHz, silent
wav() {
    mkdir -p "$(dirname "$1")"
    { printf RIFF; le32 $((36 + 2 * $2)); printf 'WAVEfmt \020\000\000\000\001\000\001\000'; le32 44100; le32 88200
      printf '\002\000\020\000data'; le32 $((2 * $2)); head -c $((2 * $2)) /dev/zero; } > "$1"
}

# ---- folder: odd names
wav "folder/bass drum/a [1].wav" 44100
wav "folder/bass drum/b\"q'.wav" 22050
wav "folder/bass drum/copy of take one.wav" 100
wav "folder/flute/sub/take one.wav" 100
wav "folder/flute/new
line.wav" 10
wav "folder/flute/take one (1).wav" 50
wav "folder/stray.wav" 10
: > "folder/flute/notes.txt"
wav "folder/flute/.hidden.wav" 10

# ---- philharmonia: three takes of two notes
for i in oboe 'english-horn'; do
    d=$i; [ "$i" = oboe ] || d="cor anglais"
    for n in A4 As4 C5; do for l in 05 1 15; do wav "phil/$d/${i}_${n}_${l}_forte_normal.mp3" 4; done; done
done
wav "phil/oboe/readme.wav" 4

# ---- irmas: both name forms, the unknown drum tag, a file in another folder, a song in two parts
for f in 'cla/[cla][cla]0001__1' 'cla/[cla][cla]0001__2' 'cla/[cla][cla]0001__3' 'cla/017__[cel][nod][cla]0002__1' \
    'pia/[pia][cla]0003__1' 'gel/220__[gel][dru][pop_roc]0004__1' 'gac/[gac][cou_fol]0005__1' \
    'tru/205__[tru][---][jaz_blu]0006__1'; do
    wav "irmas/IRMAS-TrainingData/$f.wav" 30
done
for p in 1 2; do
    t="irmas/IRMAS-TestingData-Part$p/Part$p/01 - My Song (live)-$p"
    wav "$t.wav" 30
    printf 'gel\t\ngac\t\nvoi\t\n' > "$t.txt"
done
printf 'cel\t\r\n' > "irmas/IRMAS-TestingData-Part2/Part2/other-7.txt"
wav "irmas/IRMAS-TestingData-Part2/Part2/other-7.wav" 30

# ---- medley-solos-db
mkdir -p medley/annotation
{
    echo 'subset,instrument,instrument_id,song_id,uuid4'
    n=0
    for s in training validation test; do
        for i in 'clarinet 0' 'flute 3' 'violin 7'; do
            n=$((n + 1))
            u=00000000-0000-4000-8000-00000000000$n
            echo "$s,${i% *},${i#* },$n,$u"
            wav "medley/audio/Medley-solos-DB_$s-${i#* }_$u.wav" 1000 >&2
        done
    done
} > medley/annotation/Medley-solos-DB_metadata.csv

# ---- medleydb: two tracks; S03 of the second has no stem, its S02 no column
mkdir -p medleydb/Annotations/Instrument_Activations/ACTIVATION_CONF
awk 'BEGIN { d = "medleydb/Annotations/Instrument_Activations/ACTIVATION_CONF/"
    f = d "Ann_One_ACTIVATION_CONF.lab"; print "time,S01,S02" > f
    for (t = 0; t < 75; t++) printf("%.4f,%.4f,%.4f\n", t * 2048 / 44100, (t < 22 ? 0.9 : 0.1), (t >= 43 ? 0.6 : 0.4)) > f
    f = d "Bob_Two_ACTIVATION_CONF.lab"; print "time,S01,S03" > f
    for (t = 0; t < 54; t++) printf("%.4f,%.4f,%.4f\n", t * 2048 / 44100, (t % 3 ? 0.2 : 0.9), 0.7) > f }'
wav medleydb/Audio/Ann_One/Ann_One_MIX.wav 154350
wav medleydb/Audio/Bob_Two/Bob_Two_MIX.wav 110250
cat > medleydb/Audio/Ann_One/Ann_One_METADATA.yaml <<'Y'
artist: Ann
stems:
  S01: {component: '', filename: a.wav, instrument: violin section}
  S02: {component: '', filename: b.wav, instrument: female singer}
Y
cat > medleydb/Audio/Bob_Two/Bob_Two_METADATA.yaml <<'Y'
artist: Bob
stems:
  S01: {instrument: piano}
  S02: {instrument: tabla}
Y

# ---- audioset: a tree of five classes, three lists in the three forms of head
mkdir -p audioset/audio
cat > audioset/class_labels_indices.csv <<'Y'
index,mid,display_name
0,/m/k,"Keyboard"
1,/m/p,"Piano, grand"
2,/m/d,"Drums"
3,/m/s,"Snare"
4,/m/m,"Music"
Y
cat > audioset/ontology.json <<'Y'
[{"id": "/m/m", "name": "Music", "child_ids": ["/m/k", "/m/d"]},
 {"id": "/m/k", "name": "Keyboard", "child_ids": ["/m/p"]},
 {"id": "/m/p", "name": "Piano, grand", "child_ids": []},
 {"id": "/m/d", "name": "Drums", "child_ids": ["/m/s", "/m/d"]},
 {"id": "/m/s", "name": "Snare", "child_ids": []}]
Y
printf '# created\n# num=3\n# YTID, start_seconds, end_seconds, positive_labels\n' > audioset/balanced_train_segments.csv
printf '%s\n' '-aaaaaaaaa1, 30.000, 40.000, "/m/p,/m/m"' 'Ybbbbbbbbb2, 0.000, 10.000, "/m/s"' \
    'ccccccccc_3, 0.000, 10.000, "/m/s,/m/k"' >> audioset/balanced_train_segments.csv
printf 'YTID,start_seconds,end_seconds,positive_labels\ndddddddddd4,1,11,/m/m\n' > audioset/unbalanced_train_segments.csv
printf '# YTID, start_seconds, end_seconds, positive_labels\r\neeeeeeeeee5,5,15,"/m/x,/m/p"\r\n' > audioset/eval_segments.csv
wav audioset/audio/-aaaaaaaaa1.wav 10
wav audioset/audio/YYbbbbbbbbb2.wav 10
wav audioset/audio/ccccccccc_3_0_10000.wav 10
wav audioset/audio/dddddddddd4_1.000.wav 10

# ---- openmic
mkdir -p openmic/partitions
echo '{"flute": 1, "drums": 0}' > openmic/class-map.json
printf 'sample_key,instrument,relevance,num_responses\n000001_0,flute,0.7,3\n000001_0,drums,0.2,3\n000002_10,drums,0.5,3\n' \
    > openmic/openmic-2018-aggregated-labels.csv
echo 000001_0 > openmic/partitions/split01_train.csv
echo 000002_10 > openmic/partitions/split01_test.csv
printf 'track_title,artist_name,sample_key\n"a ""b"", c",Ann,000001_0\nx,Bob,000002_10\n' > openmic/openmic-2018-metadata.csv
wav openmic/audio/000/000001_0.ogg 10
wav openmic/audio/000/000002_10.ogg 10

# ---- nsynth
for s in train valid test; do
    for n in 040 041; do wav "nsynth/nsynth-$s/audio/synth_lead_electronic_00${#s}-$n-127.wav" 10; done
    printf '{"synth_lead_electronic_00%s-040-127": {"pitch": 40}}\n' ${#s} > nsynth/nsynth-$s/examples.json
done
wav nsynth/nsynth-train/audio/odd.wav 10

# ---- tinysol
mkdir -p tinysol/annotation
printf 'Path,Fold,Family,Instrument (abbr.),Instrument (in full),Pitch,Dynamics\nWinds/Oboe/a.wav,0,Winds,Ob,Oboe,A4,mf\nWinds/Oboe/b.wav,4,Winds,Ob,Oboe,A4,pp\n' \
    > tinysol/annotation/TinySOL_metadata.csv
wav tinysol/audio/Winds/Oboe/a.wav 10
wav tinysol/audio/Winds/Oboe/b.wav 10
wav tinysol/audio/Winds/Oboe/extra.wav 10

# ---- slakh: one song rendered twice, a stem without sound
for t in train/Track00001 train/Track00002 test/Track00003; do
    u=song1; [ $t != test/Track00003 ] || u=song2
    mkdir -p slakh/$t
    printf 'UUID: %s\nstems:\n  S00: {inst_class: Bass, midi_program_name: Slap Bass}\n  S01: {inst_class: Strings (continued), midi_program_name: Harp}\n' $u > slakh/$t/metadata.yaml
    wav slakh/$t/mix.flac 10
    wav slakh/$t/stems/S00.flac 10
done
wav slakh/test/Track00003/stems/S01.flac 10

# ---- stems
wav "stems/My Song/01 violin.wav" 66150
wav "stems/My Song/02_violin_2.wav" 66150
wav "stems/My Song/electric_bass-3.wav" 66150
wav "stems/My Song/mix.wav" 66150
