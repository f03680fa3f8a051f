/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/chips.h"

#include "bench/chip-rows.h"
#include "bench/random.h"
#include "bench/wires.h"

#include <string.h>

static const BenchChip *const families[] = {bench_chips_f1, bench_chips_f3, bench_chips_f4,
                                            bench_chips_l4};

const BenchChip *
bench_chip_find(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(families); i++)
        for (const BenchChip *chip = families[i]; chip->name != NULL; chip++)
            if (g_ascii_strcasecmp(chip->name, name) == 0)
                return chip;
    return NULL;
}

const char *const *
bench_chip_names(void)
{
    static GPtrArray *names;

    if (names != NULL)
        return (const char *const *)names->pdata;
    names = g_ptr_array_new();
    for (guint i = 0; i < G_N_ELEMENTS(families); i++)
        for (const BenchChip *chip = families[i]; chip->name != NULL; chip++)
            g_ptr_array_add(names, (gpointer)chip->name);
    g_ptr_array_add(names, NULL);
    return (const char *const *)names->pdata;
}

static BenchWires *
make_wires(BenchParts *parts)
{
    BenchWires *wires = g_new0(BenchWires, 1);
    gsize size;

    wires->parts = parts;
    wires->wait_state_table = parts->chip->family->wait_states;
    wires->random = parts->seed;
    wires->nor = bench_nor_new(&(BenchNorConfig){
        .base = parts->chip->flash_base,
        .sector_sizes = parts->chip->extra,
        .n_sectors = parts->chip->n_sectors,
        .areas = parts->chip->family->areas,
        .n_areas = BENCH_N_AREAS,
        .seed = bench_random_next(&wires->random),
        .instant = parts->instant_flash,
    });
    parts->flash = bench_nor_get_cells(wires->nor, &size);
    parts->wires = wires;
    return wires;
}

/* As the factory would write it, from the board's seed. */
static void
make_unique_id(BenchWires *wires, guint8 id[12])
{
    guint64 lot = bench_random_next(&wires->random), wafer = bench_random_next(&wires->random);

    /* RM0383 24.1, RM0008 30.2: X and Y on the wafer, its number, the lot in ASCII. */
    for (guint i = 0; i < 4; i++)
        id[i] = (i & 1) ? 0 : (guint8)(wafer >> (8 * i));
    id[4] = (guint8)(wafer >> 32) % 25 + 1;
    for (guint i = 5; i < 12; i++)
        id[i] = (guint8)('0' + ((lot >> (8 * (i - 5))) & 0xff) % 10);
}

static BenchPeripheral *
make_ids(BenchWires *wires)
{
    const BenchChipFamily *family = wires->parts->chip->family;
    guint8 words[128];
    guint32 size = MAX(family->id_flash_size + 2u, family->id_unique + 12u);
    guint kib = wires->parts->chip->flash_size / 1024;

    memset(words, 0xff, sizeof words);
    words[family->id_flash_size] = (guint8)kib;
    words[family->id_flash_size + 1] = (guint8)(kib >> 8);
    make_unique_id(wires, words + family->id_unique);
    return bench_rom_new(wires, "ID", family->id_base, words, (size + 3) & ~3u);
}

static gint
compare_bases(gconstpointer a, gconstpointer b)
{
    const BenchPeripheral *left = *(BenchPeripheral *const *)a;
    const BenchPeripheral *right = *(BenchPeripheral *const *)b;

    return left->base < right->base ? -1 : left->base > right->base;
}

static void
connect_clocks(const BenchParts *parts, BenchPeripheral *rcc)
{
    const BenchChipFamily *family = parts->chip->family;

    for (guint i = 0; i < parts->peripherals->len; i++) {
        BenchPeripheral *p = g_ptr_array_index(parts->peripherals, i);
        for (guint j = 0; j < family->n_gates; j++)
            if (family->gates[j].base == p->base)
                bench_rcc_gate(rcc, family->gates[j].enable_reg, family->gates[j].bit, p);
    }
}

static guint32
get_idcode(const BenchChip *chip)
{
    guint32 idcode = chip->family->idcode;

    return chip->rev_id != 0 ? (guint32)chip->rev_id << 16 | (idcode & 0xfff) : idcode;
}

void
bench_chip_create(BenchParts *parts)
{
    const BenchChipFamily *family = parts->chip->family;
    BenchWires *wires = make_wires(parts);
    BenchPeripheral *rcc = family->rcc_new(wires);
    GPtrArray *all = parts->peripherals;

    g_ptr_array_add(all, rcc);
    g_ptr_array_add(all, make_ids(wires));
    g_ptr_array_add(all, family->flash_new(wires));
    for (guint i = 0; i < BENCH_N_AREAS; i++)
        if (family->areas[i].size != 0)
            g_ptr_array_add(all, bench_cells_new(wires, i));
    g_ptr_array_add(all, bench_exti_new(wires, family->exti_base));
    g_ptr_array_add(all, bench_syscfg_new(wires, family->syscfg_name, family->syscfg_base));
    for (const char *port = family->ports; *port != '\0'; port++)
        g_ptr_array_add(all, family->gpio_new(wires, (guint)(*port - 'A')));
    for (guint i = 0; i < family->n_usarts; i++) {
        wires->usart[i] = bench_usart_new(wires, &family->usarts[i]);
        g_ptr_array_add(all, wires->usart[i]);
    }
    for (guint i = 0; i < 2 && family->dma_base[i] != 0; i++) {
        wires->dma[i] = bench_dma_new(wires, i + 1, family->dma_base[i]);
        g_ptr_array_add(all, wires->dma[i]);
    }
    if (family->backup_sram_base != 0)
        g_ptr_array_add(all, bench_backup_sram_new(wires, family->backup_sram_base));
    g_ptr_array_add(all, bench_crc_new(wires, family->crc_base));
    if (family->pwr_new != NULL)
        g_ptr_array_add(all, family->pwr_new(wires));
    g_ptr_array_add(all, bench_iwdg_new(wires, family->iwdg_base));
    g_ptr_array_add(all, bench_dbgmcu_new(wires, get_idcode(parts->chip), family->iwdg_stop_reg,
                                          family->iwdg_stop_bit));
    g_ptr_array_sort(all, compare_bases);
    connect_clocks(parts, rcc);
}

void
bench_parts_flash_write(BenchParts *parts, guint32 offset, guint size, guint32 value)
{
    parts->wires->flash_write(parts->wires->flash, offset, size, value);
}

static BenchPeripheral *
find_uart(const BenchParts *parts, guint32 base)
{
    for (guint i = 0; i < parts->chip->family->n_usarts; i++)
        if (parts->wires->usart[i]->base == base)
            return parts->wires->usart[i];
    return NULL;
}

gboolean
bench_parts_has_uart(const BenchParts *parts, guint32 base)
{
    return find_uart(parts, base) != NULL;
}

void
bench_parts_uart_receive(BenchParts *parts,
                         guint32 base,
                         const BenchUartFrame *frame,
                         guint64 start_ns)
{
    BenchPeripheral *uart = find_uart(parts, base);

    if (uart != NULL)
        bench_usart_receive(uart, frame, start_ns);
}

gboolean
bench_parts_uart_is_sending(const BenchParts *parts, guint32 base)
{
    BenchPeripheral *uart = find_uart(parts, base);

    return uart != NULL && bench_usart_is_sending(uart);
}

/* PA13 and PA14: on the F1 SWJ_CFG in MAPR of AFIO takes them away (RM0008 9.4.2), on others any
 * function but 0 (RM0383 8.3.1). */
gboolean
bench_parts_swd_is_open(const BenchParts *parts)
{
    enum { MAPR = 0x04, SWJ_CFG_SHIFT = 24, SWJ_CFG_OFF = 4, PORT_A = 0 };
    BenchPeripheral *syscfg = parts->wires->syscfg, *gpio = parts->wires->gpio[PORT_A];

    if (parts->chip->family->gpio_new == bench_gpio_f1_new)
        return (syscfg->ops->read(syscfg, MAPR, 4) >> SWJ_CFG_SHIFT & 7) != SWJ_CFG_OFF;
    if (gpio == NULL)
        return TRUE; /* this chip's pins are not modelled */
    return bench_gpio_is_alternate(gpio, 13, 0) && bench_gpio_is_alternate(gpio, 14, 0);
}

void
bench_parts_drive_pin(BenchParts *parts, guint port, guint pin, BenchPinDrive drive)
{
    if (port < BENCH_N_PORTS && pin < 16 && parts->wires->gpio[port] != NULL)
        bench_gpio_drive(parts->wires->gpio[port], pin, drive);
}

void
bench_parts_cut_power_at(BenchParts *parts, guint n, gboolean erases_only)
{
    bench_nor_cut_at(parts->wires->nor, n, erases_only);
}

void
bench_parts_stick_busy(BenchParts *parts, gboolean stuck)
{
    bench_nor_stick_busy(parts->wires->nor, stuck);
    parts->host->event_moved(parts->host);
}

void
bench_parts_protect(BenchParts *parts, guint rdp_level, guint32 wrp_sectors)
{
    parts->wires->flash_protect(parts->wires->flash, rdp_level, wrp_sectors);
}

guint8 *
bench_parts_get_area(BenchParts *parts, BenchFlashArea area, gsize *size)
{
    *size = parts->chip->family->areas[area].size;
    return *size != 0 ? bench_nor_get_area_cells(parts->wires->nor, area) : NULL;
}

void
bench_parts_load_options(BenchParts *parts)
{
    if (parts->wires->flash_load_options != NULL)
        parts->wires->flash_load_options(parts->wires->flash);
}

char *
bench_parts_describe_options(BenchParts *parts)
{
    GString *text = g_string_new(NULL);

    if (parts->wires->flash_describe_options != NULL)
        parts->wires->flash_describe_options(parts->wires->flash, text);
    else
        g_string_append(text, "the bench does not program option bytes of this chip\n");
    return g_string_free(text, FALSE);
}

guint32
bench_parts_get_option_erases(BenchParts *parts)
{
    return bench_nor_get_counters(parts->wires->nor)->area_erases;
}

void
bench_parts_get_counters(BenchParts *parts,
                         guint32 *erases,
                         guint32 *programs,
                         guint32 *sector_erases)
{
    const BenchNorCounters *counters = bench_nor_get_counters(parts->wires->nor);

    *erases = counters->erases;
    *programs = counters->programs;
    for (guint i = 0; i < parts->chip->n_sectors; i++)
        sector_erases[i] = counters->sector_erases[i];
}
