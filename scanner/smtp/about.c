/* A 5xx is a settled word about the server only when it would be said to everybody, and later, too. Most that a scanner
 * meets are said to the scanner: its address is on a list, has no name, is unknown. Such a reply names an address that
 * is not the server's, carries an enhanced code of policy (x.7.x), or uses the words below; one of a bad moment carries
 * a code of that (4.x.x), or says so. To take one too many for such costs a verdict; one too few makes a false fact. */
#include "scanner/smtp/internal/about.h"

#include <stdio.h>
#include <strings.h>

#include "model/address.h"

static const char *const words[] = {
    "your",           "you are",      "reputation",  "block",       "blacklist",
    "blocklist",      "denylist",     "dnsbl",       "rbl",         "listed",
    "spam",           "abuse",        "denied",      "not allowed", "not permitted",
    "not authorized", "unauthorized", "policy",      "refused",     "reverse dns",
    "rdns",           "ptr",          "client host", "dynamic",     "residential",
    "greylist",       "too many",     "rate limit",  "rejected",    "helo",
    "later",          "temporar",     "try again",   "too busy",    "overload",
    "maintenance",
};

static bool holds(struct mxs_text text, const char *word)
{
    size_t size = strlen(word);
    for (uint32_t i = 0; i + size <= text.size_bytes; i++)
        if (strncasecmp(text.data + i, word, size) == 0)
            return true;
    return false;
}

static bool is_address_character(char at)
{
    return (at >= '0' && at <= '9') || (at >= 'a' && at <= 'f') || (at >= 'A' && at <= 'F') || at == ':' || at == '.';
}

/* An address in the text that is not the server's own. */
static bool names_another(struct mxs_text text, const struct mxs_address *server)
{
    for (uint32_t i = 0; i < text.size_bytes;) {
        uint32_t from = i;
        while (i < text.size_bytes && is_address_character(text.data[i]))
            i++;
        struct mxs_text word = {text.data + from, i - from};
        while (word.size_bytes > 0 && word.data[word.size_bytes - 1] == '.')
            word.size_bytes--;
        struct mxs_address found;
        if (word.size_bytes >= 4 && word.size_bytes < MXS_ADDRESS_TEXT_SIZE && mxs_address_parse(word, &found) &&
            (found.family != server->family || memcmp(found.bytes, server->bytes, found.family == 4 ? 4 : 16) != 0))
            return true;
        if (i == from)
            i++;
    }
    return false;
}

/* "5.7.1 ...": the class, then 7; or of class 4. */
static bool is_policy_or_passing(struct mxs_text text)
{
    if (text.size_bytes < 5 || (text.data[0] != '4' && text.data[0] != '5') || text.data[1] != '.')
        return false;
    return text.data[0] == '4' || (text.data[2] == '7' && text.data[3] == '.');
}

bool mxs_smtp_about_us(struct mxs_text text, const char *helo, const struct mxs_address *server)
{
    if (is_policy_or_passing(text) || holds(text, helo) || names_another(text, server))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (holds(text, words[i]))
            return true;
    return false;
}
