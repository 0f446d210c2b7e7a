/* Room       tests/unit/input
 * Spec       None
 * In         Bytes
 * Out        Files and pipes that hold them
 * Units      Bytes
 * Limits     None
 * Errors     A failed assertion
 * Ownership  The caller unlinks files and closes pipes
 * Threads    One at a time
 * Bugs       None
 *
 * What the tests of lists read from.
 */
#ifndef MXS_TESTS_UNIT_INPUT_FILES_H
#define MXS_TESTS_UNIT_INPUT_FILES_H

#include <archive.h>
#include <archive_entry.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_SIZE 64

static inline void file_of(char path[PATH_SIZE], const void *bytes, size_t size)
{
    strcpy(path, "/tmp/mxs-list-XXXXXX");
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
}

/* kind: "gz", "zst", "xz", "bz2", or "zip" (then bytes twice, as two members). */
static inline void packed_file_of(char path[PATH_SIZE], const char *kind, const void *bytes, size_t size)
{
    file_of(path, "", 0);
    struct archive *out = archive_write_new();
    if (strcmp(kind, "gz") == 0)
        archive_write_add_filter_gzip(out);
    if (strcmp(kind, "zst") == 0)
        archive_write_add_filter_zstd(out);
    if (strcmp(kind, "xz") == 0)
        archive_write_add_filter_xz(out);
    if (strcmp(kind, "bz2") == 0)
        archive_write_add_filter_bzip2(out);
    if (strcmp(kind, "zip") == 0)
        archive_write_set_format_zip(out);
    else
        archive_write_set_format_raw(out);
    cr_assert_eq(archive_write_open_filename(out, path), ARCHIVE_OK);
    for (int member = 0; member < (strcmp(kind, "zip") == 0 ? 2 : 1); member++) {
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, member == 0 ? "one.txt" : "two.txt");
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)size);
        cr_assert_eq(archive_write_header(out, entry), ARCHIVE_OK);
        if (size != 0)
            cr_assert_eq(archive_write_data(out, bytes, size), (la_ssize_t)size);
        archive_entry_free(entry);
    }
    cr_assert_eq(archive_write_close(out), ARCHIVE_OK);
    archive_write_free(out);
}

static inline size_t size_of(const char *path)
{
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    fclose(file);
    return (size_t)size;
}

struct fed_pipe {
    char path[PATH_SIZE];
    int fd;
    pid_t child;
};

/* A pipe that a child fills: piece, count times, in writes of step bytes. */
static inline struct fed_pipe pipe_of(const void *piece, size_t size, size_t count, size_t step)
{
    struct fed_pipe made;
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    made.child = fork();
    if (made.child == 0) {
        close(ends[0]);
        for (size_t i = 0; i < count; i++)
            for (size_t at = 0; at < size; at += step)
                if (write(ends[1], (const char *)piece + at, size - at < step ? size - at : step) < 0)
                    _exit(1);
        _exit(0);
    }
    close(ends[1]);
    made.fd = ends[0];
    snprintf(made.path, sizeof made.path, "/dev/fd/%d", made.fd);
    return made;
}

static inline void pipe_end(struct fed_pipe *made)
{
    close(made->fd);
    waitpid(made->child, NULL, 0);
}

#endif
