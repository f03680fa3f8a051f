/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "chip.h"

G_BEGIN_DECLS

/*
 * How a board is reached: which adapter, and what to do there before anything else. Part of a job;
 * every command that touches a board takes it. All of it zero is the right thing for most boards.
 */
typedef enum {
    INLAY_CONNECT_AUTO,        /* as it runs; with the reset line held when nothing answers */
    INLAY_CONNECT_NORMAL,      /* as it runs, and never otherwise */
    INLAY_CONNECT_UNDER_RESET, /* with the reset line held from the start */
    INLAY_CONNECT_RACE,        /* again and again while its power comes up, until it is caught */
} InlayConnect;

/* What a control line of a serial adapter is wired to: asserting it … */
typedef enum {
    INLAY_WIRE_NONE,
    INLAY_WIRE_NRST,   /* holds the chip in reset */
    INLAY_WIRE_BOOT0,  /* takes BOOT0 high: the chip's own loader starts at the next reset */
    INLAY_WIRE_BUTTON, /* presses the button that makes the UART bootloader stay */
} InlayWire;

typedef struct {
    char *adapter; /* "usb:1-4", "serial:066D…", "tty:/dev/ttyUSB0"; NULL: the only ST-LINK */
    InlayConnect connect;
    guint clock_khz; /* the wire's clock at most; 0: the transport's own choice */
    guint supply_mv; /* the board's, for a probe that cannot measure it; counts before the layout's;
                        0: not declared */
    char *trace;     /* a file to write every transfer to; NULL: none */

    /* Of a serial port; a layout's `uart` fills in what is not said. */
    guint baud;     /* while it talks to the bootloader at first; 0: 115200 */
    guint baud_max; /* up to which it may raise the rate; 0: what both can */
    InlayWire dtr_wire, rts_wire;
    const InlayChip
        *chip; /* the layout's, to be believed where a board cannot tell its own; NULL: none */
} InlayAccess;

void inlay_access_clear(InlayAccess *access);
void inlay_access_copy(const InlayAccess *access, InlayAccess *copy); /* for the copy, clear */

/* What `asked` says takes the place of what `access` said; wires all together, since a line that is wired to
 * something else than was thought is wired to nothing of what was thought. */
void inlay_access_override(InlayAccess *access, const InlayAccess *asked);

/* Says that `wire` (a name) is on `line` ("dtr", "rts"). Errors: USAGE, in the words "expected …,
 * found …". */
gboolean
inlay_access_set_wire(InlayAccess *access, const char *wire, const char *line, GError **error);
gboolean inlay_access_is_baud(guint64 baud);

const char *inlay_connect_to_string(InlayConnect connect); /* "under-reset" */
gboolean inlay_connect_from_string(const char *name, InlayConnect *connect);
const char *inlay_wire_to_string(InlayWire wire); /* "nrst"; NONE: NULL */
gboolean inlay_wire_from_string(const char *name, InlayWire *wire);

G_END_DECLS
