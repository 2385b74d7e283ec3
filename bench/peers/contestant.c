#include "contestant.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

figures took(int64_t elapsed) {
  figures result = {.elapsed = elapsed, .latencies = NULL};
  return result;
}

void require(bool holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "%s failed (erl_errno: %s, errno: %s)\n", what, strerror(erl_errno), strerror(errno));
  printf("{\"error\":\"%s failed\"}\n", what);
  fflush(stdout);
  exit(EXIT_FAILURE);
}

void* allocate(size_t count, size_t size) {
  void* memory = calloc(count, size);
  require(memory != NULL, "allocating");
  return memory;
}

/* The nodes of the suite are all at the loopback interface, so the name of the host is an address. */
static void connect_to(contestant* self, const char* own, const char* peer, const char* cookie) {
  char alive[EI_MAXALIVELEN + 1];
  char host[EI_MAXHOSTNAMELEN + 1];
  char node[MAXNODELEN + 1];
  const char* at = strchr(own, '@');
  require(at != NULL && strlen(own) < sizeof node && strlen(peer) < sizeof node, "reading the names");
  snprintf(alive, sizeof alive, "%.*s", (int)(at - own), own);
  snprintf(host, sizeof host, "%s", at + 1);
  struct in_addr address = {.s_addr = inet_addr(host)};
  require(ei_connect_xinit(&self->node, host, alive, own, &address, cookie, (unsigned)getpid()) == 0,
          "beginning");
  snprintf(node, sizeof node, "%s", peer);
  self->connection = ei_connect(&self->node, node);
  require(self->connection >= 0, "connecting");
  require(ei_make_pid(&self->node, &self->self) == 0, "making a pid");
}

static int compare(const void* a, const void* b) {
  int64_t x = *(const int64_t*)a;
  int64_t y = *(const int64_t*)b;
  return (x > y) - (x < y);
}

/* In microseconds, by nearest rank. */
static double percentile(const int64_t* sorted, long count, int which) {
  return (double)sorted[(which * count + 99) / 100 - 1] / 1000;
}

static void print(figures result, long count) {
  printf("{\"elapsed\":%.3f", (double)result.elapsed / 1000);
  if (result.latencies != NULL) {
    qsort(result.latencies, (size_t)count, sizeof *result.latencies, compare);
    printf(",\"p50\":%.3f,\"p99\":%.3f", percentile(result.latencies, count, 50),
           percentile(result.latencies, count, 99));
    free(result.latencies);
  }
  printf("}\n");
}

static void serve(contestant* self, const char* line, const workload* workloads) {
  char name[32];
  task task;
  int fields = sscanf(line, "%31s %d %ld %ld", name, &task.bytes, &task.count, &task.outstanding);
  require(fields == 4 && task.bytes >= 0 && task.count > 0 && task.outstanding >= 0, "reading the task");
  while (workloads->name != NULL && strcmp(workloads->name, name) != 0) workloads++;
  if (workloads->name == NULL) {
    printf("{\"error\":\"unsupported\"}\n");
  } else {
    print(workloads->run(self, &task), task.count);
  }
}

int compete(int argc, char** argv, const workload* workloads) {
  static contestant self;
  char line[128];
  if (argc != 4) {
    fprintf(stderr, "usage: %s <own node> <peer's node> <cookie>\n", argv[0]);
    return EXIT_FAILURE;
  }
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
  /* A connection that is lost is an error of the call that writes. */
  signal(SIGPIPE, SIG_IGN);
  require(ei_init() == 0, "beginning");
  connect_to(&self, argv[1], argv[2], argv[3]);
  printf("ready\n");
  while (fgets(line, sizeof line, stdin) != NULL) serve(&self, line, workloads);
  ei_close_connection(self.connection);
  return EXIT_SUCCESS;
}
