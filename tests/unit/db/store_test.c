#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/query.h"

static char folder[64], path[128];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/mxs_store_XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/s.db", folder);
}

static void remove_folder(void)
{
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(db_store, .init = make_folder, .fini = remove_folder);

static void write_file(const void *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void read_file(char *out, size_t size)
{
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    out[fread(out, 1, size - 1, file)] = 0;
    fclose(file);
}

static enum mxs_err try_write(struct mxs_detail *detail)
{
    mxs_store *store = NULL;
    enum mxs_err err = mxs_store_open(&store, path, detail);
    if (err == MXS_OK)
        mxs_store_close(&store);
    else
        cr_expect_null(store, "outputs are written on success only");
    return err;
}

static bool has_file(const char *suffix)
{
    char name[160];
    snprintf(name, sizeof name, "%s%s", path, suffix);
    return access(name, F_OK) == 0;
}

Test(db_store, a_text_file_is_refused_and_left_alone)
{
    struct mxs_detail detail;
    char after[64];
    write_file("my notes, not a database", 24);
    cr_expect_eq(try_write(&detail), MXS_ERR_FOREIGN_DB);
    read_file(after, sizeof after);
    cr_expect_str_eq(after, "my notes, not a database");
    cr_expect_not(has_file("-wal") || has_file("-journal") || has_file(".lock"));
}

Test(db_store, another_programs_database_is_refused)
{
    char command[256];
    struct mxs_detail detail;
    snprintf(command, sizeof command, "sqlite3 '%s' 'create table t(a); insert into t values(1)'", path);
    if (system(command) != 0)
        cr_skip_test("no sqlite3 program");
    cr_expect_eq(try_write(&detail), MXS_ERR_FOREIGN_DB);
    cr_expect_not(has_file("-wal"));
}

/* Says that the database is of another schema; it is then refused, to readers as well. */
static void expect_refused(int version, const char *word)
{
    mxs_store *store;
    struct mxs_detail detail;
    char sql[80];
    cr_assert_eq(mxs_store_open(&store, path, &detail), MXS_OK, "%s", detail.text);
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d; PRAGMA wal_checkpoint(TRUNCATE)", version);
    cr_assert_eq(mxs_store_run(store, sql, &detail), MXS_OK);
    mxs_store_close(&store);
    cr_expect_eq(try_write(&detail), MXS_ERR_FOREIGN_DB);
    cr_expect_not_null(strstr(detail.text, word), "%s", detail.text);
    cr_expect_eq(mxs_store_open_read(&store, path, &detail), MXS_ERR_FOREIGN_DB);
    cr_expect_not_null(strstr(detail.text, word), "%s", detail.text);
}

Test(db_store, a_newer_schema_is_refused)
{
    expect_refused(99, "newer");
}

Test(db_store, a_schema_from_before_the_first_release_is_refused)
{
    expect_refused(1, "before the first release");
}

Test(db_store, a_damaged_database_is_refused)
{
    mxs_store *store;
    struct mxs_detail detail;
    cr_assert_eq(mxs_store_open(&store, path, &detail), MXS_OK);
    cr_assert_eq(mxs_store_run(store,
                               "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                               " INSERT INTO domain SELECT i, 'name' || i || '.example' FROM n",
                               &detail),
                 MXS_OK);
    mxs_store_close(&store);
    int fd = open(path, O_WRONLY);
    char junk[4096];
    memset(junk, 0xa5, sizeof junk);
    struct stat info;
    cr_assert_eq(fstat(fd, &info), 0);
    for (off_t at = info.st_size / 2 / 4096 * 4096; at < info.st_size - 4096; at += 16384)
        cr_assert_eq(pwrite(fd, junk, sizeof junk, at), (ssize_t)sizeof junk);
    close(fd);
    cr_expect_eq(try_write(&detail), MXS_ERR_FOREIGN_DB);
    cr_expect_not_null(strstr(detail.text, "damaged"));
}

Test(db_store, ids_that_no_scan_gives_are_refused_to_writers_and_readers)
{
    static const struct {
        const char *sql, *word;
    } damaged[] = {
        {"INSERT INTO run SELECT 9223372036854775807, 1, 'complete', 'finish', 0, 0, 0, NULL, '', 'mx', '1/1', 1, '{}',"
         " '{}', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0",
         "run.id 9223372036854775807"},
        {"INSERT INTO domain VALUES (2147483648, 'a.example')", "domain.id 2147483648"},
        {"INSERT INTO domain VALUES (-1, 'a.example')", "domain.id -1"},
        {"INSERT INTO host VALUES (2147483648, 'a.example', 1)", "host.id 2147483648"},
        {"INSERT INTO mx_entry VALUES (2147483648, 1, 1)", "mx_entry.set_id 2147483648"},
        {"INSERT INTO verdict (id, state, hosts, content) VALUES (2147483648, 1, 1, x'00')", "verdict.id 2147483648"},
        {"INSERT INTO facet VALUES (1, 1, 'Region'); INSERT INTO facet_value VALUES (1, 2147483648, 'Tyrol')",
         "facet_value.id 2147483648"},
        {"INSERT INTO host_history (host_id, list_id, first_run) VALUES (4294967295, 1, 1)",
         "host_history.host_id 4294967295"},
    };
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        mxs_store *store;
        struct mxs_detail detail;
        unlink(path);
        cr_assert_eq(mxs_store_open(&store, path, &detail), MXS_OK, "%s", detail.text);
        cr_assert_eq(mxs_store_run(store, damaged[i].sql, &detail), MXS_OK, "%s", detail.text);
        mxs_store_close(&store);
        cr_expect_eq(try_write(&detail), MXS_ERR_FOREIGN_DB, "%s", damaged[i].sql);
        cr_expect(strstr(detail.text, damaged[i].word) && strstr(detail.text, "damaged"), "%s", detail.text);
        cr_expect_eq(mxs_store_open_read(&store, path, &detail), MXS_ERR_FOREIGN_DB, "%s", damaged[i].sql);
        cr_expect_not_null(strstr(detail.text, damaged[i].word), "%s", detail.text);
    }
}

Test(db_store, gaps_between_ids_are_no_damage)
{
    mxs_store *store;
    struct mxs_detail detail;
    cr_assert_eq(mxs_store_open(&store, path, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_store_run(store,
                               "INSERT INTO domain VALUES (134217728, 'a.example');"
                               "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 32768)"
                               " INSERT INTO host SELECT 400000000 + i, 'mx' || i || '.example', 1 FROM n;"
                               "INSERT INTO host_history (host_id, list_id, first_run) VALUES (400000001, 1, 1)",
                               &detail),
                 MXS_OK, "%s", detail.text);
    mxs_store_close(&store);
    cr_expect_eq(try_write(&detail), MXS_OK, "%s", detail.text);
}

Test(db_store, a_folder_is_no_database)
{
    struct mxs_detail detail;
    cr_assert_eq(mkdir(path, 0755), 0);
    cr_expect_eq(try_write(&detail), MXS_ERR_IO);
    cr_expect_not_null(strstr(detail.text, "folder"));
}

Test(db_store, a_missing_folder_is_said)
{
    struct mxs_detail detail;
    mxs_store *store = NULL;
    cr_expect_eq(mxs_store_open(&store, "/nonexistent/x/s.db", &detail), MXS_ERR_IO);
    cr_expect_null(store);
}

Test(db_store, a_second_writer_is_told_who_holds_it)
{
    mxs_store *store;
    struct mxs_detail detail;
    char pid[32];
    cr_assert_eq(mxs_store_open(&store, path, &detail), MXS_OK);
    cr_expect_eq(try_write(&detail), MXS_ERR_BUSY);
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    cr_expect_not_null(strstr(detail.text, pid), "%s", detail.text);
    cr_expect_not_null(strstr(detail.text, "is writing into"), "%s", detail.text);
    int64_t found = 0;
    for (int i = 0; i < MXS_WORK_COUNT; i++) {
        enum mxs_store_work work = MXS_WORK_COUNT;
        mxs_store_set_work(store, (enum mxs_store_work)i);
        cr_expect_eq(mxs_store_find_writer(path, &found, &work), MXS_WRITER_ALIVE);
        cr_expect(found == getpid() && work == (enum mxs_store_work)i);
        cr_expect_eq(try_write(&detail), MXS_ERR_BUSY);
        cr_expect_not_null(strstr(detail.text, mxs_store_work_text(work)), "%s", detail.text);
    }
    mxs_store_close(&store);
    cr_expect_eq(try_write(&detail), MXS_OK, "the lock ends with the store");
    cr_expect_not(has_file(".lock"));
}

Test(db_store, a_reader_reads_beside_a_writer_and_makes_no_file)
{
    mxs_store *writer, *reader = NULL;
    struct mxs_detail detail;
    int64_t count = -1;
    cr_expect_eq(mxs_store_open_read(&reader, path, &detail), MXS_ERR_IO, "there is none yet");
    cr_expect_not(mxs_store_exists(path));
    cr_assert_eq(mxs_store_open(&writer, path, &detail), MXS_OK);
    cr_assert_eq(mxs_store_open_read(&reader, path, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_store_begin(writer, &detail), MXS_OK);
    cr_assert_eq(mxs_store_run(writer, "INSERT INTO domain VALUES (1, 'a.example')", &detail), MXS_OK);
    cr_assert_eq(mxs_query_one_int(reader, "SELECT count(*) FROM domain", -1, &count, &detail), MXS_OK);
    cr_expect_eq(count, 0, "not committed");
    cr_assert_eq(mxs_store_end(writer, MXS_OK, &detail), MXS_OK);
    cr_assert_eq(mxs_query_one_int(reader, "SELECT count(*) FROM domain", -1, &count, &detail), MXS_OK);
    cr_expect_eq(count, 1);
    cr_expect_neq(mxs_store_run(reader, "DELETE FROM domain", &detail), MXS_OK, "a reader cannot write");
    mxs_store_close(&reader);
    mxs_store_close(&writer);
}

Test(db_store, a_sort_makes_no_file_unless_it_is_told_to)
{
    mxs_store *writer, *reader;
    struct mxs_detail detail;
    int64_t where = -1;
    cr_assert_eq(mxs_store_open(&writer, path, &detail), MXS_OK);
    cr_assert_eq(mxs_store_open_read(&reader, path, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_query_one_int(writer, "PRAGMA temp_store", -1, &where, &detail), MXS_OK);
    cr_expect_eq(where, 2, "in memory");
    cr_assert_eq(mxs_query_one_int(reader, "PRAGMA temp_store", -1, &where, &detail), MXS_OK);
    cr_expect_eq(where, 2);
    cr_assert_eq(mxs_store_sort_on_disk(writer, &detail), MXS_OK);
    cr_assert_eq(mxs_query_one_int(writer, "PRAGMA temp_store", -1, &where, &detail), MXS_OK);
    cr_expect_eq(where, 1, "in a file");
    cr_assert_eq(
        mxs_store_run(writer,
                      "CREATE TEMP TABLE many AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                      " WHERE i < 50000) SELECT i, randomblob(400) AS bytes FROM n",
                      &detail),
        MXS_OK, "%s", detail.text);
    int beside = 0;
    for (int fd = 3; fd < 64; fd++) { /* SQLite's temporary files have no name any more */
        char link[32], at[256] = "";
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        beside += readlink(link, at, sizeof at - 1) > 0 && strstr(at, " (deleted)") != NULL &&
                  strncmp(at, folder, strlen(folder)) == 0;
    }
    cr_expect_gt(beside, 0, "beside the database");
    mxs_store_close(&reader);
    mxs_store_close(&writer);
}

Test(db_store, killed_at_birth_the_same_command_goes_on)
{
    struct mxs_detail detail;
    for (int delay_us = 0; delay_us < 8000; delay_us += 400) {
        pid_t child = fork();
        if (child == 0) {
            mxs_store *store;
            if (mxs_store_open(&store, path, &detail) != MXS_OK)
                _exit(1);
            pause();
        }
        usleep((useconds_t)delay_us);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        cr_expect_eq(try_write(&detail), MXS_OK, "after %d us: %s", delay_us, detail.text);
        unlink(path);
    }
}

Test(db_store, who_reads_leaves_one_file_and_takes_nothing_from_others)
{
    struct mxs_detail detail = {0};
    mxs_store *writer = NULL, *one = NULL, *two = NULL;
    int64_t count = -1;
    cr_assert_eq(try_write(&detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_store_open_read(&one, path, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_store_open_read(&two, path, &detail), MXS_OK, "%s", detail.text);
    cr_expect(has_file("-shm"), "else there is nothing to see here");
    mxs_store_close(&one);
    cr_expect(has_file("-shm"), "another one reads");
    cr_assert_eq(mxs_query_one_int(two, "SELECT count(*) FROM run", -1, &count, &detail), MXS_OK, "%s", detail.text);
    mxs_store_close(&two);
    cr_expect_not(has_file("-shm"));
    cr_expect_not(has_file("-wal"));
    cr_assert_eq(mxs_store_open(&writer, path, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_store_open_read(&one, path, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_store_checkpoint(writer, &detail), MXS_OK);
    mxs_store_close(&one);
    cr_expect(has_file("-wal"), "the writer's");
    cr_assert_eq(mxs_store_run(writer, "INSERT INTO list (name) VALUES ('kept')", &detail), MXS_OK, "%s", detail.text);
    mxs_store_close(&writer);
    cr_assert_eq(mxs_store_open_read(&one, path, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_query_one_int(one, "SELECT count(*) FROM list WHERE name = 'kept'", -1, &count, &detail), MXS_OK);
    cr_expect_eq(count, 1);
    mxs_store_close(&one);
}

static atomic_int told;
static atomic_bool over;
static void on_interrupt(int number) { told += number == SIGINT; }

static void *interrupt_until_over(void *arg)
{
    for (; !over; usleep(200))
        kill(getpid(), SIGINT);
    return arg;
}

Test(db_store, a_signal_ends_the_check_of_a_large_file_and_is_passed_on)
{
    mxs_store *store = NULL;
    struct mxs_detail detail = {0};
    pthread_t thread;
    cr_assert_eq(mxs_store_open(&store, path, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_store_run(store,
                               "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
                               " INSERT INTO domain SELECT i, printf('%08d.example', i) FROM n",
                               &detail),
                 MXS_OK, "%s", detail.text);
    mxs_store_close(&store);
    const struct sigaction caught = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};
    cr_assert_eq(sigaction(SIGINT, &caught, NULL), 0);
    cr_assert_eq(pthread_create(&thread, NULL, interrupt_until_over, NULL), 0);
    enum mxs_err err = mxs_store_open(&store, path, &detail);
    over = true;
    pthread_join(thread, NULL);
    cr_expect_eq(err, MXS_ERR_STOPPED, "%s", detail.text);
    cr_expect_gt(told, 0);
    struct sigaction now;
    cr_assert_eq(sigaction(SIGINT, NULL, &now), 0);
    cr_expect_eq(now.sa_handler, on_interrupt, "whose it was");
    cr_assert_eq(mxs_store_open(&store, path, &detail), MXS_OK, "%s", detail.text);
    mxs_store_close(&store);
}

/* A full disk ends a transaction by itself. What follows would be stored without what came before. */
Test(db_store, nothing_is_stored_after_the_failure_that_ended_its_transaction)
{
    mxs_store *store = NULL;
    struct mxs_detail detail = {0};
    struct mxs_query query;
    int64_t count = -1;
    cr_assert_eq(mxs_store_open(&store, path, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_store_run(store, "PRAGMA max_page_count = 1", &detail),
                 MXS_OK); /* it answers with what there is */
    cr_assert_eq(mxs_store_begin(store, &detail), MXS_OK);
    mxs_query_open(&query, store, "INSERT INTO list (name) VALUES (hex(randomblob(1000000)))");
    mxs_query_run(&query);
    cr_assert_eq(mxs_query_finish(&query, &detail), MXS_ERR_DISK, "%s", detail.text);
    cr_assert_neq(mxs_store_lost(store), 0);

    mxs_query_open(&query, store, "INSERT INTO list (name) VALUES ('orphan')");
    mxs_query_run(&query);
    cr_expect_eq(mxs_query_finish(&query, &detail), MXS_ERR_DISK, "the same failure, to wait for the same remedy");
    cr_expect_eq(mxs_store_run(store, "INSERT INTO list (name) VALUES ('orphan')", &detail), MXS_ERR_DISK);
    cr_expect_eq(mxs_store_end(store, MXS_OK, &detail), MXS_ERR_DISK);
    cr_expect_eq(mxs_store_lost(store), 0, "over");
    cr_assert_eq(mxs_query_one_int(store, "SELECT count(*) FROM list WHERE name = 'orphan'", -1, &count, &detail),
                 MXS_OK);
    cr_expect_eq(count, 0);

    cr_assert_eq(mxs_store_begin(store, &detail), MXS_OK);
    cr_expect_eq(mxs_store_run(store, "INSERT INTO list (name) VALUES ('next')", &detail), MXS_OK, "%s", detail.text);
    cr_expect_eq(mxs_store_end(store, MXS_OK, &detail), MXS_OK, "the next transaction is one of its own");
    mxs_store_close(&store);
}
