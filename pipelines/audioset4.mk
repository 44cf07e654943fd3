# Experiment 000, Haidar-Ahmad (CS230): piano, drums, flute and other in 10 s clips of AudioSet; 128 mel bands at 16 kHz,
# a CNN, white noise as augmentation. Left open by the paper, and what is taken here: Drums is AudioSet's drum and drum
# kit with all below them, Other is music with none of the three, clips of two of them are dropped (all four are options
# of ir-label); four convolutions and two dense layers; dB with top_db 80; Adam at 1e-3, batches of 32; noise at an SNR of
# 10 to 30 dB with probability 0.5; the epoch with the best macro F1 on the validation clips is kept. The recurrent
# networks and several instruments at once are what the paper names as future work.

audioset4.title     := 000 AudioSet, piano/drums/flute/other
audioset4.standin   := audioset
audioset4.label     := audioset --labels 000
audioset4.sets      := four
audioset4.set.four  := --per-class 2400 --split train=0.83334,valid=0.08333,test=0.08333
audioset4.set.multi := --overlap multi --per-class 2400 --split train=0.83334,valid=0.08333,test=0.08333
audioset4.sets.standin   := standin
audioset4.set.standin    = --from $(DIR)/splits.csv
audioset4.set.several    = --overlap multi --from $(DIR)/splits.csv
audioset4.decode    := --rate 16000 --channels 1 --segment 10
audioset4.frontend  := mel
audioset4.front.mel := ir-mel --preset torchaudio --log db --ref 1 --top-db 80
audioset4.front.power := ir-mel --preset torchaudio
audioset4.front.mfcc  := ir-mel --mfcc --preset torchaudio --coeffs 40
audioset4.front.stft  := ir-mel --feature stft --preset torchaudio --log db --ref 1 --top-db 80
audioset4.front.gauss := ir-mel --mfcc --preset torchaudio --coeffs 20 --deltas 1 --summary gaussian
audioset4.frontend.learner := gauss
audioset4.augment.noise := -a 'noise snr=10..30 p=0.5'
audioset4.nets      := cnn mean crnn gru
audioset4.nets.mfcc := any
audioset4.nets.stft := any
audioset4.net.cnn   := pipelines/nets/audioset4.net
audioset4.net.mean  := pipelines/nets/audioset4-mean.net
audioset4.net.crnn  := pipelines/nets/audioset4-crnn.net
audioset4.net.gru   := pipelines/nets/audioset4-gru.net
audioset4.net.several := pipelines/nets/audioset4-several.net
audioset4.net.any   := pipelines/nets/any-single.net
audioset4.learner.forest := forest
audioset4.runs      := four:mel:cnn four:mel+noise:cnn four:mel:mean four:mel:crnn four:mel:gru four:gauss:forest multi:mel:several
audioset4.runs.standin := standin:mel:cnn standin:mel+noise:cnn standin:mel:mean standin:mel:crnn standin:mel:gru \
    standin:gauss:forest several:mel:several
audioset4.train     := --optim adam --lr 0.001 --batch 32 --epochs 30 --best macro-f1
audioset4.train.standin := --epochs 12
audioset4.listing   := --errors 120
audioset4.published := pipelines/published/audioset.tsv
audioset4.system.cnn := cnn
audioset4.metrics   := accuracy:- precision:macro recall:macro f1:macro
audioset4.metrics.several := exact_match:- precision:macro recall:macro f1:macro f1:micro
