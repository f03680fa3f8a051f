/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty-settings.h"

#include <asm/ioctls.h>
#include <linux/tty_flags.h>
#include <string.h>

/* asm/termios.h, which would come with another struct */
#define LINE_DTR 0x002
#define LINE_RTS 0x004
#define SETTABLE_LINES (LINE_DTR | LINE_RTS)

static const struct {
    tcflag_t code;
    guint baud;
} rates[] = {
    {B50, 50},           {B75, 75},           {B110, 110},         {B134, 134},
    {B150, 150},         {B200, 200},         {B300, 300},         {B600, 600},
    {B1200, 1200},       {B1800, 1800},       {B2400, 2400},       {B4800, 4800},
    {B9600, 9600},       {B19200, 19200},     {B38400, 38400},     {B57600, 57600},
    {B115200, 115200},   {B230400, 230400},   {B460800, 460800},   {B500000, 500000},
    {B576000, 576000},   {B921600, 921600},   {B1000000, 1000000}, {B1152000, 1152000},
    {B1500000, 1500000}, {B2000000, 2000000}, {B2500000, 2500000}, {B3000000, 3000000},
    {B3500000, 3500000}, {B4000000, 4000000},
};

static const struct {
    gulong request;
    gsize size;
} known[] = {
    {TCGETS, sizeof(struct termios)},
    {TCSETS, sizeof(struct termios)},
    {TCSETSW, sizeof(struct termios)},
    {TCSETSF, sizeof(struct termios)},
    {TCGETS2, sizeof(struct termios2)},
    {TCSETS2, sizeof(struct termios2)},
    {TCSETSW2, sizeof(struct termios2)},
    {TCSETSF2, sizeof(struct termios2)},
    {TIOCMGET, sizeof(int)},
    {TIOCMSET, sizeof(int)},
    {TIOCMBIS, sizeof(int)},
    {TIOCMBIC, sizeof(int)},
    {TIOCGEXCL, sizeof(int)},
    {TIOCEXCL, 0},
    {TIOCNXCL, 0},
    {TIOCGSERIAL, sizeof(struct serial_struct)},
    {TIOCSBRK, 0},
    {TIOCSSERIAL, sizeof(struct serial_struct)},
    {TIOCCBRK, 0},
};

gboolean
bench_tty_is_known(gulong request)
{
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (known[i].request == request)
            return TRUE;
    return FALSE;
}

gsize
bench_tty_get_argument_size(gulong request)
{
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (known[i].request == request)
            return known[i].size;
    return 0;
}

void
bench_tty_settings_init(BenchTtySettings *settings, gboolean has_low_latency)
{
    *settings = (BenchTtySettings){
        .termios =
            {
                .c_iflag = ICRNL | IXON,
                .c_oflag = OPOST | ONLCR,
                .c_cflag = B9600 | CS8 | CREAD | HUPCL | CLOCAL,
                .c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
                .c_cc = {[VINTR] = 3, [VEOF] = 4, [VMIN] = 1},
                .c_ispeed = 9600,
                .c_ospeed = 9600,
            },
        .has_low_latency = has_low_latency,
        .serial = {.close_delay = 50, .closing_wait = 3000},
    };
}

guint
bench_tty_settings_get_baud(const BenchTtySettings *settings)
{
    return settings->termios.c_ospeed;
}

gboolean
bench_tty_settings_get_even_parity(const BenchTtySettings *settings)
{
    return (settings->termios.c_cflag & (PARENB | PARODD)) == PARENB;
}

static guint
set_termios(BenchTtySettings *settings, const guint8 *bytes, gsize size)
{
    struct termios2 *termios = &settings->termios;
    guint baud = bench_tty_settings_get_baud(settings);
    gboolean parity = bench_tty_settings_get_even_parity(settings);

    memcpy(termios, bytes, size);
    for (gsize i = 0; i < G_N_ELEMENTS(rates); i++)
        if ((termios->c_cflag & CBAUD) == rates[i].code)
            termios->c_ospeed = rates[i].baud;
    if ((termios->c_cflag & CBAUD) == B0)
        termios->c_ospeed = 0;
    termios->c_ispeed = termios->c_ospeed;

    guint changed = BENCH_TTY_TERMIOS;
    if (termios->c_ospeed == 0) { /* B0 hangs up */
        settings->lines = 0;
        changed |= BENCH_TTY_LINES;
    } else if (termios->c_ospeed != baud || bench_tty_settings_get_even_parity(settings) != parity)
        changed |= BENCH_TTY_RATE;
    return changed;
}

static guint
set_serial(BenchTtySettings *settings, const guint8 *bytes)
{
    struct serial_struct wanted;

    memcpy(&wanted, bytes, sizeof wanted);
    if (settings->has_low_latency)
        settings->serial.flags = wanted.flags & ASYNC_LOW_LATENCY;
    return BENCH_TTY_LATENCY;
}

static guint
set_lines(BenchTtySettings *settings, int lines)
{
    gboolean same = settings->lines == (lines & SETTABLE_LINES);
    settings->lines = lines & SETTABLE_LINES;
    return same ? 0 : BENCH_TTY_LINES;
}

guint
bench_tty_settings_run(BenchTtySettings *settings, gulong request, guint8 *bytes)
{
    gsize size = bench_tty_get_argument_size(request);
    int number = 0;

    if (size == sizeof number)
        memcpy(&number, bytes, sizeof number);
    switch (request) {
    case TCGETS:
    case TCGETS2:
        memcpy(bytes, &settings->termios, size);
        return 0;
    case TIOCMGET:
        memcpy(bytes, &settings->lines, size);
        return 0;
    case TIOCGSERIAL:
        memcpy(bytes, &settings->serial, size);
        return 0;
    case TIOCGEXCL:
        memcpy(bytes, &settings->exclusive, size);
        return 0;
    case TIOCMSET:
        return set_lines(settings, number);
    case TIOCMBIS:
        return set_lines(settings, settings->lines | number);
    case TIOCMBIC:
        return set_lines(settings, settings->lines & ~number);
    case TIOCSSERIAL:
        return set_serial(settings, bytes);
    case TIOCEXCL:
    case TIOCNXCL:
        settings->exclusive = request == TIOCEXCL;
        return BENCH_TTY_EXCLUSIVE;
    case TIOCSBRK: /* nothing here listens for a break */
    case TIOCCBRK:
        return 0;
    default:
        return set_termios(settings, bytes, size);
    }
}
