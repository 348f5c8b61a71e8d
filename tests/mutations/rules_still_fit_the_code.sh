#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a mutation replaces stands exactly once in the code, so that ./test --all can hunt it.
exec "$(dirname "$0")/run" --check
