# Experiment 004, Jawaherlalnehru & Jothilakshmi: one-second mel spectrograms saved as 150x150 pictures, ten classes
# of the Philharmonia Orchestra's sample library, 450 pictures each. Two readings of the network (a literal, b the
# common small picture network that it resembles); two splits: published (single pictures at random: takes of one
# note fall on both sides) and strict (an instrument's note is on one side only). The picture is a recording's first
# second, the rest of a shorter one silent.

philharmonia.title  := 004 Philharmonia, spectrogram images
philharmonia.standin := philharmonia
philharmonia.label  := philharmonia --per-class 450
philharmonia.sets   := published strict
philharmonia.set.published := --group-by clip --split train=0.8,valid=0.15,test=0.05
philharmonia.set.strict    := --split train=0.8,valid=0.15,test=0.05
philharmonia.sets.standin  := standin
philharmonia.set.standin   := --split train=0.7,valid=0.1,test=0.2
philharmonia.decode := --rate 22050 --channels 1 --segment 1
philharmonia.frontend := image
philharmonia_mel := ir-cat --id '*\#0' | ir-mel --preset librosa --bands 96 --log db --ref max --top-db 80
philharmonia.front.image := $(philharmonia_mel) --image 150x150 --colormap jet
philharmonia.front.gray  := $(philharmonia_mel) --image 150x150 --colormap gray
philharmonia.front.mel   := $(philharmonia_mel)
philharmonia.front.mfcc  := ir-cat --id '*\#0' | ir-mel --mfcc --preset librosa --coeffs 20 --deltas 2
philharmonia.front.gauss := ir-cat --id '*\#0' | ir-mel --mfcc --preset librosa --coeffs 20 --deltas 2 --summary gaussian
philharmonia.frontend.learner := gauss
philharmonia.nets   := a b
philharmonia.nets.gray := any
philharmonia.nets.mel  := any
philharmonia.nets.mfcc := any
philharmonia.net.a  := pipelines/nets/philharmonia-a.net
philharmonia.net.b  := pipelines/nets/philharmonia-b.net
philharmonia.net.any := pipelines/nets/any-single.net
philharmonia.learner.forest := forest
philharmonia.learner.knn    := knn
philharmonia.train  := --optim rmsprop --lr 0.001 --batch 32 --epochs 30
philharmonia.published := pipelines/published/philharmonia.tsv
philharmonia.system.a := cnn
philharmonia.system.b := cnn
philharmonia.metrics := accuracy:- log_loss:- f1:macro
