/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libserialport makes of the ports: lists them, and opens one: ports TTY. */
#include <libserialport.h>
#include <stdio.h>

static int
list(void)
{
    struct sp_port **ports;

    if (sp_list_ports(&ports) != SP_OK)
        return 0;
    for (int i = 0; ports[i] != NULL; i++) {
        int vendor = 0, product = 0;
        const char *serial = sp_get_port_usb_serial(ports[i]);
        sp_get_port_usb_vid_pid(ports[i], &vendor, &product);
        printf("%s: %s %04x:%04x %s\n", sp_get_port_name(ports[i]),
               sp_get_port_usb_product(ports[i]), (unsigned int)vendor, (unsigned int)product,
               serial != NULL ? serial : "none");
    }
    sp_free_port_list(ports);
    return 1;
}

static int
use(const char *name)
{
    struct sp_port *port;
    struct sp_port_config *config;
    enum sp_parity parity;
    int baud, ok = sp_get_port_by_name(name, &port) == SP_OK && sp_new_config(&config) == SP_OK;

    if (!ok || sp_open(port, SP_MODE_READ_WRITE) != SP_OK)
        return 0;
    ok = sp_set_baudrate(port, 1234567) == SP_OK && sp_set_parity(port, SP_PARITY_EVEN) == SP_OK &&
         sp_set_flowcontrol(port, SP_FLOWCONTROL_NONE) == SP_OK &&
         sp_set_dtr(port, SP_DTR_OFF) == SP_OK && sp_get_config(port, config) == SP_OK &&
         sp_get_config_baudrate(config, &baud) == SP_OK &&
         sp_get_config_parity(config, &parity) == SP_OK &&
         sp_blocking_write(port, "hello", 5, 1000) == 5 && sp_drain(port) == SP_OK &&
         sp_output_waiting(port) == 0 && sp_flush(port, SP_BUF_BOTH) == SP_OK;
    if (ok)
        printf("opened, %d baud, %s parity, drained, ", baud,
               parity == SP_PARITY_EVEN ? "even" : "no");
    ok = sp_close(port) == SP_OK && ok;
    printf(ok ? "closed\n" : "failed: %s\n", sp_last_error_message());
    sp_free_config(config);
    sp_free_port(port);
    return ok;
}

int
main(int argc, char **argv)
{
    return list() && argc > 1 && use(argv[1]) ? 0 : 1;
}
