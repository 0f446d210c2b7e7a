/* fault_io: the program on a disk that fails once, loses its power, or is watched; or the program led astray.
 *
 *     fault_io fail N REPORT ARGUMENT...         the Nth call of SQLite to the disk fails (F5)
 *     fault_io cut N SEED REPORT ARGUMENT...     at the Nth write or sync the power goes (F2)
 *     fault_io list fail|cut REPORT ARGUMENT...  none; REPORT.list gets a line `CALL FILE CALLERS` for each that could
 *     fault_io watch REPORT ARGUMENT...          how long transactions take, and wait for other processes (F8)
 *     fault_io choke SEED REPORT ARGUMENT...     the kernel takes datagrams as with a tiny send buffer: some of a
 *                                                batch, or none (F29)
 *     fault_io plant REPORT ARGUMENT...          at its third COMMIT the writer's thread does what no survey does (F34)
 *     fault_io stray REPORT ARGUMENT...          at its third statement any command does
 *
 * A VFS between SQLite and the real one, made the default before the program's own main runs. Until a file is synced
 * its writes are remembered with what they covered. When the power goes, they are taken back, and then a random part of
 * their sectors is written again in a random order: what a disk may do with what it was not told to keep. REPORT gets
 * one line: `calls C fired F unsynced U late L`; late counts COMMITs that were told to be done while something was not
 * synced. watch writes `commits N longest_us T waited_us W waited_outside_us O`: T the longest from BEGIN to the end of
 * COMMIT, W the longest that one of them waited for another process, O what was waited outside of one (SQLite waits by
 * its VFS' xSleep only). choke writes `calls C fired F`: packets, and those that were refused. (Over loopback no
 * real buffer ever fills.) plant and stray write a line `DEED held` or `DEED done` for each deed.
 */
#define main mxsurvey_main /* the front door is a file, not a room: it comes along whole */
int main(int argc, char **argv);
#include "mxsurvey.c"
#undef main

#include "callers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sqlite3.h>
#include <time.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

enum { SECTOR = 512, PIECE = 65536, OPERATIONS_MAX = 65536, CUT_EXIT = 137 };

struct operation {
    struct file *file;
    sqlite3_int64 at, size_before;
    int size; /* below 0: a truncation */
    unsigned char *before, *after;
};

struct file {
    sqlite3_file base;
    sqlite3_file *real;
    bool kept; /* a -shm or a temporary file is not followed */
    const char *name;
};

static sqlite3_vfs *real_vfs, shim_vfs;
static sqlite3_io_methods methods;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long calls, fail_at, cut_at, fired, late;
static uint64_t state;
static const char *report_path;
static FILE *list_file;
static FILE *report_file; /* of watch, plant and stray: open before the sandbox is there */
static bool planting, straying, choking;
static int tried_datagrams;
static long commits, longest_us, waited_us, waited_most_us, waited_outside_us, pending_us, begun_us;
static struct operation operations[OPERATIONS_MAX];
static int operation_count;

static uint64_t draw(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 33;
}

static void report(void)
{
    if (report_file != NULL) {
        if (!planting && !straying)
            fprintf(report_file, "commits %ld longest_us %ld waited_us %ld waited_outside_us %ld\n", commits,
                    longest_us, waited_most_us, waited_outside_us);
        fclose(report_file);
        return;
    }
    FILE *out = fopen(report_path, "w");
    if (out == NULL)
        return;
    fprintf(out, "calls %ld fired %ld unsynced %d late %ld\n", calls, fired, operation_count, late);
    fclose(out);
    if (list_file != NULL)
        fclose(list_file);
}

/* --- one failure --- */

/* The lock is held. */
static void list_one(const char *call, const char *name)
{
    if (list_file != NULL)
        fprintf(list_file, "%s %s %016llx\n", call, name, (unsigned long long)callers_of(true));
}

static bool fails(const char *call, const char *name)
{
    if (cut_at != 0)
        return false;
    pthread_mutex_lock(&lock);
    list_one(call, name);
    bool now = ++calls == fail_at;
    fired += now;
    pthread_mutex_unlock(&lock);
    return now;
}

/* --- a narrow way out --- */

ssize_t __real_writev(int fd, const struct iovec *vectors, int count);
ssize_t __wrap_writev(int fd, const struct iovec *vectors, int count);

/* In the place of writev for all of the program (the linker's --wrap): a packet of datagrams is taken, or it is not. */
ssize_t __wrap_writev(int fd, const struct iovec *vectors, int count)
{
    static const int errors[] = {EAGAIN, ENOBUFS, ENOMEM};
    if (!choking)
        return __real_writev(fd, vectors, count);
    calls++;
    uint64_t chance = draw() % 8;
    if (chance >= 3)
        return __real_writev(fd, vectors, count);
    fired++;
    errno = errors[chance];
    return -1;
}

/* --- the power --- */

static void put(struct operation *operation, const unsigned char *data, bool sectors)
{
    sqlite3_file *real = operation->file->real;
    for (int from = 0; from < operation->size;) {
        int room = SECTOR - (int)((operation->at + from) % SECTOR), size = operation->size - from;
        size = size < room ? size : room;
        if (!sectors || draw() % 2 == 0)
            real->pMethods->xWrite(real, data + from, size, operation->at + from);
        from += size;
    }
}

/* What a truncation took away. By the piece: SQLite's own writes are never larger, and its unix VFS cuts off what is.
 */
static void put_back(const struct operation *operation)
{
    sqlite3_file *real = operation->file->real;
    for (sqlite3_int64 at = operation->at; at < operation->size_before; at += PIECE) {
        sqlite3_int64 left = operation->size_before - at;
        real->pMethods->xWrite(real, operation->before + (at - operation->at), (int)(left < PIECE ? left : PIECE), at);
    }
}

static _Noreturn void cut(void)
{
    fired = 1;
    report();
    for (int i = operation_count - 1; i >= 0; i--) { /* back to what was synced */
        struct operation *operation = &operations[i];
        sqlite3_file *real = operation->file->real;
        if (operation->size > 0)
            put(operation, operation->before, false);
        real->pMethods->xTruncate(real, operation->size_before);
        if (operation->size < 0)
            put_back(operation);
    }
    for (int i = operation_count - 1; i > 0; i--) {
        int other = (int)(draw() % (uint64_t)(i + 1));
        struct operation swap = operations[i];
        operations[i] = operations[other];
        operations[other] = swap;
    }
    int mode = (int)(draw() % 3); /* all lost, each sector by chance, all there */
    for (int i = 0; mode > 0 && i < operation_count; i++)
        if (operations[i].size > 0)
            put(&operations[i], operations[i].after, mode == 1);
    _exit(CUT_EXIT);
}

/* Counts a write or sync; the power may go before it. The lock is held. */
static void count(const char *call, const char *name)
{
    list_one(call, name);
    calls++;
    if (cut_at != 0 && calls == cut_at)
        cut();
}

static void remember(struct file *file, const void *data, int size, sqlite3_int64 at)
{
    if (cut_at == 0 || !file->kept)
        return;
    if (operation_count == OPERATIONS_MAX)
        abort();
    struct operation *operation = &operations[operation_count++];
    *operation = (struct operation){.file = file, .at = at, .size = size};
    file->real->pMethods->xFileSize(file->real, &operation->size_before);
    int covered = size > 0 ? size : operation->size_before > at ? (int)(operation->size_before - at) : 0;
    operation->before = calloc(1, (size_t)covered + 1);
    (void)file->real->pMethods->xRead(file->real, operation->before, covered, at);
    if (size < 0)
        return;
    operation->after = malloc((size_t)size);
    memcpy(operation->after, data, (size_t)size);
}

static void forget(struct file *file)
{
    int kept = 0;
    for (int i = 0; i < operation_count; i++) {
        if (operations[i].file != file) {
            operations[kept++] = operations[i];
            continue;
        }
        free(operations[i].before);
        free(operations[i].after);
    }
    operation_count = kept;
}

/* --- SQLite's calls --- */

#define REAL(file) (((struct file *)(file))->real)
#define NAME(file) (((struct file *)(file))->name)

static int on_read(sqlite3_file *file, void *data, int size, sqlite3_int64 at)
{
    return fails("read", NAME(file)) ? SQLITE_IOERR_READ : REAL(file)->pMethods->xRead(REAL(file), data, size, at);
}

static int on_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at)
{
    if (cut_at == 0)
        return fails("write", NAME(file)) ? SQLITE_IOERR_WRITE
                                          : REAL(file)->pMethods->xWrite(REAL(file), data, size, at);
    pthread_mutex_lock(&lock);
    count("write", NAME(file));
    remember((struct file *)file, data, size, at);
    int code = REAL(file)->pMethods->xWrite(REAL(file), data, size, at);
    pthread_mutex_unlock(&lock);
    return code;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (cut_at == 0)
        return fails("truncate", NAME(file)) ? SQLITE_IOERR_TRUNCATE
                                             : REAL(file)->pMethods->xTruncate(REAL(file), size);
    pthread_mutex_lock(&lock);
    count("truncate", NAME(file));
    remember((struct file *)file, NULL, -1, size);
    int code = REAL(file)->pMethods->xTruncate(REAL(file), size);
    pthread_mutex_unlock(&lock);
    return code;
}

static int on_sync(sqlite3_file *file, int flags)
{
    if (report_file != NULL)
        return REAL(file)->pMethods->xSync(REAL(file), flags);
    if (cut_at == 0)
        return fails("sync", NAME(file)) ? SQLITE_IOERR_FSYNC : SQLITE_OK; /* the machine itself stays up */
    pthread_mutex_lock(&lock);
    count("sync", NAME(file));
    forget((struct file *)file);
    pthread_mutex_unlock(&lock);
    return SQLITE_OK;
}

static int on_close(sqlite3_file *file)
{
    pthread_mutex_lock(&lock);
    forget((struct file *)file);
    pthread_mutex_unlock(&lock);
    int code = REAL(file)->pMethods->xClose(REAL(file));
    sqlite3_free(REAL(file));
    return code;
}

static int on_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return fails("size", NAME(file)) ? SQLITE_IOERR_FSTAT : REAL(file)->pMethods->xFileSize(REAL(file), size);
}
static int on_lock(sqlite3_file *file, int level) { return REAL(file)->pMethods->xLock(REAL(file), level); }
static int on_unlock(sqlite3_file *file, int level) { return REAL(file)->pMethods->xUnlock(REAL(file), level); }
static int on_reserved(sqlite3_file *file, int *out)
{
    return REAL(file)->pMethods->xCheckReservedLock(REAL(file), out);
}
static int on_control(sqlite3_file *file, int what, void *arg)
{
    return REAL(file)->pMethods->xFileControl(REAL(file), what, arg);
}
static int on_sector(sqlite3_file *file) { return REAL(file)->pMethods->xSectorSize(REAL(file)); }
static int on_device(sqlite3_file *file) { return REAL(file)->pMethods->xDeviceCharacteristics(REAL(file)); }
static int on_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    return fails("map", NAME(file)) ? SQLITE_IOERR_SHMMAP
                                    : REAL(file)->pMethods->xShmMap(REAL(file), page, size, extend, out);
}
static int on_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
    return REAL(file)->pMethods->xShmLock(REAL(file), at, n, flags);
}
static void on_shm_barrier(sqlite3_file *file) { REAL(file)->pMethods->xShmBarrier(REAL(file)); }
static int on_shm_unmap(sqlite3_file *file, int gone) { return REAL(file)->pMethods->xShmUnmap(REAL(file), gone); }

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *out, int flags, int *out_flags)
{
    (void)vfs;
    struct file *file = (struct file *)out;
    *file = (struct file){.kept = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0,
                          .name = (flags & SQLITE_OPEN_MAIN_DB) != 0 ? "database"
                                  : (flags & SQLITE_OPEN_WAL) != 0   ? "log"
                                                                     : "other"};
    if (fails("open", file->name))
        return SQLITE_CANTOPEN;
    file->real = sqlite3_malloc(real_vfs->szOsFile);
    if (file->real == NULL)
        return SQLITE_NOMEM;
    memset(file->real, 0, (size_t)real_vfs->szOsFile);
    int code = real_vfs->xOpen(real_vfs, name, file->real, flags, out_flags);
    if (code != SQLITE_OK)
        sqlite3_free(file->real);
    else
        file->base.pMethods = &methods;
    return code;
}

static int on_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    return fails("delete", "any") ? SQLITE_IOERR_DELETE : real_vfs->xDelete(real_vfs, name, sync);
}

/* --- watching --- */

static long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static int on_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    long from = now_us();
    int slept = real_vfs->xSleep(real_vfs, microseconds);
    pthread_mutex_lock(&lock);
    if (begun_us != 0)
        waited_us += now_us() - from;
    else
        pending_us += now_us() - from;
    pthread_mutex_unlock(&lock);
    return slept;
}

/* --- a writer led astray --- */

static void tell(const char *deed, bool done) { fprintf(report_file, "%s %s\n", deed, done ? "done" : "held"); }

static void try_file(const char *deed, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    tell(deed, fd >= 0);
    if (fd >= 0)
        close(fd);
}

static bool sends(int fd, struct sockaddr_in *to)
{
    char byte = 'x';
    struct iovec vector = {&byte, 1};
    struct mmsghdr several = {
        .msg_hdr = {.msg_name = to, .msg_namelen = sizeof *to, .msg_iov = &vector, .msg_iovlen = 1}};
    return (sendto(fd, &byte, 1, 0, (struct sockaddr *)to, sizeof *to) == 1) +
               (sendmsg(fd, &several.msg_hdr, 0) == 1) + (sendmmsg(fd, &several, 1, 0) == 1) > 0;
}

/* To the test's own UDP port: by a new socket, and by each that the scan has. */
static void try_datagrams(struct sockaddr_in *to)
{
    int own = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool done = sends(own, to);
    for (int fd = 3; fd < 1024; fd++) {
        int type = 0;
        socklen_t size = sizeof type;
        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_DGRAM)
            continue;
        tried_datagrams++;
        done = sends(fd, to) || (!done && connect(fd, (struct sockaddr *)to, sizeof *to) == 0) || done;
    }
    tell("datagram", done);
    tell("sockets", tried_datagrams > 0);
    close(own);
}

/* Paths outside and inside come by the environment. A listener of the test's on loopback, at a port that is no
 * resolver's. */
static void try_connect(const char *port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    tell("connect", connect(fd, (const struct sockaddr *)&to, sizeof to) == 0);
    tell("listen", listen(other, 1) == 0);
    close(fd);
    close(other);
    try_datagrams(&to);
}

static void stray(void)
{
    char true_path[] = "/bin/true", *const argv[] = {true_path, NULL};
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    tell("fork", child > 0);
    if (child > 0)
        waitpid(child, NULL, 0);
    if (getenv("MXS_OTHER_PORT") != NULL)
        try_connect(getenv("MXS_OTHER_PORT"));
    try_file("write_outside", getenv("MXS_OUTSIDE"));
    try_file("write_inside", getenv("MXS_INSIDE_FILE"));
    tell("mkdir_outside", mkdir(getenv("MXS_OUTSIDE_FOLDER"), 0700) == 0);
    tell("unlink_outside", unlink(getenv("MXS_OUTSIDE_KEPT")) == 0);
    fflush(report_file);
    execve(true_path, argv, argv + 1); /* last: nothing comes back from it */
    tell("execve", false);
    fflush(report_file);
}

static int on_watched(unsigned what, void *arg, void *statement, void *nanoseconds)
{
    (void)what;
    (void)arg;
    const char *sql = sqlite3_sql(statement);
    if (straying) {
        if (++calls == 3)
            stray();
        return 0;
    }
    if (sql == NULL || sqlite3_db_readonly(sqlite3_db_handle(statement), "main") != 0)
        return 0;
    pthread_mutex_lock(&lock);
    if (strcmp(sql, "BEGIN IMMEDIATE") == 0) {
        begun_us = now_us() - *(sqlite3_int64 *)nanoseconds / 1000;
        waited_us = pending_us; /* for its lock */
    } else if (strcmp(sql, "COMMIT") == 0 && begun_us != 0) {
        long took_us = now_us() - begun_us;
        longest_us = took_us > longest_us ? took_us : longest_us;
        waited_most_us = waited_us > waited_most_us ? waited_us : waited_most_us;
        waited_us = begun_us = 0;
        if (++commits == 3 && planting)
            stray();
    } else if (begun_us == 0) {
        waited_outside_us += pending_us;
    }
    pending_us = 0;
    pthread_mutex_unlock(&lock);
    return 0;
}

/* After every statement: a COMMIT that is done must not leave anything of the log or the file to chance. */
static int on_profile(unsigned what, void *arg, void *statement, void *nanoseconds)
{
    (void)what;
    (void)arg;
    (void)nanoseconds;
    const char *sql = sqlite3_sql(statement);
    pthread_mutex_lock(&lock);
    if (sql != NULL && strcmp(sql, "COMMIT") == 0 && operation_count > 0)
        late++;
    pthread_mutex_unlock(&lock);
    return 0;
}

static int on_connection(sqlite3 *handle, char **error, const struct sqlite3_api_routines *routines)
{
    (void)error;
    (void)routines;
    return sqlite3_trace_v2(handle, SQLITE_TRACE_PROFILE, report_file != NULL ? on_watched : on_profile, NULL);
}

static void install(void)
{
    sqlite3_initialize();
    real_vfs = sqlite3_vfs_find(NULL);
    shim_vfs = *real_vfs;
    shim_vfs.zName = "fault";
    shim_vfs.szOsFile = sizeof(struct file);
    shim_vfs.xOpen = on_open;
    shim_vfs.xDelete = on_delete;
    if (report_file != NULL)
        shim_vfs.xSleep = on_sleep;
    methods = (sqlite3_io_methods){
        .iVersion = 2,
        .xClose = on_close,
        .xRead = on_read,
        .xWrite = on_write,
        .xTruncate = on_truncate,
        .xSync = on_sync,
        .xFileSize = on_size,
        .xLock = on_lock,
        .xUnlock = on_unlock,
        .xCheckReservedLock = on_reserved,
        .xFileControl = on_control,
        .xSectorSize = on_sector,
        .xDeviceCharacteristics = on_device,
        .xShmMap = on_shm_map,
        .xShmLock = on_shm_lock,
        .xShmBarrier = on_shm_barrier,
        .xShmUnmap = on_shm_unmap,
    };
    sqlite3_vfs_register(&shim_vfs, 1);
    if (cut_at != 0 || report_file != NULL)
        sqlite3_auto_extension((void (*)(void))on_connection);
}

/* Reads the mode and its numbers; how many arguments they are, 0: usage. */
static int read_mode(int argc, char **argv)
{
    if (argc > 4 && strcmp(argv[1], "cut") == 0) {
        cut_at = strtol(argv[2], NULL, 10);
        state = strtoull(argv[3], NULL, 10) * 2654435761u + 1;
        return 4;
    }
    if (argc > 4 && strcmp(argv[1], "fail") == 0) {
        fail_at = strtol(argv[2], NULL, 10);
        return 3;
    }
    if (argc > 4 && strcmp(argv[1], "list") == 0) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s.list", argv[3]);
        cut_at = strcmp(argv[2], "cut") == 0 ? LONG_MAX : 0;
        callers_prepare();
        return (list_file = fopen(path, "we")) != NULL ? 3 : 0;
    }
    choking = argc > 4 && strcmp(argv[1], "choke") == 0;
    if (choking) {
        state = strtoull(argv[2], NULL, 10) + 1;
        return 3;
    }
    planting = argc > 3 && strcmp(argv[1], "plant") == 0;
    straying = argc > 3 && strcmp(argv[1], "stray") == 0;
    if (argc > 3 && (planting || straying || strcmp(argv[1], "watch") == 0))
        return (report_file = fopen(argv[2], "we")) != NULL ? 2 : 0;
    return 0;
}

int main(int argc, char **argv)
{
    int used = read_mode(argc, argv);
    if (used == 0) {
        fprintf(stderr, "fault_io fail N REPORT ARGUMENT... | cut N SEED REPORT ARGUMENT... | list fail|cut REPORT "
                        "ARGUMENT... | choke SEED REPORT ARGUMENT... | watch|plant|stray REPORT ARGUMENT...\n");
        return 2;
    }
    report_path = argv[used];
    if (!choking)
        install();
    argv[used] = argv[0];
    int code = mxsurvey_main(argc - used, argv + used);
    report();
    return code;
}
