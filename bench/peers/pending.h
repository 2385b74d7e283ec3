/* The requests of a C program that are under way, found by their references: a hash table with linear
 * probing. */
#ifndef BENCH_PENDING_H
#define BENCH_PENDING_H

#include "contestant.h"

/* How many words our own references have. */
enum { REF_WORDS = 3 };

typedef struct {
  unsigned id[REF_WORDS];
  bool taken;
} slot;

typedef struct {
  slot* slots;
  /* The number of slots less one; the number is a power of two, and at least twice that of the requests. */
  size_t mask;
} pending;

pending pending_new(long requests);
void pending_free(pending* table);

void pending_add(pending* table, const erlang_ref* ref);

/* Whether it was there. */
bool pending_remove(pending* table, const erlang_ref* ref);

#endif
