#pragma once

#include <sqlite3.h>

/* Binds a copy of a text; Swift cannot use the macro SQLITE_TRANSIENT. */
static inline int csq_bind_text(sqlite3_stmt *statement, int index, const char *text, sqlite3_uint64 length) {
    return sqlite3_bind_text64(statement, index, text, length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* Makes an unknown name in double quotes an error instead of a text; Swift cannot call variadic functions. */
static inline void csq_refuse_quoted_texts(sqlite3 *connection) {
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)0);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DML, 0, (int *)0);
}
