#pragma once

#include <stddef.h>
#include <stdint.h>

/* Keys of type "user" in the user keyring of the Linux kernel. Every call gives -errno on failure. */

/* Adds or replaces a key that this user alone may see, and gives its serial number. */
int32_t ck_put(const char *description, const void *payload, size_t length, uint32_t seconds);

/* The serial number of the key of that description. */
int32_t ck_find(const char *description);

/* Copies a key's payload into the buffer and gives its whole length, which may be more than fits. */
int64_t ck_read(int32_t key, void *buffer, size_t size);

/* Removes a key. */
int64_t ck_remove(int32_t key);

/* Copies the serial numbers of the keyring's keys into the buffer and gives how many there are. */
int64_t ck_list(int32_t *keys, size_t count);

/* Copies a key's description into the buffer, ended by a zero. */
int64_t ck_describe(int32_t key, char *buffer, size_t size);

/* Keeps this process's memory out of core dumps and from debuggers of the same user, until it becomes another program. */
void ck_conceal(void);

/* Lets a crash end this process as the kernel has it, whatever a language's runtime would print of it. */
void ck_crash_plainly(void);
