/* Room       tests/fuzz
 * Spec       None
 * In         A fuzz input
 * Out        A small database in memory, with rows in it as only a stranger would write them
 * Units      None
 * Limits     Ids of what is interned are below 256: a gap in them costs memory, nothing else
 * Errors     None: what SQLite refuses is left out
 * Ownership  One database for the whole process
 * Threads    One
 * Bugs       None
 *
 * A database may be sent by somebody. The input is a sequence of rows: an octet names the table, and each column takes
 * its value from what follows. A row takes the place of the one with its key. The rest of the world stands, so that
 * what is wrong is reached.
 */
#ifndef MXS_TESTS_FUZZ_DATABASE_H
#define MXS_TESTS_FUZZ_DATABASE_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/store.h"

enum { TABLES = 29, TABLE_COLUMNS = 30 };

/* Two complete runs, one that was interrupted, a domain for each kind of answer. */
static const char world_sql[] =
    "INSERT INTO list VALUES (1,'default');"
    "INSERT INTO run "
    "(id,list_id,state,stage,started_at,finished_at,previous_run,input_digest,checks,shard,seed,options,versions,lines,"
    "accepted,"
    "rejected,duplicates) VALUES "
    "(1,1,'complete','finish',1700000000,1700000100,NULL,'d','mx,host,auth,transport,smtp','1/1',1,'{}','{}',6,6,0,0),"
    "(2,1,'complete','finish',1700100000,1700100100,1,'d','mx,host,auth,transport,smtp','1/1',2,'{}','{}',6,6,0,0),"
    "(3,1,'running','settle',1700200000,NULL,2,'d','mx,host,auth,transport,smtp','1/1',3,'{}','{}',6,6,0,0);"
    "INSERT INTO member VALUES (1,1,6),(2,1,6),(3,1,6);"
    "INSERT INTO resolver VALUES (1,'192.0.2.53'),(2,'192.0.2.54');"
    "INSERT INTO domain VALUES "
    "(1,'a.example'),(2,'b.example'),(3,'c.example'),(4,'d.example'),(5,'e.example'),(6,'f.co.uk');"
    "INSERT INTO host (id, name) VALUES "
    "(1,'mx.a.example'),(2,'mx.example.net'),(3,'mx2.example.org'),(4,'d.example'),(5,'');"
    "INSERT INTO text VALUES (1,'alias.example'),(2,'other.example');"
    "INSERT INTO address VALUES "
    "(1,x'14000001','20.0.0.1','20.0.0.0/24',1,64500),(2,x'14000101','20.0.1.1','20.0.1.0/24',1,64500),"
    "(3,x'2a000000000000000000000000000001','2a00::1','2a00::/48',1,NULL);"
    "INSERT INTO asn VALUES (64500,'Example','DE');"
    "INSERT INTO address_entry VALUES (1,0,1),(2,0,1),(2,1,2),(3,0,3);"
    "INSERT INTO mx_entry VALUES (1,10,1),(2,10,2),(2,20,3),(3,0,5);"
    "INSERT INTO domain_history VALUES "
    "(1,1,1,NULL,0,1,NULL,NULL),(2,1,1,1,0,1,NULL,NULL),(2,1,2,NULL,0,2,NULL,NULL),(3,1,1,NULL,0,3,NULL,NULL),"
    "(4,1,1,NULL,1,NULL,1,4),(5,1,1,NULL,2,NULL,NULL,NULL),(6,1,1,1,5,NULL,NULL,NULL),(6,1,2,NULL,0,2,NULL,NULL);"
    "INSERT INTO host_history VALUES "
    "(1,1,1,NULL,0,1,0,3,NULL,NULL,1),(2,1,1,NULL,0,2,1,NULL,1,NULL,1),(3,1,1,NULL,2,NULL,2,NULL,NULL,2,0),"
    "(4,1,1,NULL,0,1,1,NULL,NULL,NULL,1);"
    "INSERT INTO policy VALUES "
    "(1,1,x'01000001ffffffff000f763d73706631206d78202d616c6c0d0001ffffffff000600002d010000',0),(2,2,x'01',1),"
    "(3,3,x'010e3001ffffffff000703010101020304',0);"
    "INSERT INTO policy_text VALUES (1,0,'v=spf1 mx -all','{\"record\":\"v=spf1 mx "
    "-all\",\"result\":\"ok\"}'),(1,1,'v=DMARC1; p=none',"
    "'{\"record\":\"v=DMARC1; p=none\"}'),(1,4,'v=STSv1; id=1','{\"record\":\"v=STSv1; "
    "id=1\",\"policy\":null}'),(3,6,NULL,'{\"usable\":1}');"
    "INSERT INTO policy_column VALUES (0,'spf','auth.spf','auth',0,'null','no "
    "SPF','record',2),(1,'dmarc','auth.dmarc','auth',0,'null','no DMARC','record',2),"
    "(4,'mta_sts','transport.mta_sts','transport',0,'null','no "
    "MTA-STS','record',1),(6,'tlsa','transport.tlsa','transport',1,'null',NULL,'host',0),"
    "(9,'other','other','auth',0,'null',NULL,NULL,0);"
    "INSERT INTO measure VALUES (0,'spf','SPF','auth',0),(7,'dane','DANE','transport',1);"
    "INSERT INTO measure_word VALUES (0,0,'ok','valid',0),(0,1,'none','absent',1),(7,1,'some','some',0);"
    "INSERT INTO policy_history VALUES (1,1,1,NULL,1,1),(2,1,1,NULL,2,0);"
    "INSERT INTO host_policy_history VALUES (1,1,1,NULL,3);"
    "INSERT INTO sts_history VALUES (1,1,1,NULL,'1',0,0,2,86400,'mx.a.example');"
    "INSERT INTO shared VALUES (2,'inc.example',16,12,0,1,x'0b00763d73706631202d616c6c');"
    "INSERT INTO sts_fetch VALUES (3,1,'1',0,0,2,86400,'mx.a.example');"
    "INSERT INTO provider VALUES (1,'self'),(2,'example');"
    "INSERT INTO ruleset VALUES (1,'x','built in',1700000000);"
    "INSERT INTO rule VALUES (1,1,'example.net','example','mailbox','DE',NULL,NULL);"
    "INSERT INTO host_label VALUES (1,1,NULL),(2,2,1),(3,2,1),(4,1,NULL);"
    "INSERT OR REPLACE INTO finding VALUES (1,'single_host',1,'One.','Two.'),(2,'no_ipv6',0,'No.','Yes.');"
    "INSERT INTO verdict (id,state,hosts,usable,tiers,backup,single_point,content) VALUES (1,0,1,1,1,0,1,x'01'),"
    "(2,0,2,1,2,1,0,x'02'),(3,2,0,0,0,NULL,NULL,x'03'),(4,7,0,NULL,NULL,NULL,NULL,x'04');"
    "INSERT INTO verdict_value VALUES (1,0,0),(1,7,1),(2,0,1);"
    "INSERT INTO verdict_label VALUES (1,1,1,1,10000,90),(2,0,1,2,10000,80),(2,2,1,1,0,50);"
    "INSERT INTO verdict_finding VALUES (1,1),(2,2);"
    "INSERT INTO evidence VALUES (1,1,'spf','example','inc.example','inc.example');"
    "INSERT INTO certificate VALUES (1,x'00','CN=mx.a.example','CN=ca','[\"mx.a.example\",\"*.one.com\"]',2,'EC',256,"
    "'x',1690000000,1800000000);"
    "INSERT INTO smtp_history VALUES "
    "(1,1,1,1,NULL,0,250,0,'TLSv1.3','x','mx1.one.com',60,1,1,1,0,NULL,'mx1.one.com'),"
    "(2,1,1,1,1,2,421,NULL,NULL,NULL,NULL,0,1,NULL,NULL,NULL,NULL,NULL),"
    "(2,1,1,2,NULL,0,250,1,NULL,NULL,'mx2.example.org',0,1,NULL,NULL,NULL,NULL,NULL),"
    "(4,1,1,2,NULL,0,250,1,NULL,NULL,'mx9.web-hosting.com',0,1,NULL,NULL,NULL,NULL,'mx9.web-hosting.com');"
    "INSERT INTO smtp_measured VALUES (1,1,2,1,3,4,'mx1.one.com ESMTP',NULL,NULL,1700100050);"
    "INSERT INTO server_signal VALUES ('mx1.one.com','one.com','one.com'),('*.one.com','one.com','one.com');"
    "INSERT INTO judgement VALUES "
    "(1,1,1,NULL,1),(2,1,1,1,1),(2,1,2,NULL,2),(3,1,1,NULL,3),(4,1,1,NULL,1),(5,1,1,NULL,4),(6,1,1,1,4),(6,1,2,NULL,2);"
    "INSERT INTO measurement VALUES (0,x'0001010101a00164ac02000101010164ac02');";

struct world_table {
    const char *name;
    sqlite3_stmt *empty, *restore, *put;
    int columns;
    char kinds[TABLE_COLUMNS]; /* i: number, d: id that is interned, t: text, b: blob */
};

/* The first ones can be put rows into; the others are only restored, since what runs changes them. */
static struct world_table world_tables[] = {
    {.name = "domain"},
    {.name = "host"},
    {.name = "text"},
    {.name = "address"},
    {.name = "mx_entry"},
    {.name = "address_entry"},
    {.name = "domain_history"},
    {.name = "host_history"},
    {.name = "policy"},
    {.name = "policy_history"},
    {.name = "policy_text"},
    {.name = "host_policy_history"},
    {.name = "sts_history"},
    {.name = "measurement"},
    {.name = "member"},
    {.name = "withdrawal"},
    {.name = "journal"},
    {.name = "sts_fetch"},
    {.name = "provider"},
    {.name = "verdict"},
    {.name = "verdict_label"},
    {.name = "verdict_finding"},
    {.name = "judgement"},
    {.name = "host_label"},
    {.name = "run"},
    {.name = "smtp_history"},
    {.name = "certificate"},
    {.name = "server_signal"},
    {.name = "smtp_measured"},
    {.name = "evidence"},
    {.name = "shared"},
    {.name = "verdict_value"},
    {.name = "policy_column"},
    {.name = "measure"},
    {.name = "measure_word"},
    {.name = "ruleset"},
    {.name = "rule"},
    {.name = "finding"},
    {.name = "asn"},
    {.name = "run_note"},
};
static sqlite3_stmt *world_begin_all, *world_commit;
#define WORLD_TABLES (sizeof world_tables / sizeof *world_tables)

static sqlite3_stmt *world_prepare(mxs_store *store, const char *before, const char *name, const char *between,
                                   const char *more, const char *after)
{
    char sql[512];
    sqlite3_stmt *statement = NULL;
    snprintf(sql, sizeof sql, "%s%s%s%s%s", before, name, between, more, after);
    MXS_ASSERT(sqlite3_prepare_v3(mxs_store_handle(store), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) ==
               SQLITE_OK);
    return statement;
}

static void world_run(sqlite3_stmt *statement)
{
    (void)sqlite3_step(statement);
    sqlite3_reset(statement);
}

static char world_kind(const char *table, const char *column, const char *type)
{
    static const char *const interned[] = {"domain",   "host",    "text",    "address",
                                           "provider", "verdict", "ruleset", "rule"};
    for (size_t i = 0; strcmp(column, "id") == 0 && i < sizeof interned / sizeof *interned; i++)
        if (strcmp(table, interned[i]) == 0)
            return 'd';
    return strcmp(column, "set_id") == 0 ? 'd' : type[0] == 'I' ? 'i' : type[0] == 'T' ? 't' : 'b';
}

/* --- SQLite's memory: lists of blocks by size, since a sanitizer looking at each of thousands takes most of an input's
 * time --- */

#define WORLD_HEAD 16 /* before a block: its list */
static struct world_block {
    struct world_block *next;
} *world_free[48];

static int world_list(int size_bytes)
{
    return 32 - __builtin_clz((unsigned)size_bytes + WORLD_HEAD - 1); /* the power of two that holds it */
}

static void *world_take(int size_bytes)
{
    static char *at, *end;
    int list = world_list(size_bytes);
    size_t size = (size_t)1 << list;
    char *block = (char *)world_free[list];
    if (block != NULL) {
        world_free[list] = world_free[list]->next;
    } else {
        if ((size_t)(end - at) < size) {
            at = malloc(size > 1 << 20 ? size : 1 << 20);
            end = at == NULL ? NULL : at + (size > 1 << 20 ? size : 1 << 20);
        }
        if (at == NULL)
            return NULL;
        block = at;
        at += size;
    }
    memcpy(block, &list, sizeof list);
    return block + WORLD_HEAD;
}

static int world_size(void *block)
{
    int list;
    memcpy(&list, (char *)block - WORLD_HEAD, sizeof list);
    return (int)(((size_t)1 << list) - WORLD_HEAD);
}

static void world_give(void *block)
{
    int list;
    memcpy(&list, (char *)block - WORLD_HEAD, sizeof list);
    struct world_block *given = (void *)((char *)block - WORLD_HEAD);
    given->next = world_free[list];
    world_free[list] = given;
}

static void *world_resize(void *block, int size_bytes)
{
    int had = world_size(block);
    if (size_bytes <= had)
        return block;
    void *larger = world_take(size_bytes);
    if (larger != NULL) {
        memcpy(larger, block, (size_t)had);
        world_give(block);
    }
    return larger;
}

static int world_round(int size_bytes) { return (int)(((size_t)1 << world_list(size_bytes)) - WORLD_HEAD); }
static int world_begin(void *arg) { return arg == NULL ? SQLITE_OK : SQLITE_ERROR; }
static void world_end(void *arg) { (void)arg; }

static mxs_store *world_open(void)
{
    static const sqlite3_mem_methods methods = {world_take,  world_give,  world_resize, world_size,
                                                world_round, world_begin, world_end,    NULL};
    mxs_store *store;
    MXS_ASSERT(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK &&
               sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK &&
               sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) == SQLITE_OK);
    MXS_ASSERT(mxs_store_open(&store, ":memory:", NULL) == MXS_OK && mxs_store_run(store, world_sql, NULL) == MXS_OK);
    return store;
}

/* Once: as it is now, it will be restored. */
static void world_keep(mxs_store *store)
{
    world_begin_all = world_prepare(store, "BEGIN", "", "", "", "");
    world_commit = world_prepare(store, "COMMIT", "", "", "", "");
    for (size_t i = 0; i < WORLD_TABLES; i++) {
        struct world_table *table = &world_tables[i];
        char marks[2 * TABLE_COLUMNS + 1] = "?";
        world_run(
            world_prepare(store, "CREATE TEMP TABLE kept_", table->name, " AS SELECT * FROM main.", table->name, ""));
        table->empty = world_prepare(store, "DELETE FROM main.", table->name, "", "", "");
        table->restore =
            world_prepare(store, "INSERT INTO main.", table->name, " SELECT * FROM temp.kept_", table->name, "");
        sqlite3_stmt *columns =
            world_prepare(store, "SELECT name, type FROM pragma_table_info('", table->name, "')", "", "");
        for (; sqlite3_step(columns) == SQLITE_ROW; table->columns++) {
            MXS_ASSERT(table->columns < TABLE_COLUMNS);
            table->kinds[table->columns] = world_kind(table->name, (const char *)sqlite3_column_text(columns, 0),
                                                      (const char *)sqlite3_column_text(columns, 1));
            if (table->columns > 0)
                strcat(marks, ",?");
        }
        sqlite3_finalize(columns);
        table->put = world_prepare(store, "INSERT OR REPLACE INTO main.", table->name, " VALUES (", marks, ")");
    }
}

/* A number: small ones by themselves, and those at which a type ends. */
static void world_bind_number(sqlite3_stmt *put, int at, uint8_t octet)
{
    static const int64_t odd[] = {-1,        0xff,       0x100,      0xffff,     0x10000,     131072,
                                  INT32_MAX, 0x80000000, 0xfffffffe, 0xffffffff, 0x100000000, 0x100000001,
                                  INT64_MAX, INT64_MIN,  1000000000, 4095};
    if (octet == 0xff)
        sqlite3_bind_null(put, at);
    else
        sqlite3_bind_int64(put, at, octet < 0xe0 ? octet : odd[octet % 16]);
}

/* The world as it was, then the rows of the input. */
static void world_put(const uint8_t *data, size_t size)
{
    world_run(world_begin_all);
    for (size_t i = 0; i < WORLD_TABLES; i++) {
        world_run(world_tables[i].empty);
        world_run(world_tables[i].restore);
    }
    const uint8_t *end = data + size;
    for (int rows = 0; data < end && rows < 64; rows++) {
        struct world_table *table = &world_tables[*data++ % TABLES];
        for (int column = 0; column < table->columns; column++) {
            uint8_t octet = data < end ? *data++ : 0xff;
            char kind = table->kinds[column];
            if (kind == 'd') {
                sqlite3_bind_int64(table->put, column + 1, octet);
            } else if (kind == 'i') {
                world_bind_number(table->put, column + 1, octet);
            } else {
                size_t length = octet == 0xff ? 0 : octet < (size_t)(end - data) ? octet : (size_t)(end - data);
                if (octet == 0xff)
                    sqlite3_bind_null(table->put, column + 1);
                else if (kind == 't')
                    sqlite3_bind_text(table->put, column + 1, (const char *)data, (int)length, SQLITE_STATIC);
                else
                    sqlite3_bind_blob(table->put, column + 1, data, (int)length, SQLITE_STATIC);
                data += length;
            }
        }
        world_run(table->put);
    }
    world_run(world_commit);
}

#endif
