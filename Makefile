# Two commands deploy, see docs/DEPLOY.md:
#   make build      builds every function for Lambda
#   make deploy     creates or updates the stack
# STACK names the stack and with it everything in it; PARAMETERS is the file with its parameters, so
# one account can hold several: make build deploy STACK=staging PARAMETERS=infra/parameters.staging
# Tools are installed below target/ at first use. Credentials and region are AWS's own variables.

STACK ?= beforehand
PARAMETERS ?= infra/parameters

# Nothing is told about who builds what.
export SAM_CLI_TELEMETRY = 0

with_tools = PATH="$$(tests/tools build):$$PATH"
# Names and values, without comments; a value with spaces stands in double quotes.
overrides = $(shell grep -v '^\#' $(PARAMETERS) 2>/dev/null)

.PHONY: build deploy test lint emulate clean

build: $(PARAMETERS)
	set -a; . ./infra/lambda.env; $(with_tools) sam build --config-file $(CURDIR)/samconfig.toml \
	    --template-file infra/template.yaml --parameter-overrides $(overrides)

deploy: $(PARAMETERS)
	@test -f target/sam/template.yaml || { echo 'Nothing is built yet: make build' >&2; exit 1; }
	$(with_tools) sam deploy --config-file $(CURDIR)/samconfig.toml \
	    --template-file target/sam/template.yaml \
	    --stack-name $(STACK) --s3-prefix $(STACK) --parameter-overrides $(overrides)

test:
	tests/run

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	tests/deny
	tests/template

# Everything but AWS: the template with what `make build` built, on an emulator on this machine.
emulate:
	tests/emulator/run

clean:
	cargo clean

$(PARAMETERS):
	@echo 'Say what is to be deployed: cp infra/parameters.example $@, and edit it' >&2
	@exit 1
