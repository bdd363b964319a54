#include "CPostgres.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

static void *library;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_library(void) {
    library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
}

bool cpostgres_load(void) {
    pthread_once(&once, open_library);
    return library != NULL;
}

static void *function_named(const char *name) {
    void *function = cpostgres_load() ? dlsym(library, name) : NULL;
    // Callers have checked `cpostgres_load`, and every function exists since version 9.
    if (function == NULL) abort();
    return function;
}

// Defines a function that calls the function of that name in libpq. The defined function is hidden, so that libpq
// itself never calls it.
#define FORWARD(result, name, parameters, arguments)                                              \
    __attribute__((visibility("hidden"))) result name parameters {                                \
        static result(*function) parameters;                                                      \
        if (function == NULL) function = (result(*) parameters)function_named(#name);             \
        return function arguments;                                                                \
    }
#define FORWARD_VOID(name, parameters, arguments)                                                 \
    __attribute__((visibility("hidden"))) void name parameters {                                  \
        static void(*function) parameters;                                                        \
        if (function == NULL) function = (void(*) parameters)function_named(#name);               \
        function arguments;                                                                       \
    }

FORWARD(PGconn *, PQconnectStartParams,
        (const char *const *keywords, const char *const *values, int expand), (keywords, values, expand))
FORWARD(PostgresPollingStatusType, PQconnectPoll, (PGconn * connection), (connection))
FORWARD(PQconninfoOption *, PQconninfoParse, (const char *info, char **error), (info, error))
FORWARD_VOID(PQconninfoFree, (PQconninfoOption * options), (options))
FORWARD(ConnStatusType, PQstatus, (const PGconn *connection), (connection))
FORWARD(char *, PQerrorMessage, (const PGconn *connection), (connection))
FORWARD(int, PQsocket, (const PGconn *connection), (connection))
FORWARD(int, PQserverVersion, (const PGconn *connection), (connection))
FORWARD(int, PQsslInUse, (PGconn * connection), (connection))
FORWARD(int, PQsetnonblocking, (PGconn * connection, int isOn), (connection, isOn))
FORWARD(PQnoticeProcessor, PQsetNoticeProcessor,
        (PGconn * connection, PQnoticeProcessor processor, void *context), (connection, processor, context))
FORWARD_VOID(PQfinish, (PGconn * connection), (connection))
FORWARD(int, PQsendQuery, (PGconn * connection, const char *query), (connection, query))
FORWARD(int, PQsendQueryParams,
        (PGconn * connection, const char *command, int count, const Oid *types, const char *const *values,
         const int *lengths, const int *formats, int resultFormat),
        (connection, command, count, types, values, lengths, formats, resultFormat))
FORWARD(int, PQflush, (PGconn * connection), (connection))
FORWARD(int, PQconsumeInput, (PGconn * connection), (connection))
FORWARD(int, PQisBusy, (PGconn * connection), (connection))
FORWARD(PGnotify *, PQnotifies, (PGconn * connection), (connection))
FORWARD(PGresult *, PQgetResult, (PGconn * connection), (connection))
FORWARD(ExecStatusType, PQresultStatus, (const PGresult *result), (result))
FORWARD(char *, PQresultErrorField, (const PGresult *result, int field), (result, field))
FORWARD(int, PQntuples, (const PGresult *result), (result))
FORWARD(int, PQnfields, (const PGresult *result), (result))
FORWARD(int, PQgetisnull, (const PGresult *result, int row, int column), (result, row, column))
FORWARD(char *, PQgetvalue, (const PGresult *result, int row, int column), (result, row, column))
FORWARD(char *, PQcmdTuples, (PGresult * result), (result))
FORWARD_VOID(PQclear, (PGresult * result), (result))
FORWARD_VOID(PQfreemem, (void *memory), (memory))
FORWARD(int, PQlibVersion, (void), ())
