#include "CPCRE.h"

int cpcre_count_step(pcre2_callout_block_8 *block, void *steps) {
    (void)block;
    long long *left = steps;
    return --*left < 0 ? PCRE2_ERROR_MATCHLIMIT : 0;
}
