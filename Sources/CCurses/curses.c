#define _GNU_SOURCE
#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1

#include "CCurses.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <malloc.h>
#include <ncurses.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>
#undef columns
#undef lines

static const int forwarded[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT};
// The other signals that end a process by default, except SIGKILL, which cannot be handled, and SIGPIPE, which the
// program ignores.
static const int fatal[] = {
    SIGSEGV, SIGBUS,    SIGILL,  SIGTRAP, SIGABRT, SIGFPE,    SIGSYS, SIGQUIT, SIGUSR1, SIGUSR2,
    SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ, SIGSTKFLT, SIGIO,  SIGPWR,
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static SCREEN *screen;
static struct termios original;
static struct sigaction before_forwarded[COUNT(forwarded)];
static struct sigaction before_fatal[COUNT(fatal)];
static int signal_pipe[2] = {-1, -1};
static int wake_event = -1;
static int alarm_timer = -1;

// The sequence that restores the screen, prepared in advance for signal handlers.
static char reset[256];
static size_t reset_length;
// Set when a thread handles a fatal signal, so that the terminal's thread stops drawing.
static volatile sig_atomic_t is_ending;
// The stack of the signal handlers: a thread whose stack overflowed cannot run a handler on that stack.
static char *alternate_stack;

// MARK: the guardian

// What the terminal shows.
enum shown { SHOWS_SHELL, SHOWS_SCREEN, SHOWS_SCREEN_WITH_MOUSE };

// The memory that this process shares with its guardian.
struct shared {
    // Held by the terminal's thread. The kernel releases the mutex as soon as that thread ends, before the process has
    // ended, so that the terminal is usually restored before the shell continues.
    pthread_mutex_t life;
    volatile sig_atomic_t shown;
    // The modes of the terminal while it shows the screen.
    struct termios modes;
};

// NULL while no guardian runs.
static struct shared *shared;
static bool uses_mouse;

static void report_shown(enum shown shown) {
    if (shared != NULL) shared->shown = shown;
}

static void report_screen(void) { report_shown(uses_mouse ? SHOWS_SCREEN_WITH_MOUSE : SHOWS_SCREEN); }

// Whether the terminal still has the modes that the console set; a shell may already have set other modes.
static bool has_modes_of_screen(void) {
    struct termios now;
    if (tcgetattr(STDOUT_FILENO, &now) != 0) return false;
    return now.c_iflag == shared->modes.c_iflag && now.c_oflag == shared->modes.c_oflag
        && now.c_lflag == shared->modes.c_lflag;
}

// Waits for the end of the console, then restores the terminal if it still shows the screen.
//
// In a separate session, the guardian receives no signal of the terminal and may still set the terminal's modes.
static _Noreturn void guard(void) {
    static const char mouse_off[] = "\033[?1000l\033[?1006l";
    setsid();
    prctl(PR_SET_NAME, "cambist-guard");
    close(STDIN_FILENO);
    close_range(STDERR_FILENO, ~0U, 0);
    if (pthread_mutex_lock(&shared->life) != EOWNERDEAD) _exit(0);
    if (shared->shown == SHOWS_SHELL) _exit(0);
    ssize_t ignored = 0;
    if (shared->shown == SHOWS_SCREEN_WITH_MOUSE) ignored = write(STDOUT_FILENO, mouse_off, sizeof mouse_off - 1);
    ignored = write(STDOUT_FILENO, reset, reset_length);
    (void)ignored;
    if (has_modes_of_screen()) tcsetattr(STDOUT_FILENO, TCSANOW, &original);
    _exit(0);
}

static bool prepare_life(pthread_mutex_t *life) {
    pthread_mutexattr_t attributes;
    if (pthread_mutexattr_init(&attributes) != 0) return false;
    bool is_ready = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0
        && pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0
        && pthread_mutex_init(life, &attributes) == 0 && pthread_mutex_lock(life) == 0;
    pthread_mutexattr_destroy(&attributes);
    return is_ready;
}

// Starts the guardian: a process that restores the terminal if this process ends without restoring it, because this
// process was killed or the stack of a thread without an alternate stack overflowed.
//
// init adopts the guardian, so that this process need not wait for the guardian's end.
static void start_guardian(void) {
    sigset_t all, before;
    if (shared != NULL) return;
    struct shared *memory =
        mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    if (!prepare_life(&memory->life)) {
        munmap(memory, sizeof *memory);
        return;
    }
    shared = memory;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = _Fork();
    if (child == 0) {
        if (_Fork() == 0) guard();
        _exit(0);
    }
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void end_guardian(void) {
    if (shared == NULL) return;
    report_shown(SHOWS_SHELL);
    pthread_mutex_unlock(&shared->life);
    munmap(shared, sizeof *shared);
    shared = NULL;
}

// MARK: signals

static void forward(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t ignored = write(signal_pipe[1], &byte, 1);
    (void)ignored;
    errno = saved;
}

// Restores the terminal, then raises the signal again for the earlier handler or the default action.
static void restore_and_raise(int number) {
    is_ending = 1;
    ssize_t ignored = write(STDOUT_FILENO, reset, reset_length);
    (void)ignored;
    tcsetattr(STDOUT_FILENO, TCSANOW, &original);
    report_shown(SHOWS_SHELL);
    for (size_t index = 0; index < COUNT(fatal); index++) {
        if (fatal[index] == number) sigaction(number, &before_fatal[index], NULL);
    }
    raise(number);
}

// Installs a handler; a signal that was ignored stays ignored, as under nohup.
static void handle(const int *numbers, struct sigaction *before, size_t count, void (*handler)(int), int flags) {
    for (size_t index = 0; index < count; index++) {
        struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
        sigemptyset(&action.sa_mask);
        sigaction(numbers[index], NULL, &before[index]);
        if (before[index].sa_handler == SIG_IGN && !(before[index].sa_flags & SA_SIGINFO)) continue;
        sigaction(numbers[index], &action, NULL);
    }
}

// Unblocks the signals on this thread; Swift's threads may block them.
static void unblock(void) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t index = 0; index < COUNT(forwarded); index++) sigaddset(&set, forwarded[index]);
    for (size_t index = 0; index < COUNT(fatal); index++) sigaddset(&set, fatal[index]);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

// Sets an alternate stack for this thread, which runs ncurses and handles process signals.
static void prepare_stack(void) {
    const size_t size = 64 * 1024;
    if (alternate_stack == NULL) alternate_stack = malloc(size);
    if (alternate_stack == NULL) return;
    stack_t stack = {.ss_sp = alternate_stack, .ss_size = size};
    sigaltstack(&stack, NULL);
}

static void install_handlers(void) {
    prepare_stack();
    unblock();
    handle(forwarded, before_forwarded, COUNT(forwarded), forward, SA_RESTART | SA_ONSTACK);
    handle(fatal, before_fatal, COUNT(fatal), restore_and_raise, SA_ONSTACK | SA_NODEFER);
}

static void remove_handlers(void) {
    for (size_t index = 0; index < COUNT(forwarded); index++)
        sigaction(forwarded[index], &before_forwarded[index], NULL);
    for (size_t index = 0; index < COUNT(fatal); index++) sigaction(fatal[index], &before_fatal[index], NULL);
}

// MARK: the terminal

// Appends a terminal capability without its padding, such as `$<5>`.
static void append_reset(const char *capability) {
    const char *text = tigetstr(capability);
    if (text == NULL || text == (const char *)-1) return;
    while (*text != 0 && reset_length < sizeof reset) {
        if (text[0] == '$' && text[1] == '<') {
            while (*text != 0 && *text != '>') text++;
            if (*text != 0) text++;
        } else {
            reset[reset_length++] = *text++;
        }
    }
}

// Appends the xterm sequence that ends mouse reports.
static void append_mouse_off(void) {
    static const char text[] = "\033[?1000l\033[?1006l";
    for (const char *rest = text; *rest != 0 && reset_length < sizeof reset; rest++)
        reset[reset_length++] = *rest;
}

static void prepare_reset(bool uses_mouse) {
    reset_length = 0;
    if (uses_mouse) append_mouse_off();
    append_reset("sgr0");
    append_reset("rmkx");
    append_reset("cnorm");
    append_reset("rmcup");
}

static enum cc_status check_terminal(void) {
    const char *name = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) return CC_NOT_A_TERMINAL;
    if (name == NULL || *name == 0) return CC_TERM_UNSET;
    int answer = 0;
    if (setupterm(name, STDOUT_FILENO, &answer) != OK) return CC_TERM_UNKNOWN;
    const char *move = tigetstr("cup");
    const char *clear = tigetstr("clear");
    if (move == NULL || move == (char *)-1 || clear == NULL || clear == (char *)-1) return CC_TERM_INCAPABLE;
    return CC_OK;
}

bool cc_prepare(void) {
    if (wake_event >= 0) return true;
    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return false;
    alarm_timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    wake_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return wake_event >= 0 && alarm_timer >= 0;
}

static void configure(void) {
    raw();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    set_escdelay(25);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    curs_set(0);
}

enum cc_status cc_open(void) {
    setlocale(LC_ALL, "");
    enum cc_status status = check_terminal();
    if (status != CC_OK) return status;
    if (tcgetattr(STDOUT_FILENO, &original) != 0) return CC_FAILED;
    screen = newterm(NULL, stdout, stdin);
    if (screen == NULL) return CC_FAILED;
    prepare_reset(false);
    start_guardian();
    report_screen();
    configure();
    if (shared != NULL) tcgetattr(STDOUT_FILENO, &shared->modes);
    install_handlers();
    return CC_OK;
}

void cc_close(void) {
    if (screen == NULL) return;
    endwin();
    report_shown(SHOWS_SHELL);
    remove_handlers();
    end_guardian();
    delscreen(screen);
    screen = NULL;
}

void cc_suspend(void) {
    endwin();
    report_shown(SHOWS_SHELL);
    raise(SIGSTOP);
}

void cc_resume(void) {
    // A process that was stopped by SIGSTOP from outside has not left the screen, and refresh enters the screen only
    // after endwin.
    if (!isendwin()) endwin();
    report_screen();
    clearok(curscr, TRUE);
    refresh();
}

// Starts a shell command with default signals; the console's own handlers and masks are not inherited.
static pid_t spawn_shell(const char *command) {
    posix_spawnattr_t attributes;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    if (posix_spawnattr_init(&attributes) != 0) return -1;
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    char *arguments[] = {"sh", "-c", (char *)command, NULL};
    pid_t child = -1;
    if (posix_spawn(&child, "/bin/sh", NULL, &attributes, arguments, environ) != 0) child = -1;
    posix_spawnattr_destroy(&attributes);
    return child;
}

int cc_run(const char *command) {
    // As in system(3), the keys that interrupt the command do not end the console. Ctrl-Z stops the command and the
    // console.
    static const int keys[] = {SIGINT, SIGQUIT, SIGTSTP};
    struct sigaction before[COUNT(keys)];
    if (!isendwin()) endwin();
    report_shown(SHOWS_SHELL);
    for (size_t index = 0; index < COUNT(keys); index++) {
        struct sigaction action = {.sa_handler = keys[index] == SIGTSTP ? SIG_DFL : SIG_IGN};
        sigemptyset(&action.sa_mask);
        sigaction(keys[index], &action, &before[index]);
    }
    int status = 0;
    pid_t child = spawn_shell(command);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    for (size_t index = 0; index < COUNT(keys); index++) sigaction(keys[index], &before[index], NULL);
    cc_resume();
    if (child < 0) return 127;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool cc_is_utf8(void) { return strcmp(nl_langinfo(CODESET), "UTF-8") == 0; }

int cc_colors(void) { return has_colors() ? COLORS : 0; }

void cc_use_mouse(bool is_used) {
    mouseinterval(0);
    mousemask(is_used ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
    prepare_reset(is_used);
    uses_mouse = is_used;
    report_screen();
}

void cc_resize(int *columns, int *rows) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
        if (size.ws_col != COLS || size.ws_row != LINES) {
            resize_term(size.ws_row, size.ws_col);
            clearok(curscr, TRUE);
        }
    }
    *columns = COLS;
    *rows = LINES;
}

// MARK: drawing

struct pair {
    int foreground;
    int background;
};

// Returns the pair of two colors, or the default pair if no further pair can be created.
static short pair_of(int foreground, int background) {
    static struct pair pairs[256];
    static short count = 0;
    if (foreground < 0 && background < 0) return 0;
    for (short index = 0; index < count; index++) {
        if (pairs[index].foreground == foreground && pairs[index].background == background) return index + 1;
    }
    if (count == COUNT(pairs) || count + 1 >= COLOR_PAIRS) return 0;
    pairs[count] = (struct pair){foreground, background};
    init_pair(count + 1, (short)foreground, (short)background);
    return ++count;
}

static attr_t attributes_of(int traits) {
    attr_t attributes = A_NORMAL;
    if (traits & CC_BOLD) attributes |= A_BOLD;
    if (traits & CC_DIM) attributes |= A_DIM;
    if (traits & CC_UNDERLINED) attributes |= A_UNDERLINE;
    if (traits & CC_REVERSED) attributes |= A_REVERSE;
    return attributes;
}

// Writes a cell. ncurses draws the last cell of the screen but reports an error, which is ignored.
static int add(int row, int column, const wchar_t *text, struct cc_attributes attributes) {
    cchar_t cell;
    short pair = pair_of(attributes.foreground, attributes.background);
    if (setcchar(&cell, text, attributes_of(attributes.traits), pair, NULL) != OK) return ERR;
    mvadd_wch(row, column, &cell);
    return OK;
}

void cc_put(int row, int column, uint32_t base, const uint32_t marks[3], int width, struct cc_attributes attributes) {
    wchar_t text[5] = {(wchar_t)base, (wchar_t)marks[0], (wchar_t)marks[1], (wchar_t)marks[2], 0};
    if (wcwidth(text[0]) == width && add(row, column, text, attributes) == OK) return;
    for (int offset = 0; offset < width; offset++) add(row, column + offset, L"?", attributes);
}

void cc_show(int row, int column) {
    if (is_ending) return;
    if (row >= 0) {
        move(row, column);
        curs_set(1);
    } else {
        curs_set(0);
    }
    refresh();
}

void cc_write(const uint8_t *bytes, int count) {
    while (count > 0) {
        ssize_t sent = write(STDOUT_FILENO, bytes, (size_t)count);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return;
        bytes += sent;
        count -= (int)sent;
    }
}

void cc_forget(void) { clearok(curscr, TRUE); }

// MARK: waiting

static void drain(int descriptor) {
    uint64_t value;
    ssize_t ignored = read(descriptor, &value, sizeof value);
    (void)ignored;
}

int cc_wait(bool blocks) {
    // Without a terminal, only cc_wake, signals, and the alarm end the wait.
    struct pollfd watched[] = {
        {.fd = wake_event, .events = POLLIN},
        {.fd = screen == NULL ? -1 : STDIN_FILENO, .events = POLLIN},
        {.fd = signal_pipe[0], .events = POLLIN},
        {.fd = alarm_timer, .events = POLLIN},
    };
    if (poll(watched, COUNT(watched), blocks ? -1 : 0) < 0) return 0;
    int ready = 0;
    if (watched[0].revents) {
        drain(wake_event);
        ready |= CC_WOKEN;
    }
    if (watched[1].revents & POLLIN) ready |= CC_INPUT;
    if (watched[1].revents & (POLLHUP | POLLERR | POLLNVAL)) ready |= CC_LOST;
    if (watched[2].revents) ready |= CC_SIGNAL;
    if (watched[3].revents) {
        drain(alarm_timer);
        ready |= CC_ALARM;
    }
    return ready;
}

static uint32_t key_of(wint_t code) {
    switch (code) {
    case KEY_UP: return CC_UP;
    case KEY_DOWN: return CC_DOWN;
    case KEY_LEFT: return CC_LEFT;
    case KEY_RIGHT: return CC_RIGHT;
    case KEY_HOME: case KEY_FIND: return CC_HOME;
    case KEY_END: case KEY_LL: case KEY_SELECT: return CC_END;
    case KEY_PPAGE: return CC_PAGE_UP;
    case KEY_NPAGE: return CC_PAGE_DOWN;
    case KEY_ENTER: return CC_ENTER;
    case KEY_BACKSPACE: return CC_BACKSPACE;
    case KEY_DC: return CC_DELETE;
    case KEY_IC: return CC_INSERT;
    case KEY_BTAB: return CC_BACK_TAB;
    default: return CC_UNKNOWN;
    }
}

static struct cc_input mouse_input(void) {
    MEVENT event;
    struct cc_input nothing = {CC_KEY, CC_UNKNOWN, 0, 0};
    if (getmouse(&event) != OK) return nothing;
    if (event.bstate & BUTTON1_PRESSED) return (struct cc_input){CC_MOUSE, CC_PRESS, event.y, event.x};
    if (event.bstate & BUTTON4_PRESSED) return (struct cc_input){CC_MOUSE, CC_WHEEL_UP, event.y, event.x};
    if (event.bstate & BUTTON5_PRESSED) return (struct cc_input){CC_MOUSE, CC_WHEEL_DOWN, event.y, event.x};
    return nothing;
}

struct cc_input cc_read(void) {
    wint_t code = 0;
    errno = 0;
    switch (get_wch(&code)) {
    case OK:
        return (struct cc_input){CC_TEXT, (uint32_t)code, 0, 0};
    case KEY_CODE_YES:
        if (code == KEY_MOUSE) return mouse_input();
        if (code > KEY_F0 && code <= KEY_F(63)) return (struct cc_input){CC_FUNCTION, code - KEY_F0, 0, 0};
        return (struct cc_input){CC_KEY, key_of(code), 0, 0};
    default:
        return (struct cc_input){errno == EIO ? CC_HANGUP : CC_NOTHING, 0, 0, 0};
    }
}

bool cc_is_lost(void) {
    struct termios now;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&input, 1, 0) > 0 && input.revents & (POLLHUP | POLLERR | POLLNVAL)) return true;
    return tcgetattr(STDIN_FILENO, &now) != 0;
}

int cc_signal(void) {
    unsigned char byte;
    return read(signal_pipe[0], &byte, 1) == 1 ? byte : 0;
}

void cc_wake(void) {
    uint64_t one = 1;
    ssize_t ignored = write(wake_event, &one, sizeof one);
    (void)ignored;
}

void cc_trim_memory(void) { malloc_trim(0); }

void cc_limit_heaps(void) { mallopt(M_ARENA_MAX, 2); }

void cc_alarm(int64_t milliseconds) {
    struct itimerspec spec = {0};
    if (milliseconds >= 0) {
        // A timer of zero would be disarmed.
        int64_t bounded = milliseconds == 0 ? 1 : milliseconds;
        spec.it_value.tv_sec = bounded / 1000;
        spec.it_value.tv_nsec = bounded % 1000 * 1000000;
    }
    timerfd_settime(alarm_timer, 0, &spec, NULL);
}
