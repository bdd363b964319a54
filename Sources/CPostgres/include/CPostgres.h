#pragma once

#include <stdbool.h>

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif

/// Opens libpq, and returns whether it is installed; must precede the calls of its functions.
///
/// libpq is opened only when the fleet is used, because it loads twenty further libraries, which takes 4 ms of
/// processor time.
bool cpostgres_load(void);
