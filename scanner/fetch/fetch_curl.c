/* libcurl's multi-socket interface on the survey's own loop: libcurl says which sockets and which time it waits for,
 * libuv watches them, and nothing blocks. What it must not do is said to it one by one, because its defaults change: no
 * proxy of the environment, no redirect, no other protocol, no look-up of a name, no connection kept for later. */
#ifdef MXS_WITH_CURL
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include <curl/curl.h>

#include "scanner/fetch/fetch.h"
#include "scanner/fetch/versions.h"
#include "scanner/outside/outside.h"

#define URL_SIZE 1024
#define PORT 443

struct transfer {
    mxs_fetch *fetch;
    CURL *easy; /* NULL: free */
    uint8_t *body; /* size_max */
    uint32_t used, subject;
    bool too_large;
    struct curl_slist *resolve, *connect;
};

/* One socket of libcurl. */
struct watch {
    uv_poll_t poll;
    mxs_fetch *fetch;
    curl_socket_t socket;
};

struct mxs_fetch {
    struct mxs_fetch_options options;
    CURLM *multi;
    uv_loop_t *loop;
    uv_timer_t *timer; /* outlives us until the loop has closed it */
    struct transfer *transfers;
    mxs_fetch_done done;
    void *arg;
    struct mxs_detail error;
};

/* --- libcurl itself --- */

/* Loaded when files are to be fetched, not when the program starts: with it come some twenty-five libraries, half of
 * all. */
#define CALLS(X) \
    X(version_info) X(global_init) X(global_cleanup) X(slist_append) X(slist_free_all) X(easy_init) X(easy_cleanup) \
    X(easy_setopt) \
    X(easy_getinfo) X(multi_init) X(multi_cleanup) X(multi_add_handle) X(multi_remove_handle) X(multi_info_read) \
    X(multi_socket_action) X(multi_assign) X(multi_setopt)

static struct {
    bool loaded;
#define FIELD(name) __typeof__(curl_##name) *name;
    CALLS(FIELD)
} curl;

static bool find_call(uv_lib_t *library, const char *name, void *out)
{
    void *at = NULL;
    bool found = uv_dlsym(library, name, &at) == 0;
    memcpy(out, &at, sizeof at); /* POSIX: a pointer to a function has this form */
    return found;
}

enum mxs_err mxs_fetch_load(struct mxs_detail *detail)
{
    if (curl.loaded)
        return MXS_OK;
    uv_lib_t library;
    curl.loaded = uv_dlopen(MXS_CURL_FILE, &library) == 0;
#define FIND(name) curl.loaded = curl.loaded && find_call(&library, "curl_" #name, &curl.name);
    CALLS(FIND)
    if (curl.loaded)
        return MXS_OK; /* it stays to the end of the program */
    enum mxs_err err = mxs_err_set(detail, MXS_ERR_INPUT, MXS_CURL_FILE " cannot be loaded (%.200s): install libcurl",
                                   uv_dlerror(&library));
    uv_dlclose(&library);
    return err;
}

static bool holds_something(const char *folder)
{
    bool found = false;
    DIR *dir = opendir(folder);
    for (const struct dirent *entry; dir != NULL && !found && (entry = readdir(dir)) != NULL;)
        found = entry->d_name[0] != '.';
    if (dir != NULL)
        closedir(dir);
    return found;
}

enum mxs_err mxs_fetch_find_authorities(struct mxs_detail *detail)
{
    enum mxs_err err = mxs_fetch_load(detail);
    if (err != MXS_OK)
        return err;
    const curl_version_info_data *info = curl.version_info(CURLVERSION_NOW);
    bool known = info->age >= CURLVERSION_SEVENTH && (info->cainfo != NULL || info->capath != NULL);
    if (!known || (info->cainfo != NULL && access(info->cainfo, R_OK) == 0) ||
        (info->cainfo == NULL && holds_something(info->capath)))
        return MXS_OK;
    return mxs_err_set(
        detail, MXS_ERR_INPUT,
        "there are no certificates to trust at %.200s: apt-get install ca-certificates, or name a PEM file"
        " with --ca-file",
        info->cainfo != NULL ? info->cainfo : info->capath);
}

const char *mxs_fetch_curl_version(void)
{
    return mxs_fetch_load(NULL) == MXS_OK ? curl.version_info(CURLVERSION_NOW)->version : "none";
}

/* --- the end of a file --- */

static void release(struct transfer *transfer)
{
    if (transfer->easy == NULL)
        return;
    curl.multi_remove_handle(transfer->fetch->multi, transfer->easy);
    curl.easy_cleanup(transfer->easy);
    curl.slist_free_all(transfer->resolve);
    curl.slist_free_all(transfer->connect);
    transfer->easy = NULL;
    transfer->resolve = transfer->connect = NULL;
}

static bool is_plain(const char *type)
{
    static const char plain[] = "text/plain";
    size_t size = sizeof plain - 1;
    return type != NULL && strncasecmp(type, plain, size) == 0 &&
           (type[size] == 0 || type[size] == ';' || type[size] == ' ');
}

static enum mxs_fetch_result result_of_status(long status)
{
    return status / 100 == 3 ? MXS_FETCH_REDIRECT : status / 100 == 5 ? MXS_FETCH_SERVER_ERROR : MXS_FETCH_STATUS;
}

/* A status that is not 200 says all; what became of the body behind it does not matter. */
static enum mxs_fetch_result result_of(struct transfer *transfer, CURLcode code)
{
    long status = 0;
    const char *type = NULL;
    curl.easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    curl.easy_getinfo(transfer->easy, CURLINFO_CONTENT_TYPE, &type);
    if (status != 0 && status != 200)
        return result_of_status(status);
    if (transfer->too_large || code == CURLE_FILESIZE_EXCEEDED)
        return MXS_FETCH_TOO_LARGE;
    switch (code) {
    case CURLE_OK: return status != 200 ? MXS_FETCH_UNREACHABLE : is_plain(type) ? MXS_FETCH_OK : MXS_FETCH_MEDIA_TYPE;
    case CURLE_PEER_FAILED_VERIFICATION: return MXS_FETCH_CERTIFICATE;
    case CURLE_OPERATION_TIMEDOUT: return MXS_FETCH_TIMEOUT;
    default: return MXS_FETCH_UNREACHABLE;
    }
}

static void tell_ended(mxs_fetch *fetch)
{
    CURLMsg *message;
    int left;
    while ((message = curl.multi_info_read(fetch->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct transfer *transfer = NULL;
        CURLcode code = message->data.result;
        curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        enum mxs_fetch_result result = result_of(transfer, code);
        if (code == CURLE_SSL_CACERT_BADFILE)
            mxs_err_set(&fetch->error, MXS_ERR_INPUT,
                        "%.300s: no certificates can be read from it: name a PEM file with --ca-file",
                        fetch->options.ca_file == NULL ? "the system's certificates" : fetch->options.ca_file);
        uint32_t used = result == MXS_FETCH_OK ? transfer->used : 0;
        release(transfer);
        fetch->done(fetch->arg, transfer->subject, result, (struct mxs_bytes){transfer->body, used});
    }
}

/* --- between libcurl and the loop --- */

static void on_socket(uv_poll_t *handle, int status, int events)
{
    struct watch *watch = handle->data;
    mxs_fetch *fetch = watch->fetch;
    int running, flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    curl.multi_socket_action(fetch->multi, watch->socket, status < 0 ? CURL_CSELECT_ERR : flags, &running);
    tell_ended(fetch);
}

static void on_time(uv_timer_t *handle)
{
    mxs_fetch *fetch = handle->data;
    int running;
    curl.multi_socket_action(fetch->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    tell_ended(fetch);
}

static void free_handle(uv_handle_t *handle) { free(handle); }
static void free_watch(uv_handle_t *handle) { free(handle->data); }

static struct watch *watch_socket(mxs_fetch *fetch, curl_socket_t socket)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL || uv_poll_init(fetch->loop, &watch->poll, socket) != 0) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->fetch = fetch;
    watch->socket = socket;
    return watch;
}

static int request_socket(CURL *easy, curl_socket_t socket, int what, void *arg, void *known)
{
    mxs_fetch *fetch = arg;
    struct watch *watch = known;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL)
            uv_close((uv_handle_t *)&watch->poll, free_watch);
        curl.multi_assign(fetch->multi, socket, NULL);
        return 0;
    }
    if (watch == NULL && (watch = watch_socket(fetch, socket)) == NULL)
        return -1; /* the transfer fails, as if there were no connection */
    curl.multi_assign(fetch->multi, socket, watch);
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(&watch->poll, events, on_socket) == 0 ? 0 : -1;
}

static int request_time(CURLM *multi, long timeout_ms, void *arg)
{
    mxs_fetch *fetch = arg;
    (void)multi;
    if (timeout_ms < 0)
        uv_timer_stop(fetch->timer);
    else
        uv_timer_start(fetch->timer, on_time, (uint64_t)timeout_ms, 0);
    return 0;
}

/* --- a file --- */

static size_t take_body(char *data, size_t one, size_t size, void *arg)
{
    struct transfer *transfer = arg;
    (void)one;
    transfer->too_large |= size > transfer->fetch->options.size_max - transfer->used;
    if (transfer->too_large)
        return 0;
    if (size > 0)
        memcpy(transfer->body + transfer->used, data, size);
    transfer->used += (uint32_t)size;
    return size;
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    (void)arg, (void)purpose;
    int fd = mxs_outside_open(SOCK_STREAM, &to->addr);
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static bool set_protocol(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK;
#else
    return curl.easy_setopt(easy, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTPS) == CURLE_OK;
#endif
}

/* False: out of memory, or a libcurl that cannot do HTTPS. */
static bool set_options(struct transfer *transfer, const char *url)
{
    const struct mxs_fetch_options *options = &transfer->fetch->options;
    CURL *easy = transfer->easy;
    bool good = curl.easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK && set_protocol(easy) &&
                curl.easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
                curl.easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
                curl.easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
                curl.easy_setopt(easy, CURLOPT_USERAGENT, "mxsurvey/" MXS_VERSION) == CURLE_OK &&
                (options->ca_file == NULL || curl.easy_setopt(easy, CURLOPT_CAINFO, options->ca_file) == CURLE_OK);
    curl.easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl.easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl.easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_ms);
    curl.easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->total_ms);
    curl.easy_setopt(easy, CURLOPT_MAXFILESIZE, (long)options->size_max);
    curl.easy_setopt(easy, CURLOPT_RESOLVE, transfer->resolve);
    curl.easy_setopt(easy, CURLOPT_CONNECT_TO, transfer->connect);
    curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl.easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl.easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    return good;
}

static struct transfer *find_free(mxs_fetch *fetch)
{
    for (uint32_t i = 0; i < fetch->options.parallel; i++)
        if (fetch->transfers[i].easy == NULL)
            return &fetch->transfers[i];
    return NULL;
}

static bool begin(struct transfer *transfer, const char *host, const char *path, const char *addresses)
{
    char url[URL_SIZE], at[URL_SIZE];
    if (snprintf(url, sizeof url, "https://%s%s", host, path) >= (int)sizeof url ||
        snprintf(at, sizeof at, "%s:%d:%s", host, PORT, addresses) >= (int)sizeof at)
        return false;
    transfer->resolve = curl.slist_append(NULL, at);
    if (transfer->fetch->options.connect != NULL) {
        snprintf(at, sizeof at, "%s:%d:%s", host, PORT, transfer->fetch->options.connect);
        transfer->connect = curl.slist_append(NULL, at);
    }
    bool lists = transfer->resolve != NULL && (transfer->fetch->options.connect == NULL || transfer->connect != NULL);
    return lists && set_options(transfer, url) &&
           curl.multi_add_handle(transfer->fetch->multi, transfer->easy) == CURLM_OK;
}

enum mxs_err mxs_fetch_ask(mxs_fetch *fetch, const char *host, const char *path, const char *addresses,
                           uint32_t subject)
{
    struct transfer *transfer = find_free(fetch);
    if (transfer == NULL)
        return MXS_ERR_FULL;
    if (transfer->body == NULL)
        transfer->body = malloc(fetch->options.size_max);
    if (transfer->body == NULL || (transfer->easy = curl.easy_init()) == NULL)
        return MXS_ERR_MEMORY;
    transfer->used = 0;
    transfer->too_large = false;
    transfer->subject = subject;
    if (begin(transfer, host, path, addresses))
        return MXS_OK;
    release(transfer);
    return MXS_ERR_MEMORY;
}

/* --- life --- */

enum mxs_err mxs_fetch_create(mxs_fetch **out, uv_loop_t *loop, const struct mxs_fetch_options *options,
                              mxs_fetch_done done, void *arg, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_fetch_load(detail);
    if (err != MXS_OK)
        return err;
    mxs_fetch *fetch = calloc(1, sizeof *fetch);
    bool ready = fetch != NULL && curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (ready) {
        fetch->options = *options;
        fetch->loop = loop;
        fetch->done = done;
        fetch->arg = arg;
        fetch->transfers = calloc(options->parallel, sizeof *fetch->transfers);
        fetch->timer = calloc(1, sizeof *fetch->timer);
        fetch->multi = curl.multi_init();
    }
    if (!ready || fetch->transfers == NULL || fetch->timer == NULL || fetch->multi == NULL) {
        if (ready) {
            curl.multi_cleanup(fetch->multi);
            free(fetch->transfers);
            free(fetch->timer);
            curl.global_cleanup();
        }
        free(fetch);
        return mxs_err_set(detail, MXS_ERR_MEMORY, "libcurl cannot be started: out of memory");
    }
    for (uint32_t i = 0; i < options->parallel; i++)
        fetch->transfers[i].fetch = fetch;
    uv_timer_init(loop, fetch->timer);
    fetch->timer->data = fetch;
    curl.multi_setopt(fetch->multi, CURLMOPT_SOCKETFUNCTION, request_socket);
    curl.multi_setopt(fetch->multi, CURLMOPT_SOCKETDATA, fetch);
    curl.multi_setopt(fetch->multi, CURLMOPT_TIMERFUNCTION, request_time);
    curl.multi_setopt(fetch->multi, CURLMOPT_TIMERDATA, fetch);
    *out = fetch;
    return MXS_OK;
}

void mxs_fetch_destroy(mxs_fetch **fetch)
{
    mxs_fetch *ending = *fetch;
    *fetch = NULL;
    if (ending == NULL)
        return;
    for (uint32_t i = 0; i < ending->options.parallel; i++) {
        release(&ending->transfers[i]);
        free(ending->transfers[i].body);
    }
    curl.multi_cleanup(ending->multi); /* lets go of its sockets */
    uv_timer_stop(ending->timer);
    uv_close((uv_handle_t *)ending->timer, free_handle);
    curl.global_cleanup();
    free(ending->transfers);
    free(ending);
}

enum mxs_err mxs_fetch_error(const mxs_fetch *fetch, struct mxs_detail *detail)
{
    if (fetch->error.err == MXS_OK)
        return MXS_OK;
    *detail = fetch->error;
    return fetch->error.err;
}
#else
typedef int mxs_fetch_curl_is_empty; /* a file must hold something */
#endif
