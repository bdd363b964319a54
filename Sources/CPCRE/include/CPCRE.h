#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/// A callout that counts down the `long long` at `steps`, and ends the search with `PCRE2_ERROR_MATCHLIMIT` below zero.
int cpcre_count_step(pcre2_callout_block_8 *block, void *steps);
