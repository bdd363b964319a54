#define _GNU_SOURCE
#include "CPrograms.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// All signals that terminate a process by default, except SIGKILL, which cannot be handled, and SIGPIPE, which the
// program ignores.
static const int terminating[] = {
    SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGALRM,   SIGVTALRM, SIGPROF, SIGUSR1, SIGUSR2, SIGIO,  SIGPWR,
    SIGXCPU, SIGXFSZ, SIGSEGV, SIGBUS,  SIGSTKFLT, SIGILL,    SIGTRAP, SIGABRT, SIGFPE,  SIGSYS,
};

enum { FREE = 0, STARTING = -1 };
enum { NOT_ENDING = 0, EXITING = -1 };

// Each place is free, starting, or the process ID of a leader.
static _Atomic pid_t places[4096];
// The number of places that are starting: their leaders may exist, but are not known yet.
static atomic_int starting;
// The signal that ends this process, or one of the states above.
static atomic_int ending;

static void kill_sessions(void) {
    for (size_t index = 0; index < COUNT(places); index++) {
        pid_t leader = places[index];
        if (leader > 0) kill(-leader, SIGKILL);
    }
}

// Ends this process by the signal, as if it had not been handled.
static void end_by(int number) {
    kill_sessions();
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t set;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
}

// Ends this process, unless a program is starting: the interrupted thread may be the thread that starts the program, so
// the handler cannot wait for the start. The end of the start (leave_start) or a second signal then ends this process.
static void handle(int number) {
    int saved = errno;
    int none = NOT_ENDING;
    if (atomic_compare_exchange_strong(&ending, &none, number) && starting > 0) {
        errno = saved;
        return;
    }
    end_by(number);
}

static void leave_start(void) {
    int rest = atomic_fetch_sub(&starting, 1) - 1;
    int number = ending;
    if (rest == 0 && number > 0) end_by(number);
}

// Waits until no program is starting, for at most this time, and then kills the programs.
static void kill_within(int milliseconds) {
    static const struct timespec pause = {.tv_nsec = 1000000};
    int none = NOT_ENDING;
    atomic_compare_exchange_strong(&ending, &none, EXITING);
    for (int turn = 0; turn < milliseconds && starting > 0; turn++) nanosleep(&pause, NULL);
    kill_sessions();
}

void cp_kill_all(void) {
    // A start takes milliseconds; one that waits for memory does not delay the end for more than a second.
    kill_within(1000);
}

enum { KILL_TIME = 300 };
static int end_delay;
static int end_status;

static void *end_at_limit(void *unused) {
    struct timespec pause = {.tv_sec = end_delay / 1000, .tv_nsec = end_delay % 1000 * 1000000L};
    while (nanosleep(&pause, &pause) != 0 && errno == EINTR) continue;
    kill_within(KILL_TIME);
    // _exit skips the functions of atexit, which may wait for the work that did not end.
    _exit(end_status);
    return unused;
}

void cp_end_within(int milliseconds, int status) {
    sigset_t all, before;
    pthread_attr_t attributes;
    pthread_t thread;
    end_delay = milliseconds > KILL_TIME ? milliseconds - KILL_TIME : 0;
    end_status = status;
    sigfillset(&all);
    // The new thread must not handle signals for the other threads.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_create(&thread, &attributes, end_at_limit, NULL);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int cp_memory_file(void) {
    return memfd_create("input", MFD_CLOEXEC);
}

void cp_end_with_process(void) {
    atexit(cp_kill_all);
    for (size_t index = 0; index < COUNT(terminating); index++) {
        struct sigaction before, action = {.sa_handler = handle, .sa_flags = SA_RESTART | SA_ONSTACK};
        sigemptyset(&action.sa_mask);
        sigaction(terminating[index], NULL, &before);
        if (before.sa_handler == SIG_DFL) sigaction(terminating[index], &action, NULL);
    }
}

int cp_begin(void) {
    atomic_fetch_add(&starting, 1);
    if (ending != NOT_ENDING) {
        leave_start();
        while (1) pause();
    }
    for (size_t index = 0; index < COUNT(places); index++) {
        pid_t none = FREE;
        if (atomic_compare_exchange_strong(&places[index], &none, STARTING)) return (int)index;
    }
    leave_start();
    return -1;
}

void cp_started(int place, pid_t leader) {
    places[place] = leader;
    leave_start();
}

void cp_ended(int place) {
    pid_t leader = atomic_exchange(&places[place], FREE);
    if (leader > 0) {
        kill(-leader, SIGKILL);
    } else {
        leave_start();
    }
}
