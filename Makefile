# The first of any target makes .venv and installs what requirements.lock pins; only Python 3.11 or
# newer and make are needed. `make` alone lists the targets. ARGS goes on to the command:
# `make run ARGS="baseline --jobs 2"`, `make test ARGS="-k rounding"`.

.DEFAULT_GOAL := help
.PHONY: help setup run lab app test check bench lock clean

python := .venv/bin/python
with_uv := uv --version >/dev/null 2>&1

help:  ## this list | 显示这份清单
	@awk -F ':.*  ## ' '/^[a-z]+:.*  ## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

setup: .venv/.package  ## make .venv and install everything (every other target does it first) | 安装
	@:

run: setup  ## compute all scenarios; then open outputs/index.html | 测算全部方案，结果在 outputs/index.html
	@.venv/bin/sendwarmth run $(ARGS)

lab: setup  ## open the planner's notebook in JupyterLab | 在 JupyterLab 中打开规划工作簿
	@.venv/bin/sendwarmth lab $(ARGS)

app: setup  ## open the planner's notebook as an application in the browser | 以网页应用打开规划工作簿
	@.venv/bin/sendwarmth app $(ARGS)

test: setup  ## run the whole test suite | 运行全部测试
	@$(python) -m pytest --numprocesses logical --maxprocesses 8 --dist loadfile $(ARGS)

check: setup  ## lint, format, types, layout | 检查代码规范、类型与目录结构
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .
	@$(python) -m mypy
	@$(python) -m pytest --quiet tests/test_layout.py tests/test_notebook_layout.py

bench: setup  ## measure speed and accuracy; writes outputs/bench.json | 性能测试
	@$(python) -m sendwarmth.run.bench $(ARGS)

lock:  ## pin dependencies anew with uv (ARGS=--upgrade: newer versions) | 更新依赖锁定
	uv pip compile pyproject.toml --output-file requirements.lock --universal --python-version 3.11 \
	    --fork-strategy fewest --all-extras --group dev --generate-hashes --no-emit-index-url \
	    --custom-compile-command "make lock" --quiet $(ARGS)

clean:  ## remove .venv and caches; outputs/ stays | 删除 .venv 与缓存，保留 outputs/
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build lib/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Names on PATH may belong to an old Python or to none (a version manager's placeholder), so each
# is tried. Debian and Ubuntu keep the part of venv that brings pip, ensurepip, in its own package.
.venv/bin/python:
	@for found in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python ''; do \
	    [ -n "$$found" ] || { \
	        echo "Python 3.11 or newer is needed and was not found; install it, or name it: make PYTHON=/path/to/python3.12" >&2; \
	        echo "需要 Python 3.11 或更高版本，未找到；请安装，或指明路径：make PYTHON=/path/to/python3.12" >&2; exit 1; }; \
	    "$$found" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && break; \
	done; \
	rm -rf .venv; \
	if $(with_uv); then uv venv --quiet --python "$$found" .venv; \
	elif "$$found" -c 'import venv; from ensurepip import bootstrap' 2>/dev/null; then "$$found" -m venv .venv; \
	else \
	    echo "$$found cannot make an environment: its ensurepip module is missing. On Debian or Ubuntu: apt install $${found##*/}-venv; then type make again." >&2; \
	    echo "$$found 缺少 ensurepip 模块，无法建立虚拟环境。Debian、Ubuntu 请运行：apt install $${found##*/}-venv，然后重新 make。" >&2; exit 1; \
	fi

.venv/.locked: requirements.lock | .venv/bin/python
	@echo "Installing what requirements.lock pins (once; a minute or less) | 正在安装依赖，约一分钟"
	@if $(with_uv); then \
	    uv pip sync --quiet --python $(python) --require-hashes requirements.lock; \
	else \
	    $(python) -m ensurepip >/dev/null && \
	    $(python) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock; \
	fi
	@touch $@

# No network: what builds the package is in the lock, and so is all it depends on.
.venv/.package: .venv/.locked pyproject.toml
	@if $(with_uv); then \
	    uv pip install --quiet --python $(python) --offline --no-deps --no-build-isolation --editable .; \
	else \
	    $(python) -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --editable .; \
	fi
	@touch $@
