# Experiment 003, Li, Qian & Wang (arXiv 1511.05520): which of eleven groups of instruments sound in one second of MedleyDB;
# a CNN on raw stereo sound (36,491,467 parameters) beside MFCC baselines. The table of the paper mixes two test sets: its
# baselines are on the 25 tracks of the two-way split ("two"), its CNN was almost certainly measured on fold 4 of the
# five-way split ("five"). Both are here, and each run says which one it had. The majority row needs no sound, only the
# annotations: make medleydb DATA=DIR RUNS='annotations:labels:majority annotations5:labels:majority'.

medleydb.title   := 003 MedleyDB, raw sound against MFCC
medleydb.standin := medleydb
medleydb.label   := medleydb
medleydb.sets    := two five
medleydb.set.two     := --published 2way
medleydb.set.five    := --published 5way --fold 4
medleydb.set.annotations  := --published 2way --no-audio
medleydb.set.annotations5 := --published 5way --fold 4 --no-audio
medleydb.sets.standin := standin
medleydb_eleven := acoustic guitar,clean electric guitar,distorted electric guitar,drum set,electric bass,fx/processed sound,piano,synthesizer,violin,voice
medleydb.set.standin = --rare 0 --classes '$(medleydb_eleven)' --other-class OTHER --keep-unlabelled --from $(DIR)/splits.csv
medleydb.decode        := --rate 44100 --channels 1
medleydb.decode.raw    := --rate 44100 --channels 2
medleydb.frontend := raw
medleydb.front.raw   :=
medleydb.front.mfcc  := ir-mel --mfcc --preset librosa-0.8 --rate 44100 --coeffs 20 --deltas 2 --delta-form librosa-0.4
medleydb.front.gauss := ir-mel --mfcc --preset librosa-0.8 --rate 44100 --coeffs 20 --deltas 2 --delta-form librosa-0.4 --summary gaussian
medleydb.front.mel   := ir-mel --preset librosa-0.8 --rate 44100 --bands 128 --log db --ref 1 --top-db 80
medleydb.front.stft  := ir-mel --feature stft --preset librosa-0.8 --rate 44100 --log db --ref 1 --top-db 80
medleydb.frontend.learner := gauss
medleydb.nets       := cnn
medleydb.nets.mfcc  := mfcc-cnn
medleydb.nets.gauss := forest logistic majority
medleydb.nets.mel   := any
medleydb.nets.stft  := any
medleydb.net.cnn      := pipelines/nets/medleydb-raw.net
medleydb.net.mfcc-cnn := pipelines/nets/medleydb-mfcc.net
medleydb.net.any      := pipelines/nets/any-multi.net
medleydb.learner.forest   := forest trees=100
medleydb.learner.logistic := logistic c=1
medleydb.learner.svm      := svm
medleydb.learner.majority := majority labels=3
medleydb_rows = $(1):gauss:majority $(1):gauss:logistic $(1):gauss:forest $(1):mfcc:mfcc-cnn $(1):raw:cnn
medleydb.runs := $(call medleydb_rows,two) five:gauss:majority five:raw:cnn
medleydb.runs.standin := $(call medleydb_rows,standin)
medleydb_sgd := --optim sgd,momentum=0.9,dampening=0.9 --batch 16
medleydb.train.cnn      := $(medleydb_sgd) --lr 0.07 --schedule inverse,k=8e-5 --epochs 499
medleydb.train.mfcc-cnn := $(medleydb_sgd) --lr 0.08 --schedule inverse,k=8e-5 --epochs 499
medleydb.train.any      := --optim adam --lr 0.001 --batch 32 --epochs 30
medleydb.train.standin.cnn      := --epochs 14 --best micro-f1
medleydb.train.standin.mfcc-cnn := --epochs 20 --best micro-f1
medleydb.train.standin.any      := --epochs 12
medleydb.score     := --metrics cell_accuracy,exact_match,precision,recall,f1
medleydb.published := pipelines/published/medleydb.tsv
medleydb.system.cnn      := cnn
medleydb.system.forest   := forest
medleydb.system.logistic := logistic
medleydb.system.majority := majority
medleydb.system.five.majority := majority-fold4
medleydb.system.annotations5.majority := majority-fold4
medleydb.metrics   := cell_accuracy:- exact_match:- precision:micro recall:micro f1:micro f1:macro
medleydb.note.cnn  := $(if $(call data,medleydb),,fewer clips and epochs than the paper: it had 21,177 and up to 499)
medleydb.figures.cnn := filters spectra
medleydb.compare   := cnn f1:micro
