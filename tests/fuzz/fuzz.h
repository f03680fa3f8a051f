/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What libFuzzer calls with ever new bytes, and replay.c with those of the corpus. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
