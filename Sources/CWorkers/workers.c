#define _GNU_SOURCE
#include "CWorkers.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000

static _Thread_local bool is_worker;

int cw_event(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
}

int cw_timer(void) {
    return timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
}

void cw_signal(int event) {
    const uint64_t one = 1;
    (void)!write(event, &one, sizeof one);
}

/* Of several threads that read, a signal lets one go. */
void cw_follow(int event) {
    uint64_t count;
    (void)!read(event, &count, sizeof count);
}

static void set(int timer, int64_t nanoseconds) {
    if (nanoseconds == 0) nanoseconds = 1; // 0 would stop it
    const struct itimerspec spec = {
        .it_value = {.tv_sec = nanoseconds / SECOND, .tv_nsec = nanoseconds % SECOND},
    };
    timerfd_settime(timer, 0, &spec, NULL);
}

void cw_lead(int event, int timer, int64_t nanoseconds) {
    struct pollfd watched[] = {
        {.fd = event, .events = POLLIN},
        {.fd = nanoseconds < 0 ? -1 : timer, .events = POLLIN},
    };
    if (nanoseconds >= 0) set(timer, nanoseconds);
    if (poll(watched, 2, -1) > 0 && watched[0].revents) cw_follow(event);
}

void cw_begin(void) {
    is_worker = true;
    // Whoever reads signals elsewhere would miss those that one of these threads takes.
    static const int own[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
    sigset_t others;
    sigfillset(&others);
    for (unsigned i = 0; i < sizeof own / sizeof *own; i++) sigdelset(&others, own[i]);
    pthread_sigmask(SIG_SETMASK, &others, NULL);
}

bool cw_is_worker(void) {
    return is_worker;
}
