#include "traffic.h"

#include <string.h>

static const char HELLO[] = "hello world";
enum { HELLO_LENGTH = sizeof HELLO - 1 };

char* binary_of(int bytes) {
  char* binary = allocate((size_t)bytes + 1, 1);
  if (bytes == HELLO_LENGTH) {
    memcpy(binary, HELLO, HELLO_LENGTH);
  } else {
    memset(binary, 'x', (size_t)bytes);
  }
  return binary;
}

/* What every message begins with. */
static bool begin(ei_x_buff* x, long arity) {
  x->index = 0;
  return ei_x_encode_version(x) == 0 && ei_x_encode_tuple_header(x, arity) == 0;
}

void encode_message(ei_x_buff* x, const char* binary, int bytes) {
  bool done = begin(x, 4) && ei_x_encode_atom(x, "send") == 0 && ei_x_encode_atom(x, "js@host") == 0 &&
              ei_x_encode_binary(x, binary, bytes) == 0 && ei_x_encode_longlong(x, 1234567890123) == 0;
  require(done, "encoding");
}

void encode_request(ei_x_buff* x, const contestant* self, const erlang_ref* ref) {
  bool done = begin(x, 3) && ei_x_encode_pid(x, &self->self) == 0 && ei_x_encode_ref(x, ref) == 0 &&
              ei_x_encode_binary(x, HELLO, HELLO_LENGTH) == 0;
  require(done, "encoding");
}

/* ei takes what it only reads as if it could change it. */
void send_to(contestant* self, const char* name, const ei_x_buff* x) {
  require(ei_reg_send(&self->node, self->connection, (char*)name, x->buff, x->index) == 0, "sending");
}

void receive(contestant* self, ei_x_buff* x) {
  erlang_msg message;
  int kind = ERL_TICK;
  while (kind == ERL_TICK) kind = ei_xreceive_msg(self->connection, &message, x);
  require(kind == ERL_MSG && (message.msgtype == ERL_SEND || message.msgtype == ERL_REG_SEND), "receiving");
}

int tuple_of(const ei_x_buff* x, int arity) {
  int index = 0;
  int version = 0;
  int found = 0;
  bool done = ei_decode_version(x->buff, &index, &version) == 0 &&
              ei_decode_tuple_header(x->buff, &index, &found) == 0;
  require(done && found == arity, "decoding");
  return index;
}

void expect(contestant* self, long count) {
  ei_x_buff x;
  require(ei_x_new(&x) == 0, "allocating");
  bool done = begin(&x, 3) && ei_x_encode_atom(&x, "expect") == 0 && ei_x_encode_long(&x, count) == 0 &&
              ei_x_encode_pid(&x, &self->self) == 0;
  require(done, "encoding");
  send_to(self, "sink", &x);
  receive(self, &x);
  tuple_of(&x, 2);
  ei_x_free(&x);
}

figures counted(contestant* self) {
  ei_x_buff x;
  char tag[MAXATOMLEN];
  long long microseconds = 0;
  require(ei_x_new(&x) == 0, "allocating");
  receive(self, &x);
  int index = tuple_of(&x, 2);
  bool done =
      ei_decode_atom(x.buff, &index, tag) == 0 && ei_decode_longlong(x.buff, &index, &microseconds) == 0;
  require(done && strcmp(tag, "elapsed") == 0, "decoding");
  ei_x_free(&x);
  return took(microseconds * 1000);
}

void ask_for(contestant* self, long count, int bytes) {
  ei_x_buff x;
  require(ei_x_new(&x) == 0, "allocating");
  bool done = begin(&x, 4) && ei_x_encode_atom(&x, "blast") == 0 && ei_x_encode_long(&x, count) == 0 &&
              ei_x_encode_long(&x, bytes) == 0 && ei_x_encode_tuple_header(&x, 2) == 0 &&
              ei_x_encode_atom(&x, "inbox") == 0 && ei_x_encode_atom(&x, ei_thisnodename(&self->node)) == 0;
  require(done, "encoding");
  send_to(self, "source", &x);
  ei_x_free(&x);
}
