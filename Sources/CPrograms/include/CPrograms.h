#pragma once

#include <sys/types.h>

/* The programs that this process runs, each the leader of a separate session, which ends with this process. */

/* Installs an exit function and signal handlers that kill the programs before this process ends; called once at start.
   A signal that is ignored or has another handler, now or later, does not kill the programs. */
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

/* Sets a time limit for the end of this process, and returns immediately; called once. At the limit, kills all programs
   and ends this process with this status, even if its threads still wait. */
void cp_end_within(int milliseconds, int status);

/* Returns the descriptor of an empty file in memory, or -1. A program inherits the descriptor only if it is passed
   explicitly. */
int cp_memory_file(void);
