/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "stlink.h"

G_BEGIN_DECLS

/*
 * The inside of the virtual ST-LINK, in five files: stlink.c carries transfers, time and faults;
 * stlink-command.c executes commands; stlink-dap.c the direct accesses to the debug port;
 * stlink-manners.c knows what can be wrong with one from the start; stlink-replay.c answers from a trace. Command bytes, arguments and
 * status values are those that stlink 1.7, OpenOCD 0.12 and pyOCD use; no manual of ST's describes
 * them.
 */

#define STLINK_COMMAND_SIZE 16

typedef enum {
    STLINK_MODE_DFU = 0,
    STLINK_MODE_MASS = 1,
    STLINK_MODE_DEBUG = 2,
} StlinkMode;

typedef enum {
    STLINK_STATUS_COMMAND_ERROR = 0x08,
    STLINK_STATUS_NO_IDCODE = 0x09,
    STLINK_STATUS_ALIGNMENT = 0x0A,
    STLINK_STATUS_AP_WAIT = 0x10,
    STLINK_STATUS_AP_FAULT = 0x11,
    STLINK_STATUS_AP_PARITY = 0x13,
    STLINK_STATUS_DP_ERROR = 0x16,
    STLINK_STATUS_AP_STICKY = 0x19,
    STLINK_STATUS_BAD_AP = 0x1D,
    STLINK_STATUS_UNKNOWN_COMMAND = 0x42,
    STLINK_STATUS_OK = 0x80,
} StlinkStatus;

/* The debug port and access port 0 as a host sees them that addresses their registers itself. */
typedef struct {
    guint32 ctrl;       /* DP CTRL/STAT, the bits a host sets */
    gboolean sticky;    /* an access has failed and the host has not cleared it */
    guint32 read_value; /* what RDBUFF gives */
    guint32 csw, tar;
} StlinkDap;

/* What its sense pin is wired to. */
typedef enum {
    STLINK_SENSE_BOARD, /* the board's supply, as it should be */
    STLINK_SENSE_FIXED, /* something else, always the same voltage: its own rail, or the air */
    STLINK_SENSE_NONE,  /* it has none: both readings are 0 */
} StlinkSense;

typedef struct {
    guint8 jtag; /* its firmware's number; 0: as the kind has it */
    gboolean stays_in_dfu;
    StlinkSense sense;
    guint32 sense_mv; /* of STLINK_SENSE_FIXED */
    gboolean no_nrst; /* its reset line is not wired */
    guint32 max_khz;  /* that its wires carry; 0: any */
} StlinkManners;

struct BenchStlink {
    const BenchStlinkKind *kind;
    char *serial;
    BenchBoard *board;
    BenchReplay *replay;              /* NULL: none */
    BenchStlinkKind replayed_kind;    /* of a probe with a replay */
    const BenchReplayEntry *replayed; /* the last command's; NULL: it was not in the trace */
    gboolean timed;
    StlinkManners manners;
    guint64 wire_random;
    BenchStlinkCounters counters;

    gboolean plugged, mute, hung, halted;
    gboolean fault_armed;
    guint fault_in; /* transfers until the fault */
    BenchFault fault;

    guint8 command[STLINK_COMMAND_SIZE]; /* the last one */
    GByteArray *data;                    /* of its data phase so far */
    gsize data_expected;                 /* 0: no data phase is under way */
    GByteArray *reply;
    gsize reply_sent;

    guint8 mode;
    guint32 swd_khz;
    guint8 rw_status; /* of the last memory access */
    guint32 rw_fault_addr;
    StlinkDap dap;
    GByteArray *misc; /* results of RW_MISC_OUT, until RW_MISC_IN asks */

    /* The last read, and what it gave: for hosts that poll while the flash is busy. */
    guint8 polled[STLINK_COMMAND_SIZE];
    GByteArray *polled_reply;
};

/* -- stlink.c -- */
/* Lets that much modelled time pass, for the board too. */
void stlink_spend(BenchStlink *probe, guint64 ns);
/* The time that so many accesses take on SWD. */
void stlink_spend_swd(BenchStlink *probe, gsize n_words);

/* -- stlink-command.c -- */
/* A command block has come; leaves a reply, or expects data, or neither. */
void stlink_run_command(BenchStlink *probe);
/* The data phase of the last command is complete. */
void stlink_run_data(BenchStlink *probe);
/* Whether anything is at the other end of the SWD wires. */
gboolean stlink_chip_answers(BenchStlink *probe);
StlinkStatus stlink_status_of(BenchDebugStatus status);

/* -- stlink-manners.c -- */
guint8 stlink_get_firmware(const BenchStlink *probe);
/* Whether its firmware is new enough for the last command. */
gboolean stlink_knows_command(const BenchStlink *probe);
/* Which mode it is in after a plug or a reset of its port. */
StlinkMode stlink_get_first_mode(const BenchStlink *probe);
/* The voltage at its sense pin; FALSE: it has none. */
gboolean stlink_get_sense(const BenchStlink *probe, guint32 *mv);

/* -- stlink-replay.c -- */
/* What stlink_run_command and stlink_run_data do, from the trace. */
BenchTransferStatus stlink_replay_command(BenchStlink *probe);
BenchTransferStatus stlink_replay_data(BenchStlink *probe);

/* -- stlink-wires.c -- */
/* How many of so many words get through before one is lost, and what the probe says of it: OK when all
 * do, or when a lost one is not noticed. */
StlinkStatus stlink_wires_carry(BenchStlink *probe, gsize n_words, gboolean reads, gsize *carried);
/* Two wrong bits in four bytes. */
void stlink_wires_spoil(BenchStlink *probe, guint8 *word);

/* -- stlink-serial.c -- */
gboolean stlink_serial_is_possible(const char *serial);

/* -- stlink-dap.c -- */
StlinkStatus stlink_dap_read(BenchStlink *probe, guint port, guint reg, guint32 *value);
StlinkStatus stlink_dap_write(BenchStlink *probe, guint port, guint reg, guint32 value);
/* RW_MISC: `n` operations in probe->data, results to probe->misc. */
void stlink_dap_run_misc(BenchStlink *probe, guint32 n);

static inline guint32
stlink_load16(const guint8 *p)
{
    return (guint32)p[0] | (guint32)p[1] << 8;
}

static inline guint32
stlink_load32(const guint8 *p)
{
    return stlink_load16(p) | stlink_load16(p + 2) << 16;
}

static inline void
stlink_store32(guint8 *p, guint32 value)
{
    for (guint i = 0; i < 4; i++)
        p[i] = (guint8)(value >> (8 * i));
}

G_END_DECLS
