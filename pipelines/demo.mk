# demo.mk - `make demo` names the instruments in the recordings that ship with the repository, with the model that ships
# too. How that model was made is pipelines/ears.mk; what it can do, pipelines/models/README.md.

DEMO_MODEL := pipelines/models/instruments.model.irt
#: demo | build, recognise the instruments of a few recordings | apt-get once | 3 min
.PHONY: demo
demo: all
	@set -x; $(BIN)/ir-infer -m $(DEMO_MODEL) --format text --top 2 tests/data/demo/*.mp3
	@echo; echo "on your own recording: $(BIN)/ir-infer -m $(DEMO_MODEL) FILE"
