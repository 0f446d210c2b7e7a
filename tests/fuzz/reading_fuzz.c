/* A stranger's database, read by every command that reads.
 *
 * Rooms  reports/command
 *
 * The first octet says which view of it; the rest are rows as database.h makes them. A report is written or refused
 * with a sentence, and is text that a terminal and a JSON reader can bear. */
#include "tests/fuzz/database.h"

#include <locale.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "reports/command/internal/diff_text.h"
#include "reports/command/internal/outage_text.h"
#include "reports/command/internal/trend_text.h"
#include "reports/command/summary.h"
#include "reports/page/page.h"
#include "reports/record/explain.h"
#include "reports/record/export.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mxs_style style = {.width = 77};
static mxs_store *store;

static enum mxs_err explain(const struct mxs_run *run, unsigned pick, mxs_out *out, struct mxs_detail *detail)
{
    static const char *const names[] = {"a.example", "b.example", "d.example", "f.co.uk"};
    return mxs_explain_write(store, run, names[pick % 4], &style, out, detail);
}

static enum mxs_err export(const struct mxs_run *run, unsigned pick, mxs_out *out, struct mxs_detail *detail) {
    const struct mxs_export_options options = {.form = pick & 1 ? MXS_RECORD_CSV : MXS_RECORD_JSON,
                                               .content_only = (pick & 2) != 0};
    return mxs_export_write(store, run, &options, out, detail);
}

static enum mxs_err outage(const struct mxs_run *run, unsigned pick, mxs_out *out, struct mxs_detail *detail)
{
    static const char *const names[MXS_PART_COUNT] = {"mx.a.example", "20.0.0.1", "20.0.0.0/24",
                                                      "AS64500",      "example",  "DE"};
    struct mxs_outage_options options = {
        .kind = (enum mxs_part)(pick % MXS_PART_COUNT), .name = names[pick % MXS_PART_COUNT], .domains = true};
    struct mxs_outage found;
    enum mxs_err err = mxs_outage_open(&found, store, run, &options, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_outage_write(&found, MXS_FORMAT_TEXT, &style, out, detail);
    mxs_outage_close(&found);
    return err;
}

static enum mxs_err diff(unsigned pick, mxs_out *out, struct mxs_detail *detail)
{
    static const enum mxs_format formats[] = {MXS_FORMAT_TEXT, MXS_FORMAT_JSON, MXS_FORMAT_CSV, MXS_FORMAT_HTML};
    const struct mxs_diff_options options = {0};
    struct mxs_run from, to;
    struct mxs_diff found;
    enum mxs_err err = mxs_diff_runs(store, 1, 2, NULL, &from, &to, detail);
    if (err == MXS_OK)
        err = mxs_diff_open(&found, store, &from, &to, &options, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_diff_write(&found, formats[pick % 4], &style, out, detail);
    mxs_diff_close(&found);
    return err;
}

static enum mxs_err trend(unsigned pick, mxs_out *out, struct mxs_detail *detail)
{
    struct mxs_trend found;
    enum mxs_err err = mxs_trend_open(&found, store, 0, NULL, &(struct mxs_trend_options){.top = 5}, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_trend_write(&found, pick & 1 ? MXS_FORMAT_TEXT : MXS_FORMAT_HTML, &style, out, detail);
    mxs_trend_close(&found);
    return err;
}

static enum mxs_err report(const struct mxs_run *run, unsigned pick, mxs_out *out, struct mxs_detail *detail)
{
    struct mxs_snapshot snapshot;
    enum mxs_err err = mxs_snapshot_open(&snapshot, store, run, detail);
    if (err != MXS_OK)
        return err;
    if (pick < mxs_catalog_count)
        err = mxs_summary_write_table(&snapshot, &mxs_catalog[pick], 0, MXS_FORMAT_TEXT, &style, out, detail);
    else
        err = mxs_summary_write(&snapshot, pick & 1 ? MXS_FORMAT_TEXT : MXS_FORMAT_JSON, &style, out, detail);
    mxs_snapshot_close(&snapshot);
    return err;
}

/* Lines that begin as JSON does are JSON where records were asked for; nothing steers a terminal, but for the tabs and
 * line ends in the quotes of CSV. */
static void check_text(mxs_out *out, bool records)
{
    static sqlite3_stmt *valid;
    if (valid == NULL)
        valid = world_prepare(store, "SELECT json_valid(?1)", "", "", "", "");
    mxs_out_bytes(out, "", 1);
    for (const char *at = out->buffer; *at != 0; at++)
        MXS_ASSERT(*at == '\n' || *at == '\t' || *at == '\r' || !mxs_utf8_steers_at(at));
    for (const char *at = out->buffer, *end; records && at[0] == '{' && (end = strchr(at, '\n')) != NULL;
         at = end + 1) {
        sqlite3_bind_text(valid, 1, at, (int)(end - at), SQLITE_STATIC);
        MXS_ASSERT(sqlite3_step(valid) == SQLITE_ROW && sqlite3_column_int(valid, 0) == 1);
        sqlite3_reset(valid);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (store == NULL) {
        store = world_open();
        world_keep(store);
        setlocale(LC_CTYPE, "C.UTF-8");
    }
    if (size < 1)
        return 0;
    world_put(data + 1, size - 1);
    struct mxs_detail detail = {0};
    struct mxs_run run;
    mxs_out out;
    unsigned pick = data[0] / 8;
    mxs_out_attach(&out, NULL);
    enum mxs_err err = mxs_run_find(store, 0, NULL, &run, &detail);
    switch (err == MXS_OK ? data[0] % 8 : 8) {
    case 0: err = explain(&run, pick, &out, &detail); break;
    case 1: err = export(&run, pick, &out, &detail); break;
    case 2: err = outage(&run, pick, &out, &detail); break;
    case 3: err = diff(pick, &out, &detail); break;
    case 4: err = trend(pick, &out, &detail); break;
    case 5:
    case 6:
    case 7: err = report(&run, pick, &out, &detail); break;
    default: break;
    }
    MXS_ASSERT(err == MXS_OK ||
               ((err == MXS_ERR_FOREIGN_DB || err == MXS_ERR_DB || err == MXS_ERR_INPUT) && detail.text[0] != 0));
    if (err == MXS_OK)
        check_text(&out, data[0] % 8 == 1);
    mxs_out_abandon(&out);
    return 0;
}
