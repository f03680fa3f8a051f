/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The commands of ST-LINK/V2, V2-1 and V3 that Inlay sends. ST publishes no manual: the names and
 * numbers are those that public host tools agree on. */

#define STLINK_COMMAND_SIZE 16

#define STLINK_GET_VERSION 0xf1        /* 6: BE16 v 15:12, jtag 11:6, swim or msd 5:0; vid; pid */
#define STLINK_GET_VERSION_V3 0xfb     /* 12: v, swim, jtag, msd, bridge, 0, 0, 0, vid, pid */
#define STLINK_GET_MODE 0xf5           /* 2: mode, 0 */
#define STLINK_GET_TARGET_VOLTAGE 0xf7 /* 8: u32 a0, u32 a1; volts = 2 * a1 * 1.2 / a0 */

#define STLINK_DFU 0xf3
#define STLINK_DFU_EXIT 0x07 /* no reply */
#define STLINK_SWIM 0xf4
#define STLINK_SWIM_EXIT 0x01 /* no reply */

#define STLINK_MODE_DFU 0
#define STLINK_MODE_SWIM 3

#define STLINK_DEBUG 0xf2
#define STLINK_DEBUG_READ_MEM_32 0x07  /* u32 addr, u16 size: that many bytes */
#define STLINK_DEBUG_WRITE_MEM_32 0x08 /* u32 addr, u16 size, then the bytes */
#define STLINK_DEBUG_READ_MEM_8 0x0c   /* a single byte is answered by two */
#define STLINK_DEBUG_WRITE_MEM_8 0x0d
#define STLINK_DEBUG_EXIT 0x21             /* no reply */
#define STLINK_DEBUG_ENTER 0x30            /* 2 */
#define STLINK_DEBUG_ENTER_SWD 0xa3        /* without a reset */
#define STLINK_DEBUG_READ_IDCODES 0x31     /* 12: status, u32 DPIDR, u32 */
#define STLINK_DEBUG_WRITE_WORD 0x35       /* u32 addr, u32 value: 2 */
#define STLINK_DEBUG_READ_WORD 0x36        /* u32 addr: 8: status, u32 value */
#define STLINK_DEBUG_LAST_RW_STATUS 0x3b   /* 2 */
#define STLINK_DEBUG_LAST_RW_STATUS_2 0x3e /* 12: status, u32 fault address; from V2 J15 */
#define STLINK_DEBUG_DRIVE_NRST 0x3c       /* 0 low, 1 high: 2 */
#define STLINK_DEBUG_SWD_SET_FREQ 0x43     /* u16 divisor: 2; from V2 J22 */
#define STLINK_DEBUG_SET_COM_FREQ 0x61     /* V3: u8 0 (SWD), u8 0, u32 kHz: 8 */
#define STLINK_DEBUG_GET_COM_FREQ 0x62     /* V3: u8 0 (SWD): 52: status, u32, u8 n (8), u32 (12) */

#define STLINK_FREQ_REPLY_SIZE 52
#define STLINK_FREQ_MAX 10  /* of a V3 */
#define STLINK_CLOCK_MAX 12 /* of any */

#define STLINK_STATUS_OK 0x80
#define STLINK_STATUS_FAULT 0x81
#define STLINK_STATUS_NO_IDCODE 0x09
#define STLINK_STATUS_WRITE_ERROR 0x0c
#define STLINK_STATUS_WRITE_VERIFY_ERROR 0x0d
#define STLINK_STATUS_AP_FAULT 0x11
#define STLINK_STATUS_AP_ERROR 0x12
#define STLINK_STATUS_AP_PARITY 0x13
#define STLINK_STATUS_DP_FAULT 0x15
#define STLINK_STATUS_DP_ERROR 0x16
#define STLINK_STATUS_DP_PARITY 0x17
#define STLINK_STATUS_WRITE_DATA 0x18
#define STLINK_STATUS_STICKY 0x19
#define STLINK_STATUS_STICKY_OVERRUN 0x1a
#define STLINK_STATUS_AP_WAIT 0x10
#define STLINK_STATUS_DP_WAIT 0x14

/* Firmware that came with a feature; J11 with this interface as a whole. */
#define STLINK_J_LEAST 11
#define STLINK_J_VOLTAGE 13
#define STLINK_J_STATUS_2 15
#define STLINK_J_SWD_FREQ 22

#define STLINK_MAX_READ 6144
#define STLINK_MAX_WRITE 16384
#define STLINK_MAX_8 64
