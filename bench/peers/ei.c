/* A C program on ei, as ei's manual has it: a term is encoded for each message, a message is written by each
   call, and received and decoded one after another. Erlang documentation: erl_interface, `ei_connect` and
   `ei`. */
#include <ei.h>
#include <stdlib.h>
#include <string.h>

#include "contestant.h"
#include "pending.h"
#include "traffic.h"

static ei_x_buff buffer(void) {
  ei_x_buff x;
  require(ei_x_new(&x) == 0, "allocating");
  return x;
}

static figures small_out(contestant* self, const task* task) {
  ei_x_buff x = buffer();
  char* binary = binary_of(task->bytes);
  expect(self, task->count);
  for (long i = 0; i < task->count; i++) {
    encode_message(&x, binary, task->bytes);
    send_to(self, "sink", &x);
  }
  ei_x_free(&x);
  free(binary);
  return counted(self);
}

/* Every element is decoded, the binary into memory of its own. */
static void take(contestant* self, ei_x_buff* x, char* binary, long bytes) {
  char tag[MAXATOMLEN];
  char node[MAXATOMLEN];
  long long number = 0;
  int type = 0;
  int size = 0;
  receive(self, x);
  int index = tuple_of(x, 4);
  bool done = ei_decode_atom(x->buff, &index, tag) == 0 && ei_decode_atom(x->buff, &index, node) == 0 &&
              ei_get_type(x->buff, &index, &type, &size) == 0 && type == ERL_BINARY_EXT && size == bytes &&
              ei_decode_binary(x->buff, &index, binary, NULL) == 0 &&
              ei_decode_longlong(x->buff, &index, &number) == 0;
  require(done && strcmp(tag, "send") == 0 && number == 1234567890123, "decoding");
}

static figures small_in(contestant* self, const task* task) {
  ei_x_buff x = buffer();
  char* binary = binary_of(task->bytes);
  ask_for(self, task->count, task->bytes);
  take(self, &x, binary, task->bytes);
  int64_t start = nanoseconds();
  for (long i = 1; i < task->count; i++) take(self, &x, binary, task->bytes);
  int64_t elapsed = nanoseconds() - start;
  ei_x_free(&x);
  free(binary);
  return took(elapsed);
}

static void ping(contestant* self, ei_x_buff* x, long number) {
  char tag[MAXATOMLEN];
  long answer = 0;
  x->index = 0;
  bool done = ei_x_encode_version(x) == 0 && ei_x_encode_tuple_header(x, 3) == 0 &&
              ei_x_encode_atom(x, "ping") == 0 && ei_x_encode_pid(x, &self->self) == 0 &&
              ei_x_encode_long(x, number) == 0;
  require(done, "encoding");
  send_to(self, "echo", x);
  receive(self, x);
  int index = tuple_of(x, 2);
  done = ei_decode_atom(x->buff, &index, tag) == 0 && ei_decode_long(x->buff, &index, &answer) == 0;
  require(done && strcmp(tag, "pong") == 0 && answer == number, "decoding");
}

static void call(contestant* self, ei_x_buff* result, long number) {
  char node[MAXATOMLEN];
  int index = 0;
  ei_x_buff none = buffer();
  (void)number;
  require(ei_x_encode_empty_list(&none) == 0, "encoding");
  bool done = ei_rpc(&self->node, self->connection, "erlang", "node", none.buff, none.index, result) >= 0;
  require(done, "calling");
  require(ei_decode_atom(result->buff, &index, node) == 0, "decoding");
  ei_x_free(&none);
}

static figures one_by_one(contestant* self, const task* task, void (*once)(contestant*, ei_x_buff*, long)) {
  ei_x_buff x = buffer();
  figures result = {.latencies = allocate((size_t)task->count, sizeof(int64_t))};
  int64_t start = nanoseconds();
  int64_t last = start;
  for (long i = 0; i < task->count; i++) {
    once(self, &x, i);
    int64_t now = nanoseconds();
    result.latencies[i] = now - last;
    last = now;
  }
  result.elapsed = last - start;
  ei_x_free(&x);
  return result;
}

static figures ping_pong(contestant* self, const task* task) { return one_by_one(self, task, ping); }

static figures calls(contestant* self, const task* task) { return one_by_one(self, task, call); }

static void request(contestant* self, ei_x_buff* x, pending* requests) {
  erlang_ref ref;
  require(ei_make_ref(&self->node, &ref) == 0, "making a reference");
  pending_add(requests, &ref);
  encode_request(x, self, &ref);
  send_to(self, "server", x);
}

static void answer(contestant* self, ei_x_buff* x, pending* requests) {
  erlang_ref ref;
  char text[16];
  int type = 0;
  int size = 0;
  receive(self, x);
  int index = tuple_of(x, 2);
  bool done = ei_decode_ref(x->buff, &index, &ref) == 0 && ei_get_type(x->buff, &index, &type, &size) == 0 &&
              type == ERL_BINARY_EXT && size <= (int)sizeof text &&
              ei_decode_binary(x->buff, &index, text, NULL) == 0;
  require(done, "decoding");
  require(pending_remove(requests, &ref), "finding the request");
}

static figures requests(contestant* self, const task* task) {
  ei_x_buff x = buffer();
  long first = task->count < task->outstanding ? task->count : task->outstanding;
  require(first > 0, "reading the task");
  pending under_way = pending_new(first);
  int64_t start = nanoseconds();
  for (long i = 0; i < first; i++) request(self, &x, &under_way);
  for (long i = 0; i < task->count; i++) {
    answer(self, &x, &under_way);
    if (i < task->count - first) request(self, &x, &under_way);
  }
  int64_t elapsed = nanoseconds() - start;
  pending_free(&under_way);
  ei_x_free(&x);
  return took(elapsed);
}

int main(int argc, char** argv) {
  static const workload workloads[] = {{"w1", small_out}, {"w2", small_in}, {"w3", ping_pong},
                                       {"w4", requests},  {"rpc1", calls},  {NULL, NULL}};
  return compete(argc, argv, workloads);
}
