# Experiment 002, Dahan & Hefetz: IRMAS with nine spectrograms (850,763 parameters), three spectrograms (283,595), and
# three branches of PANNs' first convolutions (8,598,603) in three modes: scratch; intended (branches frozen for four epochs
# at 0.003, then everything at 0.0002); published (what their program does: branches stay frozen, their batch norms drift,
# 0.003 throughout). With weights: PANNS=FILE, the checkpoint of Cnn14 as safetensors or npz, or a model file that has the
# branches' parameters. Without it the branches that "published" and "intended" freeze have random weights.
# Labels: "published" repeats the authors' reading of the file names, in which the genre tag [cla] becomes a clarinet;
# "folder" is IRMAS' own; "eleven" is the official protocol (eleven classes, several a file) with the network of Han et al. 2017,
# one-second windows summed over a file. Scored as they did: the first class of a whole file is right when it is in the file's label set.

irmas.title   := 002 IRMAS, multi-resolution spectrograms
irmas.standin := irmas
irmas.label   := irmas
irmas.sets    := published folder
irmas_split   := --of train --group-by clip --split train=0.8,valid=0.2
irmas.set.published := --labels published $(irmas_split)
irmas.set.folder    := --labels folder --merge 'acoustic_guitar=gac,gel' --of train --split train=0.8,valid=0.2
irmas.set.eleven    := --labels folder --of train --split train=0.85,valid=0.15
irmas.decode  := --rate 22050 --channels 1
irmas_stft    := ir-mel --preset librosa --feature stft --spectrum magnitude --hop 1/4 --log db --ref max --top-db 80
irmas.frontend := three
irmas.front.three := $(irmas_stft) --bands low=0..1000:1024,mid=1000..4000:512,high=4000..11025:256
irmas.front.nine  := $(irmas_stft) --bands low_256=0..1000:256,mid_256=1000..4000:256,high_256=4000..11025:256,low_512=0..1000:512,mid_512=1000..4000:512,high_512=4000..11025:512,low_1024=0..1000:1024,mid_1024=1000..4000:1024,high_1024=4000..11025:1024
irmas.decode.han  := --rate 22050 --channels 1 --segment 0.9752381 --last drop
irmas.front.han   := ir-mel --preset librosa --bands 128 --log db --top-db 80
irmas.front.mel   := ir-mel --preset librosa --bands 128 --log db --ref max --top-db 80
irmas.front.mfcc  := ir-mel --mfcc --preset librosa --coeffs 20 --deltas 2
irmas.front.stft  := ir-mel --feature stft --preset librosa --log db --ref max --top-db 80
irmas.front.gauss := ir-mel --mfcc --preset librosa --coeffs 20 --deltas 2 --summary gaussian
irmas.frontend.learner := gauss
irmas.nets       := 3
irmas.nets.nine  := 9
irmas.nets.mel   := any
irmas.nets.han   := han
irmas.nets.mfcc  := any
irmas.nets.stft  := any
irmas.net.9      := pipelines/nets/irmas-9.net
irmas.net.3      := pipelines/nets/irmas-3.net
irmas.net.scratch   := pipelines/nets/irmas-panns.net
irmas.net.published := pipelines/nets/irmas-panns.net
irmas.net.warm      := pipelines/nets/irmas-panns.net
irmas.net.intended  := pipelines/nets/irmas-panns.net
irmas.from.intended := warm
irmas.net.han    := pipelines/nets/irmas-han.net
irmas.net.any    := pipelines/nets/any-single.net
irmas.learner.forest := forest
irmas.trivial.guitar  := --constant acoustic_guitar
irmas.trivial.uniform := --uniform
irmas.runs := published:nine:9 published:three:3 published:three:scratch published:three:intended published:three:published folder:three:3 folder:three:scratch \
    folder:gauss:forest eleven:han:han published:three:guitar published:three:uniform
irmas.runs.standin := $(filter-out folder:three:scratch,$(irmas.runs))
irmas.train    := --batch 16 --patience 5
irmas.train.9  := --optim adam --lr 0.0002 --epochs 50 --batch 8
irmas.train.3  := --optim adam --lr 0.0002 --epochs 15 --best accuracy
irmas.train.han := --optim sgd,momentum=0.9,nesterov=yes --lr 0.001 --schedule step,every=5,factor=0.5 --epochs 400 --batch 16 --patience 20
irmas.train.standin.han := --lr 0.01 --epochs 30
irmas.infer.han := --by-file sum
irmas_panns    := $(if $(filter %.safetensors %.npz,$(PANNS)),$(OUT)/irmas-panns.model.irt,$(PANNS))
irmas.init.published := $(irmas_panns)
irmas.init.warm      := $(irmas_panns)
irmas.note.published := $(if $(PANNS),with the weights of $(PANNS),without PANNs' weights: the frozen branches are random)
irmas.note.intended  := $(if $(PANNS),with the weights of $(PANNS),without PANNs' weights: the branches are random for four epochs)
irmas.note.scratch   := without PANNs' weights, as this mode means
irmas_head     := --optim adam --lr 0.003 --decay 0.0002 --batch 32 --patience 12 --best accuracy
irmas.train.scratch   := --optim adam --lr 0.0002 --decay 0.0002 --batch 32 --epochs 100 --patience 12 --best accuracy
irmas.train.published := --freeze 'low_*' --freeze 'mid_*' --freeze 'high_*' $(irmas_head) --epochs 100
irmas.train.warm      := --freeze 'low_*' --freeze 'mid_*' --freeze 'high_*' $(irmas_head) --epochs 4
irmas.train.intended  := --optim adam --lr 0.0002 --decay 0.0002 --batch 32 --epochs 96 --patience 12 --best accuracy
irmas.train.standin   := --epochs 10
irmas.train.standin.warm := --epochs 4
irmas.train.standin.intended := --epochs 4
irmas.train.standin.9 := --epochs 6
irmas.train.standin.3 := --epochs 12
irmas.train.standin.scratch   := --epochs 8
irmas.train.standin.published := --epochs 8
irmas.score    := --metrics top1_in_set,accuracy,f1,precision,recall,lrap --task multi
irmas.listing  := --verdicts
irmas.published := pipelines/published/irmas.tsv
irmas.system.9         := model-1.0
irmas.system.3         := model-2.0
irmas.system.scratch   := model-2.3
irmas.system.published := model-2.3
irmas.system.intended  := model-2.3
irmas.system.guitar    := always-guitar
irmas.system.uniform   := uniform
irmas.system.han       := han-2017
irmas.metrics  := top1_in_set:- lrap:-
irmas.metrics.han := f1:micro f1:macro lrap:- top1_in_set:-

# A checkpoint becomes a model file that --init-from takes: the branches of the network alone, with an end that nobody reads.
irmas_branches := $(OUT)/irmas-panns-branches.net
$(irmas_branches): pipelines/nets/irmas-panns.net
	mkdir -p $(@D)
	{ sed '/^concat/q' $<; printf 'reshape to=1x1536x1\nglobal kind=mean\nloss bce\n'; } > $@
$(OUT)/irmas-panns.model.irt: $(PANNS) $(irmas_branches) pipelines/nets/irmas-panns-branches.map | $(BIN)/ir-model
	$(BIN)/ir-model --from $(patsubst .%,%,$(suffix $(PANNS))) --loose -q --set-header classes=unused \
	    --net $(irmas_branches) --map pipelines/nets/irmas-panns-branches.map $< -o $@
