/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Says which USB devices come and go: watch COUNT. Ends after so many, or with 1 after 10 s. */
#include <libusb.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int seen;

static int
on_hotplug(libusb_context *usb, libusb_device *device, libusb_hotplug_event event, void *user_data)
{
    printf("%s\n", event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED ? "arrived" : "left");
    fflush(stdout);
    seen++;
    return 0;
}

int
main(int argc, char **argv)
{
    int wanted = argc > 1 ? atoi(argv[1]) : 1;
    struct timeval slice = {.tv_usec = 100000};
    libusb_context *usb;

    if (libusb_init(&usb) != 0 ||
        libusb_hotplug_register_callback(
            usb, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, 0, 0x0483,
            LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY, on_hotplug, NULL, NULL) != 0)
        return 2;
    printf("watching\n");
    fflush(stdout);
    for (time_t end = time(NULL) + 10; seen < wanted && time(NULL) < end;)
        libusb_handle_events_timeout(usb, &slice);
    libusb_exit(usb);
    return seen < wanted;
}
