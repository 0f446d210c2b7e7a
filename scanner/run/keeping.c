#include "scanner/run/keeping.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/system.h"

#define PATH_SIZE 4200
#define COPY_BYTES (1u << 30) /* at most, of one call */

const char *mxs_keeping_network(const char *file)
{
    char copy[PATH_SIZE];
    return snprintf(copy, sizeof copy, "%s", file) >= (int)sizeof copy ? NULL : mxs_system_network_find(dirname(copy));
}

enum mxs_err mxs_keeping_find(const char *db, const char *to, struct mxs_detail *detail)
{
    char copy[PATH_SIZE];
    if (snprintf(copy, sizeof copy, "%s", to) >= (int)sizeof copy - 16 || access(dirname(copy), W_OK) != 0)
        return mxs_err_set(detail, MXS_ERR_INPUT, "--finish-to: %.300s: its folder may not be written (%s)", to,
                           strerror(errno));
    if (access(to, F_OK) != 0 || access(db, F_OK) == 0)
        return MXS_OK;
    return mxs_err_set(
        detail, MXS_ERR_INPUT,
        "--finish-to: %.300s already exists and would be lost: copy it to %.300s to go on with it, or name another",
        to, db);
}

static enum mxs_err failed(const char *path, int error, struct mxs_detail *detail)
{
    return mxs_err_set(detail, error == ENOSPC || error == EDQUOT ? MXS_ERR_DISK : MXS_ERR_IO,
                       "%.300s: the database cannot be kept there (%s)", path, strerror(error));
}

/* 0, or errno. */
static int copy_bytes(int from, int to)
{
    char buffer[65536];
    ssize_t count;
    while ((count = mxs_system_copy_write(from, to, COPY_BYTES)) > 0) {
        /* more */
    }
    if (count == 0)
        return 0;
    if (lseek(from, 0, SEEK_SET) != 0 || lseek(to, 0, SEEK_SET) != 0 || ftruncate(to, 0) != 0)
        return errno;
    while ((count = read(from, buffer, sizeof buffer)) > 0)
        for (ssize_t done = 0, part; done < count; done += part)
            if ((part = write(to, buffer + done, (size_t)(count - done))) <= 0)
                return errno;
    return count < 0 ? errno : 0;
}

static enum mxs_err copy_beside(const char *db, const char *part, struct mxs_detail *detail)
{
    int from = open(db, O_RDONLY | O_CLOEXEC), to = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int error = from < 0 || to < 0 ? errno : copy_bytes(from, to);
    if (error == 0 && fsync(to) != 0)
        error = errno;
    if (from >= 0)
        close(from);
    if (to >= 0 && close(to) != 0 && error == 0)
        error = errno;
    if (error == 0)
        return MXS_OK;
    unlink(part);
    return failed(part, error, detail);
}

static enum mxs_err sync_folder(const char *path, struct mxs_detail *detail)
{
    char copy[PATH_SIZE];
    snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = fd < 0 || fsync(fd) != 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return error == 0 || error == EINVAL ? MXS_OK : failed(path, error, detail);
}

enum mxs_err mxs_keeping_put(const char *db, const char *to, struct mxs_detail *detail)
{
    char part[PATH_SIZE];
    if (rename(db, to) == 0)
        return sync_folder(to, detail);
    if (errno != EXDEV) /* also what the sandbox says of a move into another folder */
        return failed(to, errno, detail);
    snprintf(part, sizeof part, "%.4180s.part", to);
    enum mxs_err err = copy_beside(db, part, detail);
    if (err == MXS_OK && rename(part, to) != 0)
        err = failed(to, errno, detail);
    if (err == MXS_OK)
        err = sync_folder(to, detail);
    if (err == MXS_OK && unlink(db) != 0)
        err = failed(db, errno, detail);
    return err;
}
