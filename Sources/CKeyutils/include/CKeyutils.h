#pragma once

#include <stddef.h>
#include <stdint.h>

/* Keys of type "user" in the user keyring of the Linux kernel. The functions for keys return -errno on failure. */

/* Adds or replaces a key that only this user may access, and returns its serial number. */
int32_t ck_put(const char *description, const void *payload, size_t length, uint32_t seconds);

/* Returns the serial number of the key with this description. */
int32_t ck_find(const char *description);

/* Copies a key's payload into the buffer and returns its whole length, which may exceed the buffer. */
int64_t ck_read(int32_t key, void *buffer, size_t size);

/* Removes a key. */
int64_t ck_remove(int32_t key);

/* Copies the serial numbers of the keyring's keys into the buffer and returns the number of keys, which may exceed
   `count`. */
int64_t ck_list(int32_t *keys, size_t count);

/* Copies a key's description into the buffer, ended by a zero, and returns its length. */
int64_t ck_describe(int32_t key, char *buffer, size_t size);

/* Excludes this process's memory from core dumps and debuggers of the same user, until the next exec. */
void ck_conceal(void);

/* Restores the default action of the signals that a crash raises, so that the runtime prints no crash report. */
void ck_crash_plainly(void);

/* Executes a program found through PATH; returns the error number, and only on failure. */
int ck_execute(const char *program, char *const arguments[], char *const environment[]);
