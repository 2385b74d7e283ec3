/* What the contestants in C share: arguments, connection, tasks, clock and figures. */
#ifndef BENCH_CONTESTANT_H
#define BENCH_CONTESTANT_H

#include <ei.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  ei_cnode node;
  erlang_pid self;
  /* The descriptor of the connection to the peer. */
  int connection;
} contestant;

typedef struct {
  /* The size of the binary in each message. */
  int bytes;
  long count;
  long outstanding;
} task;

/* All times in nanoseconds. */
typedef struct {
  int64_t elapsed;
  /* One for each round trip, in any order, or NULL. They are freed by whoever asked. */
  int64_t* latencies;
} figures;

typedef struct {
  const char* name;
  figures (*run)(contestant* self, const task* task);
} workload;

/* Connects, says so, and does tasks until the standard input ends. The workloads end with one that has no
 * name. */
int compete(int argc, char** argv, const workload* workloads);

/* A figure that is only one time. */
figures took(int64_t elapsed);

/* Of a clock that is never set. */
int64_t nanoseconds(void);

/* Unless it holds, answers the task with an error and ends the process: the connection is of no use any more.
 */
void require(bool holds, const char* what);

/* Memory, or the end. */
void* allocate(size_t count, size_t size);

#endif
