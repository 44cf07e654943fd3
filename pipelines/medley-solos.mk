# Experiment 001, Martinez Ferrer ("Music Box"): two, three and four instruments of Medley-solos-DB as 129 x 129 mel
# pictures, small CNNs with stride 2. Its validation accuracy is also its test accuracy, on clips of the artists it trained
# on. So twice: "official" trains on the training subset, chooses on the validation subset and tests on the test subset
# (artists apart); "published" draws 729 clips a class from one subset and halves them at random. Open in the paper, taken
# here: n_fft 2048, dB below each clip's maximum, Adam at 1e-3, batches of 32, 30 epochs, ReLU, dropout 0.25.

medley-solos.title   := 001 Medley-solos-DB, 2/3/4 instruments
medley-solos.standin := medley-solos-db
medley-solos.label   := medley-solos-db
medley_two   := distorted electric guitar,female singer
medley_three := $(medley_two),clarinet
medley_four  := $(medley_three),piano
medley_half  := --select test --group-by clip --split train=0.5,valid=0.5
medley-solos.sets    := official2 official3 official4 published2 published3 published4
medley-solos.set.official2  := --classes '$(medley_two)'
medley-solos.set.official3  := --classes '$(medley_three)'
medley-solos.set.official4  := --classes '$(medley_four)'
medley-solos.set.official8  :=
medley-solos.set.published2 := --classes '$(medley_two)' $(medley_half) --per-class 729
medley-solos.set.published3 := --classes '$(medley_three)' $(medley_half) --per-class 729
medley-solos.set.published4 := --classes '$(medley_four)' $(medley_half) --per-class 729
medley-solos.test.published2 := valid
medley-solos.test.published3 := valid
medley-solos.test.published4 := valid
medley-solos.decode  := --rate 22050 --channels 1
medley-solos.frontend := mel
medley-solos.front.mel   := ir-mel --preset librosa-0.8 --bands 129 --log db --ref max --top-db 80
medley-solos.front.mfcc  := ir-mel --mfcc --preset librosa-0.8 --coeffs 20 --deltas 2
medley-solos.front.stft  := ir-mel --feature stft --preset librosa-0.8 --log db --ref max --top-db 80
medley-solos.front.gauss := ir-mel --mfcc --preset librosa-0.8 --coeffs 20 --deltas 2 --summary gaussian
medley-solos.frontend.learner := gauss
medley-solos.nets := 0a 1 2 2b 3a 3b
medley-solos.nets.mfcc := any
medley-solos.nets.stft := any
medley-solos.net.0a := pipelines/nets/medley-solos-0a.net
medley-solos.net.1  := pipelines/nets/medley-solos-1.net
medley-solos.net.2  := pipelines/nets/medley-solos-2.net
medley-solos.net.2b := pipelines/nets/medley-solos-2b.net
medley-solos.net.3a := pipelines/nets/medley-solos-3a.net
medley-solos.net.3b := pipelines/nets/medley-solos-3b.net
medley-solos.net.crnn := pipelines/nets/medley-solos-crnn.net
medley-solos.net.any  := pipelines/nets/any-single.net
medley-solos.learner.forest := forest
# The rows of the paper's table; 8: the data set's own task, beside the recurrent network and a forest.
medley_rows = $(1)2:mel:0a $(1)2:mel:1 $(1)2:mel:2 $(1)2:mel:2b $(1)2:mel:3a $(1)2:mel:3b $(1)3:mel:0a $(1)4:mel:0a $(1)4:mel:2
medley-solos.runs := $(call medley_rows,published) $(call medley_rows,official) official8:mel:crnn official8:gauss:forest
medley-solos.train := --optim adam --lr 0.001 --batch 32 --epochs 30
medley-solos.train.standin.crnn := --epochs 8
medley-solos.published := pipelines/published/medley-solos.tsv
medley-solos.system.published2.0a := 2-0a
medley-solos.system.published2.2  := 2-2
medley-solos.system.published2.3b := 2-3
medley-solos.system.published3.0a := 3-0a
medley-solos.system.published4.0a := 4-0a
medley-solos.system.published4.2  := 4-2
medley-solos.metrics := accuracy:- f1:macro
