/* A compact table in memory instead of an SQL look-up per row. Ids are given here and are the row ids of the
 * database; rows of new ids are stored with the batch that brought them (flush), and stored again with the next
 * one when that batch was rolled back (forget). An MX host costs its name + 9 bytes, an IPv4 address that is a set of
 * its own 25; at rest 7 less for each of the three.
 *
 * In         Host names, texts, MX sets, address sets
 * Out        The database id of each distinct one
 * Limits     65,535 bytes per text (longer ones are cut), MXS_RECORDS_MAX members per set
 * Errors     0 for an id: out of memory
 * Ownership  init/finish; keys live in the tables
 * Threads    The one that holds the store; the host table may be read elsewhere while no MX answers are stored
 */
#ifndef MXS_SCANNER_WRITE_DICTIONARY_H
#define MXS_SCANNER_WRITE_DICTIONARY_H

#include "db/store.h"
#include "base/intern.h"
#include "model/answer.h"

struct mxs_dictionary_table {
    struct mxs_intern keys;
    uint32_t committed; /* ids up to here are safely stored */
    uint32_t flushed;   /* ids up to here are in the open transaction */
};

/* Members of mx_sets: preference (2 bytes) and host id (4 bytes), ascending. Of address_sets: address id (4 bytes), in
 * byte order of the addresses. Of addresses: 4 or 16 bytes. */
struct mxs_dictionary {
    struct mxs_dictionary_table hosts, texts, mx_sets, addresses, address_sets;
};

#define MXS_MX_MEMBER_SIZE 6
struct mxs_mx_member {
    uint16_t preference;
    uint32_t host;
};

void mxs_dictionary_init(struct mxs_dictionary *dictionary);
void mxs_dictionary_finish(struct mxs_dictionary *dictionary);
/* From here on it is looked up by id: a third of its memory is given back. Taking in goes on working, and makes that
 * anew. */
void mxs_dictionary_rest(struct mxs_dictionary *dictionary);
/* Reads what the database knows. MXS_ERR_FOREIGN_DB: it names what it does not hold, or is not of our making. */
MXS_CHECK enum mxs_err mxs_dictionary_load(struct mxs_dictionary *dictionary, mxs_store *store,
                                           struct mxs_detail *detail);

uint32_t mxs_dictionary_host(struct mxs_dictionary *dictionary, struct mxs_text name);
uint32_t mxs_dictionary_text(struct mxs_dictionary *dictionary, struct mxs_text text);
/* Of MX records; hosts are taken in on the way. */
uint32_t mxs_dictionary_mx_set(struct mxs_dictionary *dictionary, const struct mxs_record *records, uint32_t count);
/* Of A or AAAA records. */
uint32_t mxs_dictionary_address_set(struct mxs_dictionary *dictionary, const struct mxs_record *records,
                                    uint32_t count);

/* All members of a set; one look-up instead of one for each. */
struct mxs_bytes mxs_dictionary_mx_members(const struct mxs_dictionary *dictionary, uint32_t set);
struct mxs_mx_member mxs_mx_member_at(struct mxs_bytes members, uint32_t index);
uint32_t mxs_dictionary_mx_count(const struct mxs_dictionary *dictionary, uint32_t set);
struct mxs_mx_member mxs_dictionary_mx_member(const struct mxs_dictionary *dictionary, uint32_t set, uint32_t index);
uint32_t mxs_dictionary_address_count(const struct mxs_dictionary *dictionary, uint32_t set);
/* The 4 or 16 bytes of one address of a set. */
struct mxs_bytes mxs_dictionary_address(const struct mxs_dictionary *dictionary, uint32_t set, uint32_t index);
uint32_t mxs_dictionary_address_id(const struct mxs_dictionary *dictionary, uint32_t set, uint32_t index);
struct mxs_text mxs_dictionary_host_name(const struct mxs_dictionary *dictionary, uint32_t host);
struct mxs_text mxs_dictionary_text_of(const struct mxs_dictionary *dictionary, uint32_t text);
/* False for an id that was pruned from the database. */
bool mxs_dictionary_is_live(const struct mxs_dictionary_table *table, uint32_t id);
/* Of an id that a file says: whether there is such a one. */
bool mxs_dictionary_has(const struct mxs_dictionary_table *table, int64_t id);

/* Inserts the rows of ids that are not yet in the open transaction. */
MXS_CHECK enum mxs_err mxs_dictionary_flush(struct mxs_dictionary *dictionary, mxs_store *store,
                                            struct mxs_detail *detail);
/* The transaction was committed, or rolled back. */
void mxs_dictionary_settle(struct mxs_dictionary *dictionary);
void mxs_dictionary_forget(struct mxs_dictionary *dictionary);

#endif
