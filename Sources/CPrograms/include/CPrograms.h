#pragma once

#include <sys/types.h>

/* The programs that this process runs, each the leader of a separate session, which ends with this process. */

/* Kills the programs when this process exits, and before a signal terminates it; called once, at startup.
   A signal that is ignored, or that gets another handler later, is not affected. */
void cp_end_with_process(void);

/* Reserves a place for a program that is about to start, or returns -1 if all places are taken.
   While the process ends, the call does not return, so that no program starts. */
int cp_begin(void);

/* Records the leader of the program's session. */
void cp_started(int place, pid_t leader);

/* Kills what remains of the program's session, if it started, and frees the place. */
void cp_ended(int place);

/* Kills all programs; no program starts afterwards. */
void cp_kill_all(void);

/* Returns immediately. If the process has not ended by itself within this time, kills all programs and ends it with this
   status, whatever its threads wait for; called once. */
void cp_end_within(int milliseconds, int status);

/* Returns the descriptor of an empty file in memory, which is closed in programs that do not inherit it explicitly, or
   -1. */
int cp_memory_file(void);
