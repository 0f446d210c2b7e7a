#include "scanner/input/internal/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "scanner/input/internal/cell.h"
#include "model/name.h"

#define FOLDED_MAX 256

/* Folded as fold() does it: small letters, no blanks, no marks. The rank tells words of one kind apart where both hold
 * names. */
static const struct {
    const char *word;
    enum mxs_column_kind kind;
    uint32_t rank;
} WORDS[] = {
    {"domain", MXS_COLUMN_DOMAIN, 0},
    {"domains", MXS_COLUMN_DOMAIN, 0},
    {"domainname", MXS_COLUMN_DOMAIN, 0},
    {"domainnames", MXS_COLUMN_DOMAIN, 0},
    {"rootdomain", MXS_COLUMN_DOMAIN, 0},
    {"registereddomain", MXS_COLUMN_DOMAIN, 0},
    {"registrabledomain", MXS_COLUMN_DOMAIN, 0},
    {"domäne", MXS_COLUMN_DOMAIN, 0},
    {"domaene", MXS_COLUMN_DOMAIN, 0},
    {"domäin", MXS_COLUMN_DOMAIN, 0},
    {"domän", MXS_COLUMN_DOMAIN, 0},
    {"domännamn", MXS_COLUMN_DOMAIN, 0},
    {"domaine", MXS_COLUMN_DOMAIN, 0},
    {"nomdedomaine", MXS_COLUMN_DOMAIN, 0},
    {"dominio", MXS_COLUMN_DOMAIN, 0},
    {"domínio", MXS_COLUMN_DOMAIN, 0},
    {"nomededomínio", MXS_COLUMN_DOMAIN, 0},
    {"nombrededominio", MXS_COLUMN_DOMAIN, 0},
    {"nomedidominio", MXS_COLUMN_DOMAIN, 0},
    {"domein", MXS_COLUMN_DOMAIN, 0},
    {"domeinnaam", MXS_COLUMN_DOMAIN, 0},
    {"domena", MXS_COLUMN_DOMAIN, 0},
    {"doména", MXS_COLUMN_DOMAIN, 0},
    {"domeny", MXS_COLUMN_DOMAIN, 0},
    {"domæne", MXS_COLUMN_DOMAIN, 0},
    {"domene", MXS_COLUMN_DOMAIN, 0},
    {"verkkotunnus", MXS_COLUMN_DOMAIN, 0},
    {"alanadı", MXS_COLUMN_DOMAIN, 0},
    {"alanadi", MXS_COLUMN_DOMAIN, 0},
    {"tartomány", MXS_COLUMN_DOMAIN, 0},
    {"domeniu", MXS_COLUMN_DOMAIN, 0},
    {"домен", MXS_COLUMN_DOMAIN, 0},
    {"доменноеимя", MXS_COLUMN_DOMAIN, 0},
    {"домейн", MXS_COLUMN_DOMAIN, 0},
    {"域名", MXS_COLUMN_DOMAIN, 0},
    {"網域", MXS_COLUMN_DOMAIN, 0},
    {"ドメイン", MXS_COLUMN_DOMAIN, 0},
    {"ドメイン名", MXS_COLUMN_DOMAIN, 0},
    {"도메인", MXS_COLUMN_DOMAIN, 0},
    {"نطاق", MXS_COLUMN_DOMAIN, 0},
    {"hostname", MXS_COLUMN_DOMAIN, 2},
    {"host", MXS_COLUMN_DOMAIN, 2},
    {"fqdn", MXS_COLUMN_DOMAIN, 2},
    {"dnsname", MXS_COLUMN_DOMAIN, 2},
    {"rechnername", MXS_COLUMN_DOMAIN, 2},
    {"origin", MXS_COLUMN_ORIGIN, 0},
    {"website", MXS_COLUMN_WEBSITE, 0},
    {"web", MXS_COLUMN_WEBSITE, 0},
    {"site", MXS_COLUMN_WEBSITE, 0},
    {"url", MXS_COLUMN_WEBSITE, 0},
    {"urls", MXS_COLUMN_WEBSITE, 0},
    {"homepage", MXS_COLUMN_WEBSITE, 0},
    {"webpage", MXS_COLUMN_WEBSITE, 0},
    {"websites", MXS_COLUMN_WEBSITE, 0},
    {"www", MXS_COLUMN_WEBSITE, 0},
    {"webaddress", MXS_COLUMN_WEBSITE, 0},
    {"internet", MXS_COLUMN_WEBSITE, 0},
    {"officialwebsite", MXS_COLUMN_WEBSITE, 0},
    {"webseite", MXS_COLUMN_WEBSITE, 0},
    {"internetseite", MXS_COLUMN_WEBSITE, 0},
    {"internetadresse", MXS_COLUMN_WEBSITE, 0},
    {"webadresse", MXS_COLUMN_WEBSITE, 0},
    {"webauftritt", MXS_COLUMN_WEBSITE, 0},
    {"siteweb", MXS_COLUMN_WEBSITE, 0},
    {"siteinternet", MXS_COLUMN_WEBSITE, 0},
    {"adresseweb", MXS_COLUMN_WEBSITE, 0},
    {"sitoweb", MXS_COLUMN_WEBSITE, 0},
    {"sito", MXS_COLUMN_WEBSITE, 0},
    {"sitointernet", MXS_COLUMN_WEBSITE, 0},
    {"paginaweb", MXS_COLUMN_WEBSITE, 0},
    {"páginaweb", MXS_COLUMN_WEBSITE, 0},
    {"sitioweb", MXS_COLUMN_WEBSITE, 0},
    {"sitio", MXS_COLUMN_WEBSITE, 0},
    {"sítioweb", MXS_COLUMN_WEBSITE, 0},
    {"webpagina", MXS_COLUMN_WEBSITE, 0},
    {"hjemmeside", MXS_COLUMN_WEBSITE, 0},
    {"nettside", MXS_COLUMN_WEBSITE, 0},
    {"nettsted", MXS_COLUMN_WEBSITE, 0},
    {"hemsida", MXS_COLUMN_WEBSITE, 0},
    {"webbplats", MXS_COLUMN_WEBSITE, 0},
    {"kotisivu", MXS_COLUMN_WEBSITE, 0},
    {"verkkosivu", MXS_COLUMN_WEBSITE, 0},
    {"verkkosivusto", MXS_COLUMN_WEBSITE, 0},
    {"stronawww", MXS_COLUMN_WEBSITE, 0},
    {"stronainternetowa", MXS_COLUMN_WEBSITE, 0},
    {"witryna", MXS_COLUMN_WEBSITE, 0},
    {"webovéstránky", MXS_COLUMN_WEBSITE, 0},
    {"webovástránka", MXS_COLUMN_WEBSITE, 0},
    {"spletnastran", MXS_COLUMN_WEBSITE, 0},
    {"webstranica", MXS_COLUMN_WEBSITE, 0},
    {"honlap", MXS_COLUMN_WEBSITE, 0},
    {"weboldal", MXS_COLUMN_WEBSITE, 0},
    {"koduleht", MXS_COLUMN_WEBSITE, 0},
    {"svetainė", MXS_COLUMN_WEBSITE, 0},
    {"tīmekļavietne", MXS_COLUMN_WEBSITE, 0},
    {"websitesi", MXS_COLUMN_WEBSITE, 0},
    {"ιστοσελίδα", MXS_COLUMN_WEBSITE, 0},
    {"ιστότοπος", MXS_COLUMN_WEBSITE, 0},
    {"сайт", MXS_COLUMN_WEBSITE, 0},
    {"вебсайт", MXS_COLUMN_WEBSITE, 0},
    {"веб", MXS_COLUMN_WEBSITE, 0},
    {"уебсайт", MXS_COLUMN_WEBSITE, 0},
    {"网站", MXS_COLUMN_WEBSITE, 0},
    {"网址", MXS_COLUMN_WEBSITE, 0},
    {"網站", MXS_COLUMN_WEBSITE, 0},
    {"ウェブサイト", MXS_COLUMN_WEBSITE, 0},
    {"ホームページ", MXS_COLUMN_WEBSITE, 0},
    {"サイト", MXS_COLUMN_WEBSITE, 0},
    {"웹사이트", MXS_COLUMN_WEBSITE, 0},
    {"홈페이지", MXS_COLUMN_WEBSITE, 0},
    {"موقع", MXS_COLUMN_WEBSITE, 0},
    {"الموقعالإلكتروني", MXS_COLUMN_WEBSITE, 0},
    {"אתר", MXS_COLUMN_WEBSITE, 0},
    {"email", MXS_COLUMN_MAIL, 0},
    {"emails", MXS_COLUMN_MAIL, 0},
    {"mail", MXS_COLUMN_MAIL, 0},
    {"emailaddress", MXS_COLUMN_MAIL, 0},
    {"mailaddress", MXS_COLUMN_MAIL, 0},
    {"emailaddresses", MXS_COLUMN_MAIL, 0},
    {"emailadresse", MXS_COLUMN_MAIL, 0},
    {"mailadresse", MXS_COLUMN_MAIL, 0},
    {"adresseemail", MXS_COLUMN_MAIL, 0},
    {"adressemail", MXS_COLUMN_MAIL, 0},
    {"courriel", MXS_COLUMN_MAIL, 0},
    {"mél", MXS_COLUMN_MAIL, 0},
    {"correo", MXS_COLUMN_MAIL, 0},
    {"correoelectrónico", MXS_COLUMN_MAIL, 0},
    {"correoelectronico", MXS_COLUMN_MAIL, 0},
    {"correuelectrònic", MXS_COLUMN_MAIL, 0},
    {"correioeletrônico", MXS_COLUMN_MAIL, 0},
    {"correioeletrónico", MXS_COLUMN_MAIL, 0},
    {"postaelettronica", MXS_COLUMN_MAIL, 0},
    {"pec", MXS_COLUMN_MAIL, 0},
    {"indirizzoemail", MXS_COLUMN_MAIL, 0},
    {"emailadres", MXS_COLUMN_MAIL, 0},
    {"mailadres", MXS_COLUMN_MAIL, 0},
    {"epost", MXS_COLUMN_MAIL, 0},
    {"epostadresse", MXS_COLUMN_MAIL, 0},
    {"epostadress", MXS_COLUMN_MAIL, 0},
    {"mejl", MXS_COLUMN_MAIL, 0},
    {"sähköposti", MXS_COLUMN_MAIL, 0},
    {"adresemail", MXS_COLUMN_MAIL, 0},
    {"pocztaelektroniczna", MXS_COLUMN_MAIL, 0},
    {"eposta", MXS_COLUMN_MAIL, 0},
    {"emailcím", MXS_COLUMN_MAIL, 0},
    {"ηλεκτρονικόταχυδρομείο", MXS_COLUMN_MAIL, 0},
    {"почта", MXS_COLUMN_MAIL, 0},
    {"электроннаяпочта", MXS_COLUMN_MAIL, 0},
    {"эл.почта", MXS_COLUMN_MAIL, 0},
    {"имейл", MXS_COLUMN_MAIL, 0},
    {"пошта", MXS_COLUMN_MAIL, 0},
    {"电子邮件", MXS_COLUMN_MAIL, 0},
    {"邮箱", MXS_COLUMN_MAIL, 0},
    {"電子郵件", MXS_COLUMN_MAIL, 0},
    {"メール", MXS_COLUMN_MAIL, 0},
    {"メールアドレス", MXS_COLUMN_MAIL, 0},
    {"이메일", MXS_COLUMN_MAIL, 0},
    {"البريدالإلكتروني", MXS_COLUMN_MAIL, 0},
    {"rank", MXS_COLUMN_RANK, 0},
    {"globalrank", MXS_COLUMN_RANK, 0},
    {"position", MXS_COLUMN_RANK, 0},
    {"ranking", MXS_COLUMN_RANK, 0},
    {"rang", MXS_COLUMN_RANK, 0},
    {"rango", MXS_COLUMN_RANK, 0},
};

static uint32_t lower_of(uint32_t code)
{
    if ((code >= 0xC0 && code <= 0xDE && code != 0xD7) || (code >= 0x391 && code <= 0x3A9) ||
        (code >= 0x410 && code <= 0x42F))
        return code + 0x20;
    if (code == 0x386 || (code >= 0x388 && code <= 0x38A))
        return code + (code == 0x386 ? 0x26 : 0x25);
    if (code == 0x38C || code == 0x38E || code == 0x38F)
        return code + (code == 0x38C ? 0x40 : 0x3F);
    if (code >= 0x400 && code <= 0x40F)
        return code + 0x50;
    return code >= 0x100 && code <= 0x137 && code != 0x130 && code != 0x131 ? code | 1 : code;
}

/* Small letters, without what stands between them; a blank stays where words is set. */
static uint32_t fold(struct mxs_text text, bool words, char *out)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < text.size_bytes && used + 2 < FOLDED_MAX; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= 0xC3 && c < 0xE0 && i + 1 < text.size_bytes && ((unsigned char)text.data[i + 1] & 0xC0) == 0x80) {
            uint32_t code = lower_of((uint32_t)(c & 0x1F) << 6 | ((unsigned char)text.data[++i] & 0x3F));
            out[used++] = (char)(0xC0 | code >> 6);
            out[used++] = (char)(0x80 | (code & 0x3F));
        } else if (c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')) {
            out[used++] = (char)c;
        } else if (c >= 'A' && c <= 'Z') {
            out[used++] = (char)(c + 32);
        } else if (words && used != 0 && out[used - 1] != ' ') {
            out[used++] = ' ';
        }
    }
    out[used] = '\0';
    return used;
}

static bool find_word(const char *word, uint32_t extra, enum mxs_column_kind *kind, uint32_t *rank)
{
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (strcmp(word, WORDS[i].word) == 0 &&
            (WORDS[i].kind < *kind || (WORDS[i].kind == *kind && WORDS[i].rank + extra < *rank))) {
            *kind = WORDS[i].kind;
            *rank = WORDS[i].rank + extra;
            return true;
        }
    }
    return false;
}

enum mxs_column_kind mxs_column_kind_of(struct mxs_text head, uint32_t *rank)
{
    char folded[FOLDED_MAX];
    enum mxs_column_kind kind = MXS_COLUMN_OTHER;
    *rank = UINT32_MAX;
    fold(head, false, folded);
    if (find_word(folded, 0, &kind, rank))
        return kind;
    fold(head, true, folded);
    char *rest = NULL, *last = NULL;
    for (char *word = strtok_r(folded, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        find_word(word, MXS_COLUMN_RANK_WEAK, &kind, rank);
        if (last != NULL && strcmp(last, "e") == 0 && strcmp(word, "mail") == 0)
            find_word("email", MXS_COLUMN_RANK_WEAK, &kind, rank);
        last = word;
    }
    return kind;
}

enum mxs_err mxs_columns_init(struct mxs_columns *columns, struct mxs_detail *detail)
{
    columns->items = calloc(MXS_COLUMNS_MAX, sizeof *columns->items);
    if (columns->items == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory to look at the columns");
    columns->count = 0;
    columns->has_header = columns->more = columns->long_keys = false;
    return MXS_OK;
}

void mxs_columns_finish(struct mxs_columns *columns)
{
    free(columns->items);
    columns->items = NULL;
}

void mxs_columns_reset(struct mxs_columns *columns)
{
    memset(columns->items, 0, columns->count * sizeof *columns->items);
    columns->count = 0;
    columns->has_header = columns->more = columns->long_keys = false;
}

static bool is_name(struct mxs_text text, bool *filled)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    struct mxs_input_cell cell;
    struct mxs_text value;
    struct mxs_entry entry;
    mxs_cell_init(&cell, text);
    *filled = mxs_cell_next(&cell, &value);
    if (!*filled)
        return false;
    mxs_cell_entry(&cell, value, name, &entry);
    return entry.reason == NULL && memchr(name, '.', entry.name.size_bytes) != NULL;
}

void mxs_columns_put(struct mxs_columns *columns, uint32_t column, struct mxs_text cell)
{
    bool filled;
    if (column >= MXS_COLUMNS_MAX)
        return;
    if (column >= columns->count)
        columns->count = column + 1;
    struct mxs_input_column *item = &columns->items[column];
    bool name = is_name(cell, &filled);
    item->rows++;
    item->filled += filled;
    item->names += name;
    item->numbers += mxs_text_is_digits(mxs_line_trim(cell));
}

void mxs_columns_head(struct mxs_columns *columns, uint32_t column, struct mxs_text head)
{
    bool filled;
    if (column >= MXS_COLUMNS_MAX)
        return;
    if (column >= columns->count)
        columns->count = column + 1;
    struct mxs_input_column *item = &columns->items[column];
    head = mxs_line_trim(head);
    item->head_is_name = is_name(head, &filled);
    item->kind = mxs_column_kind_of(head, &item->rank);
    if (head.size_bytes > MXS_COLUMN_HEAD_MAX) {
        head.size_bytes = MXS_COLUMN_HEAD_MAX;
        while (head.size_bytes != 0 && ((unsigned char)head.data[head.size_bytes] & 0xC0) == 0x80)
            head.size_bytes--;
    }
    uint32_t used = 0;
    for (uint32_t i = 0; i < head.size_bytes; i++)
        if (head.data[i] != '\0')
            item->head[used++] = head.data[i];
    item->head[used] = '\0';
}

/* Below 0: a is the better one. What a header says goes before how many cells are filled, so that tomorrow's list is
 * read from the same column as today's, however its cells fill up; and a list of websites and addresses of mail is one
 * of organisations, many of which write from a provider's domain. */
static int compare(const struct mxs_input_column *a, const struct mxs_input_column *b)
{
    enum mxs_column_kind a_kind = a->kind == MXS_COLUMN_RANK ? MXS_COLUMN_OTHER : a->kind,
                         b_kind = b->kind == MXS_COLUMN_RANK ? MXS_COLUMN_OTHER : b->kind;
    if (a_kind != b_kind)
        return a_kind < b_kind ? -1 : 1;
    if (a->depth != b->depth)
        return a->depth < b->depth ? -1 : 1;
    if (a_kind != MXS_COLUMN_OTHER && a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->names > b->names ? -1 : a->names < b->names;
}

uint32_t mxs_columns_best(const struct mxs_columns *columns, uint32_t *equal)
{
    uint32_t best = MXS_COLUMN_NONE;
    *equal = MXS_COLUMN_NONE;
    for (uint32_t i = 0; i < columns->count; i++) {
        const struct mxs_input_column *item = &columns->items[i];
        if (item->names == 0 || item->names * 2 < item->filled)
            continue;
        int order = best == MXS_COLUMN_NONE ? -1 : compare(item, &columns->items[best]);
        if (order < 0) {
            best = i;
            *equal = MXS_COLUMN_NONE;
        } else if (order == 0 && *equal == MXS_COLUMN_NONE) {
            *equal = i;
        }
    }
    return best;
}

uint32_t mxs_columns_fuller(const struct mxs_columns *columns, uint32_t column)
{
    uint32_t found = MXS_COLUMN_NONE, most = columns->items[column].names;
    for (uint32_t i = 0; i < columns->count; i++) {
        const struct mxs_input_column *item = &columns->items[i];
        if (item->names <= most || item->names * 2 < item->filled)
            continue;
        found = i;
        most = item->names;
    }
    return found;
}

void mxs_columns_name(const struct mxs_columns *columns, uint32_t column, char *out)
{
    const struct mxs_input_column *item = &columns->items[column];
    uint32_t repeats = 0;
    for (uint32_t i = 0; i < column && item->head[0] != '\0'; i++)
        repeats += strcmp(columns->items[i].head, item->head) == 0;
    if (item->head[0] == '\0' && column == 0 && item->rows != 0 && item->numbers == item->rows)
        snprintf(out, MXS_COLUMN_HEAD_MAX + 4, "rank");
    else if (item->head[0] == '\0')
        snprintf(out, MXS_COLUMN_HEAD_MAX + 4, "column %u", column + 1);
    else if (repeats > 0 && repeats < 9)
        snprintf(out, MXS_COLUMN_HEAD_MAX + 4, "%.*s %u", MXS_COLUMN_HEAD_MAX, item->head, repeats + 1);
    else
        snprintf(out, MXS_COLUMN_HEAD_MAX + 4, "%s", item->head);
}

const char *mxs_columns_unread(const struct mxs_columns *columns)
{
    _Static_assert(MXS_COLUMNS_MAX == 512, "the number stands in these words");
    _Static_assert(MXS_COLUMN_HEAD_MAX == 100, "and so does this one");
    return columns->more        ? "; columns behind the 512th are not read"
           : columns->long_keys ? "; keys over 100 bytes are not read"
                                : "";
}

static enum mxs_err no_such(const struct mxs_columns *columns, const char *path, const char *option,
                            struct mxs_text wanted, struct mxs_detail *detail)
{
    char known[256] = "", name[MXS_COLUMN_HEAD_MAX + 4];
    size_t used = 0;
    uint32_t i = 0;
    for (; i < columns->count && used < 140; i++) {
        mxs_columns_name(columns, i, name);
        used += (size_t)snprintf(known + used, sizeof known - used, "%s`%.60s`", i == 0 ? "" : ", ", name);
        used = used < sizeof known ? used : sizeof known - 1;
    }
    return mxs_err_set(detail, MXS_ERR_INPUT,
                       "%.120s: line 1: there is no column `%.*s`, which %s names; its columns are %s%s%s", path,
                       (int)(wanted.size_bytes < 60 ? wanted.size_bytes : 60), wanted.data, option, known,
                       i < columns->count ? " ..." : "", mxs_columns_unread(columns));
}

static uint32_t find_name(const struct mxs_columns *columns, struct mxs_text wanted)
{
    char name[MXS_COLUMN_HEAD_MAX + 4];
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < columns->count; i++) {
            mxs_columns_name(columns, i, name);
            if (strlen(name) == wanted.size_bytes &&
                (pass == 0 ? strncmp : strncasecmp)(name, wanted.data, wanted.size_bytes) == 0)
                return i;
        }
    }
    return MXS_COLUMN_NONE;
}

enum mxs_err mxs_columns_find(const struct mxs_columns *columns, const char *path, const char *option,
                              struct mxs_text wanted, uint32_t *out, struct mxs_detail *detail)
{
    uint32_t found = find_name(columns, wanted);
    if (found == MXS_COLUMN_NONE && mxs_text_is_digits(wanted) && wanted.size_bytes < 6) {
        uint32_t number = 0;
        for (uint32_t i = 0; i < wanted.size_bytes; i++)
            number = number * 10 + (uint32_t)(wanted.data[i] - '0');
        if (number >= 1 && number <= columns->count)
            found = number - 1;
    }
    if (found == MXS_COLUMN_NONE)
        return no_such(columns, path, option, wanted, detail);
    *out = found;
    return MXS_OK;
}

static enum mxs_err keep_one(uint32_t column, const char *path, uint32_t *kept, uint32_t *count,
                             struct mxs_detail *detail)
{
    for (uint32_t i = 0; i < *count; i++)
        if (kept[i] == column)
            return MXS_OK;
    if (*count == MXS_FACETS_MAX)
        return mxs_err_set(detail, MXS_ERR_INPUT, "%.200s: --keep takes up to %d columns: name fewer", path,
                           MXS_FACETS_MAX);
    kept[(*count)++] = column;
    return MXS_OK;
}

enum mxs_err mxs_columns_keep(const struct mxs_columns *columns, const char *path, const char *keep, uint32_t taken,
                              uint32_t *kept, uint32_t *kept_count, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    uint32_t count = 0, column;
    if (keep != NULL && strcmp(keep, "all") == 0 && find_name(columns, MXS_TEXT("all")) == MXS_COLUMN_NONE) {
        for (uint32_t i = 0; err == MXS_OK && i < columns->count; i++)
            err = i == taken || columns->items[i].rows == 0 ? MXS_OK : keep_one(i, path, kept, &count, detail);
    } else if (keep != NULL) {
        struct mxs_text rest = mxs_text_of(keep);
        while (err == MXS_OK && rest.size_bytes != 0) {
            const char *comma = memchr(rest.data, ',', rest.size_bytes);
            uint32_t size = comma == NULL ? rest.size_bytes : (uint32_t)(comma - rest.data);
            struct mxs_text wanted = mxs_line_trim((struct mxs_text){rest.data, size});
            if (wanted.size_bytes != 0)
                err = mxs_columns_find(columns, path, "--keep", wanted, &column, detail);
            if (err == MXS_OK && wanted.size_bytes != 0)
                err = keep_one(column, path, kept, &count, detail);
            rest = (struct mxs_text){rest.data + size + (comma != NULL), rest.size_bytes - size - (comma != NULL)};
        }
    }
    if (err == MXS_OK)
        *kept_count = count;
    return err;
}
