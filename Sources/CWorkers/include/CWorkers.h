#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What threads without work wait for. Every descriptor is closed in children; -1 stands for one that cannot be had. */

/* An event that lets one waiting thread go for each time it is signalled. */
int cw_event(void);

/* A timer of the clock that goes on while the machine sleeps. */
int cw_timer(void);

/* Signals an event. */
void cw_signal(int event);

/* Waits until the event is signalled. */
void cw_follow(int event);

/* Waits until the event is signalled, or so many nanoseconds have passed; without limit where there are fewer than 0. */
void cw_lead(int event, int timer, int64_t nanoseconds);

/* Says of the calling thread that it is one of the workers, which no signal interrupts but its own faults. */
void cw_begin(void);

/* Whether the calling thread is one. */
bool cw_is_worker(void);
