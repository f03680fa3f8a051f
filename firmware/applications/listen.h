/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_APPLICATIONS_LISTEN_H
#define FIRMWARE_APPLICATIONS_LISTEN_H

/* From now on the application makes place for the bootloader when a host asks for it on the UART
 * (docs/protocol.md, section 6). After application_start(). */
void listen_start(void);

#endif
