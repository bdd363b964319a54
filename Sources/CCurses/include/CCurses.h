// The few things the console needs of ncursesw, its terminal's input and the signals about it.
//
// One terminal per process, used by one thread; cc_wake alone may be called from any.
#ifndef CCURSES_H
#define CCURSES_H

#include <stdbool.h>
#include <stdint.h>

enum cc_status {
    CC_OK,
    CC_NOT_A_TERMINAL,
    CC_TERM_UNSET,
    CC_TERM_UNKNOWN,
    CC_TERM_INCAPABLE,
    CC_FAILED,
};

// What cc_wait found; several may be set.
enum cc_ready {
    CC_INPUT = 1,
    CC_SIGNAL = 2,
    CC_ALARM = 4,
    CC_WOKEN = 8,
    CC_LOST = 16,
};

enum cc_kind {
    CC_NOTHING,
    CC_TEXT,
    CC_KEY,
    CC_FUNCTION,
    CC_MOUSE,
    CC_HANGUP,
};

enum cc_key {
    CC_UNKNOWN,
    CC_UP,
    CC_DOWN,
    CC_LEFT,
    CC_RIGHT,
    CC_HOME,
    CC_END,
    CC_PAGE_UP,
    CC_PAGE_DOWN,
    CC_ENTER,
    CC_BACKSPACE,
    CC_DELETE,
    CC_INSERT,
    CC_BACK_TAB,
};

enum cc_mouse {
    CC_PRESS,
    CC_WHEEL_UP,
    CC_WHEEL_DOWN,
};

enum cc_trait {
    CC_BOLD = 1,
    CC_DIM = 2,
    CC_UNDERLINED = 4,
    CC_REVERSED = 8,
};

// `value` is a Unicode scalar, a cc_key, the number of a function key, or a cc_mouse with its place.
struct cc_input {
    enum cc_kind kind;
    uint32_t value;
    int row;
    int column;
};

// How a cell looks; a colour below 0 is the terminal's own.
struct cc_look {
    int traits;
    int foreground;
    int background;
};

// Makes what cc_wait and cc_wake need; before anything else, once is enough.
bool cc_prepare(void);
// Takes the terminal on standard input and output, and its signals.
enum cc_status cc_open(void);
// Gives both back as they were.
void cc_close(void);
// Gives the terminal back and stops the process; once continued, SIGCONT is among its signals.
void cc_suspend(void);
// Takes the terminal again after the process was stopped and continued, by whomever.
void cc_resume(void);

// Whether the locale's encoding is UTF-8; the locale is set by cc_open.
bool cc_is_utf8(void);
// How many colours there are; 0 for none.
int cc_colors(void);
// Whether presses and the wheel of the mouse are told; the terminal then selects no text by itself.
void cc_use_mouse(bool is_used);
// Asks the terminal for its size and makes the screen that large.
void cc_resize(int *columns, int *rows);

// Draws one glyph: a scalar and up to three marks (0: none) in `width` columns.
void cc_put(int row, int column, uint32_t base, const uint32_t marks[3], int width, struct cc_look look);
// Sends what changed and puts the cursor there; hides it when `row` is negative.
void cc_show(int row, int column);
// Sends bytes past ncurses, for what it has no word for.
void cc_write(const uint8_t *bytes, int count);
// Makes the next cc_show send everything.
void cc_forget(void);

// Waits for input, a signal, the alarm or cc_wake; returns bits of cc_ready.
int cc_wait(void);
// The next input; CC_NOTHING when there is none yet.
struct cc_input cc_read(void);
// Whether nobody sits at the terminal any more.
bool cc_is_lost(void);
// The next signal that came; 0 when there is none.
int cc_signal(void);
// Ends a cc_wait, now or the next.
void cc_wake(void);
// Gives memory that was needed for a moment back to the machine.
void cc_give_back_memory(void);
// Sets the one alarm, in milliseconds from now; negative for none.
void cc_alarm(int64_t milliseconds);

#endif
