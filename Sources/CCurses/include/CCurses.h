// The subset of ncursesw that the console uses, with input and signals.
//
// A process has one terminal, used by one thread; only cc_wake may be called from any thread.
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

// The bits that cc_wait returns.
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

// `value` is a Unicode scalar, a cc_key, the number of a function key, or a cc_mouse with row and column.
struct cc_input {
    enum cc_kind kind;
    uint32_t value;
    int row;
    int column;
};

// The attributes of a cell; a negative color is the terminal's default.
struct cc_attributes {
    int traits;
    int foreground;
    int background;
};

// Creates the descriptors of cc_wait and cc_wake; call it first. Later calls have no effect.
bool cc_prepare(void);
// Opens the terminal on standard input and output and installs the signal handlers.
//
// The terminal is restored before a signal ends the process. If no handler can run, because of SIGKILL or of a stack
// overflow in a thread without an alternate stack, a separate process restores the terminal.
enum cc_status cc_open(void);
// Restores the terminal and the earlier signal handlers.
void cc_close(void);
// Restores the terminal and stops the process; when the process continues, cc_signal returns SIGCONT.
void cc_suspend(void);
// Shows the screen again after the process continued.
void cc_resume(void);

// Leaves the screen, runs a shell command, waits until the command ends, and shows the screen again.
//
// Returns the command's exit status, 128 plus the number of the signal that ended it, or 127 if no shell starts.
int cc_run(const char *command);

// Whether the locale, which cc_open sets, uses UTF-8.
bool cc_is_utf8(void);
// The number of colors; 0 for none.
int cc_colors(void);
// Enables reports of clicks and the wheel, which disables the terminal's own text selection.
void cc_use_mouse(bool is_used);
// Sets the screen to the terminal's size.
void cc_resize(int *columns, int *rows);

// Draws one glyph: a scalar and up to three marks (0: none) in `width` columns.
void cc_put(int row, int column, uint32_t base, const uint32_t marks[3], int width, struct cc_attributes attributes);
// Sends the changes and sets the cursor; a negative row hides the cursor.
void cc_show(int row, int column);
// Sends bytes without ncurses.
void cc_write(const uint8_t *bytes, int count);
// Makes the next cc_show send the whole screen.
void cc_forget(void);

// Returns the bits of cc_ready; if `blocks` is true, first waits for input, a signal, the alarm, or cc_wake.
int cc_wait(bool blocks);
// Returns the next input, or CC_NOTHING.
struct cc_input cc_read(void);
// Whether the terminal was closed.
bool cc_is_lost(void);
// Returns the next signal, or 0.
int cc_signal(void);
// Ends the current or the next cc_wait.
void cc_wake(void);
// Returns unused heap memory to the system.
void cc_trim_memory(void);
// Limits malloc of the C library to two arenas.
void cc_limit_heaps(void);
// Sets the only alarm, in milliseconds from now; a negative value cancels the alarm.
void cc_alarm(int64_t milliseconds);

#endif
