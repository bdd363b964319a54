#define _GNU_SOURCE
#include "CKeyutils.h"

#include <errno.h>
#include <keyutils.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int64_t result(long value) { return value < 0 ? -errno : value; }

int32_t ck_put(const char *description, const void *payload, size_t length, uint32_t seconds) {
    key_serial_t key = add_key("user", description, payload, length, KEY_SPEC_USER_KEYRING);
    if (key < 0) return -errno;
    /* The user has all rights, in any session; others have none. */
    if (keyctl_setperm(key, KEY_POS_ALL | KEY_USR_ALL) < 0 || keyctl_set_timeout(key, seconds) < 0) {
        int32_t problem = -errno;
        keyctl_unlink(key, KEY_SPEC_USER_KEYRING);
        return problem;
    }
    return key;
}

int32_t ck_find(const char *description) {
    return (int32_t)result(keyctl_search(KEY_SPEC_USER_KEYRING, "user", description, 0));
}

int64_t ck_read(int32_t key, void *buffer, size_t size) { return result(keyctl_read(key, buffer, size)); }

int64_t ck_remove(int32_t key) {
    /* Revoking returns the payload's bytes to the quota immediately; the kernel removes the key itself later. */
    keyctl_revoke(key);
    return result(keyctl_unlink(key, KEY_SPEC_USER_KEYRING));
}

int64_t ck_list(int32_t *keys, size_t count) {
    long bytes = keyctl_read(KEY_SPEC_USER_KEYRING, (char *)keys, count * sizeof *keys);
    return bytes < 0 ? -errno : bytes / (int64_t)sizeof *keys;
}

int64_t ck_describe(int32_t key, char *buffer, size_t size) {
    char text[512];
    long length = keyctl_describe(key, text, sizeof text - 1);
    if (length < 0) return -errno;
    if ((size_t)length > sizeof text - 1) return -E2BIG;
    text[length] = 0;
    /* "type;uid;gid;permissions;description" */
    char *description = strrchr(text, ';');
    if (!description || strlen(description + 1) >= size) return -E2BIG;
    strcpy(buffer, description + 1);
    return (int64_t)strlen(buffer);
}

void ck_conceal(void) { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

void ck_crash_plainly(void) {
    static const int fatal[] = {SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
    for (size_t index = 0; index < sizeof fatal / sizeof fatal[0]; index++) {
        struct sigaction now;
        if (sigaction(fatal[index], NULL, &now) == 0 && now.sa_handler != SIG_IGN) signal(fatal[index], SIG_DFL);
    }
}

int ck_execute(const char *program, char *const arguments[], char *const environment[]) {
    execvpe(program, arguments, environment);
    return errno;
}
