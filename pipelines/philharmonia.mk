# Experiment 004, Jawaherlalnehru & Jothilakshmi: one-second mel spectrograms saved as 150x150 pictures, ten classes
# of the Philharmonia Orchestra's sample library, 450 pictures each. Two readings of the network (a literal, b the
# common small picture network that it resembles); two splits: published (single pictures at random: takes of one
# note fall on both sides) and strict (an instrument's note is on one side only). The picture is a recording's first
# second, the rest of a shorter one silent.

philharmonia.title  := 004 Philharmonia, spectrogram images
philharmonia.label  := philharmonia --per-class 450
philharmonia.sets   := published strict
philharmonia.set.published := --group-by clip --split train=0.8,valid=0.15,test=0.05
philharmonia.set.strict    := --split train=0.8,valid=0.15,test=0.05
philharmonia.decode := --rate 22050 --channels 1 --segment 1
philharmonia.frontend := image
philharmonia.front.image := ir-cat --id '*\#0' | ir-mel --preset librosa --bands 96 --log db --ref max --top-db 80 \
    --image 150x150 --colormap jet
philharmonia.front.gray := ir-cat --id '*\#0' | ir-mel --preset librosa --bands 96 --log db --ref max --top-db 80 \
    --image 150x150 --colormap gray
philharmonia.nets   := a b
philharmonia.net.a  := pipelines/nets/philharmonia-a.net
philharmonia.net.b  := pipelines/nets/philharmonia-b.net
philharmonia.train  := --optim rmsprop --lr 0.001 --batch 32 --epochs 30
philharmonia.score  := --against pipelines/published/philharmonia.tsv
