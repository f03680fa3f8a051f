/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usb-descriptors.h"

#include <string.h>

#define DEVICE_SIZE 18
#define LANGUAGE_US_ENGLISH 0x0409

enum { DESCRIPTOR_DEVICE = 1, DESCRIPTOR_CONFIG = 2, DESCRIPTOR_STRING = 3 };
enum { STRING_LANGUAGES = 0, STRING_MANUFACTURER = 1, STRING_PRODUCT = 2, STRING_SERIAL = 3 };

static void
append_endpoint(GByteArray *out, guint8 address, guint16 max_packet)
{
    const guint8 endpoint[] = {7, 5, address, 2, (guint8)max_packet, (guint8)(max_packet >> 8), 0};
    g_byte_array_append(out, endpoint, sizeof endpoint);
}

GByteArray *
bench_descriptors_new_stlink(const BenchStlink *probe)
{
    const BenchStlinkKind *kind = bench_stlink_get_kind(probe);
    guint16 units[BENCH_SERIAL_MAX];
    guint8 serial = bench_stlink_get_serial_units(probe, units) > 0 ? STRING_SERIAL : 0;
    guint8 pid_low = (guint8)kind->product_id, pid_high = (guint8)(kind->product_id >> 8);
    const guint8 device[DEVICE_SIZE] = {DEVICE_SIZE,
                                        DESCRIPTOR_DEVICE,
                                        0x00,
                                        0x02,
                                        0,
                                        0,
                                        0,
                                        64,
                                        0x83,
                                        0x04,
                                        pid_low,
                                        pid_high,
                                        0x00,
                                        0x01,
                                        STRING_MANUFACTURER,
                                        STRING_PRODUCT,
                                        serial,
                                        1};
    /* One configuration, bus powered, 100 mA; one interface of bulk endpoints: a V1's is a disk
     * (SCSI over bulk), the others' their vendor's. */
    gboolean disk = kind->version == 1;
    guint8 n_endpoints = disk ? 2 : 3;
    const guint8 head[] = {9,
                           DESCRIPTOR_CONFIG,
                           (guint8)(9 + 9 + n_endpoints * 7),
                           0,
                           1,
                           1,
                           0,
                           0x80,
                           50,
                           9,
                           4,
                           0,
                           0,
                           n_endpoints,
                           disk ? 0x08 : 0xFF,
                           disk ? 0x06 : 0xFF,
                           disk ? 0x50 : 0xFF,
                           0};
    GByteArray *out = g_byte_array_new();
    g_byte_array_append(out, device, sizeof device);
    g_byte_array_append(out, head, sizeof head);
    append_endpoint(out, kind->endpoint_in, kind->max_packet);
    append_endpoint(out, kind->endpoint_out, kind->max_packet);
    if (!disk)
        append_endpoint(out, kind->endpoint_trace, kind->max_packet);
    return out;
}

GByteArray *
bench_descriptors_new_hub(void)
{
    /* A Linux root hub: 1d6b:0002, class 9, one interrupt endpoint. */
    static const guint8 bytes[] = {DEVICE_SIZE, DESCRIPTOR_DEVICE,
                                   0x00,        0x02,
                                   9,           0,
                                   1,           64,
                                   0x6b,        0x1d,
                                   0x02,        0x00,
                                   0x00,        0x06,
                                   0,           0,
                                   0,           1,
                                   9,           DESCRIPTOR_CONFIG,
                                   25,          0,
                                   1,           1,
                                   0,           0xE0,
                                   0,           9,
                                   4,           0,
                                   0,           1,
                                   9,           0,
                                   0,           0,
                                   7,           5,
                                   0x81,        3,
                                   4,           0,
                                   12};
    return g_byte_array_append(g_byte_array_new(), bytes, sizeof bytes);
}

GByteArray *
bench_descriptors_new_serial(guint16 vendor_id, guint16 product_id, gboolean has_serial)
{
    const guint8 bytes[] = {DEVICE_SIZE, DESCRIPTOR_DEVICE, 0x00, 0x02, 0, 0, 0, 64,
                            (guint8)vendor_id, (guint8)(vendor_id >> 8), (guint8)product_id,
                            (guint8)(product_id >> 8), 0x00, 0x06, STRING_MANUFACTURER,
                            STRING_PRODUCT, has_serial ? STRING_SERIAL : 0, 1,
                            /* one interface of the vendor's, two bulk endpoints */
                            9, DESCRIPTOR_CONFIG, 9 + 9 + 2 * 7, 0, 1, 1, 0, 0x80, 45, 9, 4, 0, 0,
                            2, 0xFF, 0xFF, 0xFF, STRING_PRODUCT};
    GByteArray *out = g_byte_array_append(g_byte_array_new(), bytes, sizeof bytes);

    append_endpoint(out, 0x81, 64);
    append_endpoint(out, 0x02, 64);
    return out;
}

const char *
bench_descriptors_get_product(const BenchStlinkKind *kind)
{
    return kind->version == 3 ? "STLINK-V3" : "STM32 STLink";
}

const char *
bench_descriptors_get_manufacturer(void)
{
    return "STMicroelectronics";
}

static GByteArray *
new_string(const char *text)
{
    gsize length = strlen(text);
    const guint8 head[] = {(guint8)(2 + 2 * length), DESCRIPTOR_STRING};
    GByteArray *out = g_byte_array_append(g_byte_array_new(), head, sizeof head);
    for (gsize i = 0; i < length; i++) {
        const guint8 unit[] = {(guint8)text[i], 0};
        g_byte_array_append(out, unit, sizeof unit);
    }
    return out;
}

static GByteArray *
new_serial(const BenchStlink *probe)
{
    guint16 units[BENCH_SERIAL_MAX];
    guint n = bench_stlink_get_serial_units(probe, units);
    const guint8 head[] = {(guint8)(2 + 2 * n), DESCRIPTOR_STRING};
    GByteArray *out = n > 0 ? g_byte_array_append(g_byte_array_new(), head, sizeof head) : NULL;

    for (guint i = 0; i < n; i++) {
        const guint8 unit[] = {(guint8)units[i], (guint8)(units[i] >> 8)};
        g_byte_array_append(out, unit, sizeof unit);
    }
    return out;
}

static GByteArray *
answer_string(const BenchStlink *probe, guint8 index)
{
    static const guint8 languages[] = {4, DESCRIPTOR_STRING, LANGUAGE_US_ENGLISH & 0xFF,
                                       LANGUAGE_US_ENGLISH >> 8};
    switch (index) {
    case STRING_LANGUAGES:
        return g_byte_array_append(g_byte_array_new(), languages, sizeof languages);
    case STRING_MANUFACTURER:
        return new_string(bench_descriptors_get_manufacturer());
    case STRING_PRODUCT:
        return new_string(bench_descriptors_get_product(bench_stlink_get_kind(probe)));
    case STRING_SERIAL:
        return new_serial(probe);
    default:
        return NULL;
    }
}

GByteArray *
bench_descriptors_answer(const GByteArray *descriptors, const BenchStlink *probe, guint16 value)
{
    guint8 type = (guint8)(value >> 8);
    if (type == DESCRIPTOR_STRING)
        return answer_string(probe, (guint8)value);
    if (type == DESCRIPTOR_DEVICE)
        return g_byte_array_append(g_byte_array_new(), descriptors->data, DEVICE_SIZE);
    if (type == DESCRIPTOR_CONFIG && (value & 0xFF) == 0)
        return g_byte_array_append(g_byte_array_new(), descriptors->data + DEVICE_SIZE,
                                   descriptors->len - DEVICE_SIZE);
    return NULL;
}
