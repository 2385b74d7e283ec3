/* What is said with the peer in the contestants in C, by ei. */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include "contestant.h"

/* The binary of each message: "hello world", or so many times the same letter. To be freed. */
char* binary_of(int bytes);

/* {send, 'js@host', Binary, 1234567890123}, in place of what the buffer held. */
void encode_message(ei_x_buff* x, const char* binary, int bytes);

/* {Self, Ref, <<"hello world">>}, likewise. */
void encode_request(ei_x_buff* x, const contestant* self, const erlang_ref* ref);

void send_to(contestant* self, const char* name, const ei_x_buff* x);

/* The next message, whatever it is, into the buffer; ticks are answered and left out. */
void receive(contestant* self, ei_x_buff* x);

/* Begins to read a message that has to be a tuple: the place of its first element. */
int tuple_of(const ei_x_buff* x, int arity);

/* W1: tells the sink how much is coming, and waits until it is ready. */
void expect(contestant* self, long count);

/* W1: the sink's figure, once it has counted all. */
figures counted(contestant* self);

/* W2: has the source send so many messages to our name `inbox`. */
void ask_for(contestant* self, long count, int bytes);

#endif
