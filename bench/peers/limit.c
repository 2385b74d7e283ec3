/* What a connection can do at most: ei makes it and no more. Frames are encoded once and written in blocks of
   256 KiB; what is received is read in blocks of 256 KiB, and only counted. Erlang documentation: ERTS,
   "Distribution Protocol". */
#include <ei.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contestant.h"
#include "traffic.h"

enum { BLOCK = 256 * 1024, LEAST_FRAMES = 4, PASS_THROUGH = 112 };

/* The same frame many times in a row. */
typedef struct {
  char* bytes;
  size_t frame;
  long frames;
} block;

/* Finds the ends of frames in a stream that comes in pieces. */
typedef struct {
  /* Bytes of the frame that are still to come. */
  uint32_t left;
  unsigned char length[4];
  unsigned known;
} walker;

static uint32_t big_endian(const unsigned char* at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* A frame to a registered name: length, 112, {REG_SEND, From, '', Name}, and the payload. */
static ei_x_buff frame_to(const contestant* self, const char* name, const ei_x_buff* payload) {
  ei_x_buff x;
  const char head[5] = {0, 0, 0, 0, PASS_THROUGH};
  bool done = ei_x_new(&x) == 0 && ei_x_append_buf(&x, head, sizeof head) == 0 &&
              ei_x_encode_version(&x) == 0 && ei_x_encode_tuple_header(&x, 4) == 0 &&
              ei_x_encode_long(&x, ERL_REG_SEND) == 0 && ei_x_encode_pid(&x, &self->self) == 0 &&
              ei_x_encode_atom(&x, "") == 0 && ei_x_encode_atom(&x, name) == 0 &&
              ei_x_append(&x, payload) == 0;
  require(done, "encoding");
  uint32_t length = (uint32_t)x.index - 4;
  for (int i = 0; i < 4; i++) x.buff[i] = (char)(length >> (24 - 8 * i));
  return x;
}

static block block_of(const ei_x_buff* frame, long frames) {
  block result = {.frame = (size_t)frame->index, .frames = frames};
  result.bytes = allocate((size_t)frames, result.frame);
  for (long i = 0; i < frames; i++)
    memcpy(result.bytes + (size_t)i * result.frame, frame->buff, result.frame);
  return result;
}

/* Both buffers are of no more use. */
static block repeated(ei_x_buff* payload, ei_x_buff* frame, long frames) {
  block result = block_of(frame, frames);
  ei_x_free(payload);
  ei_x_free(frame);
  return result;
}

static block messages(const contestant* self, const task* task) {
  ei_x_buff payload;
  char* binary = binary_of(task->bytes);
  require(ei_x_new(&payload) == 0, "allocating");
  encode_message(&payload, binary, task->bytes);
  free(binary);
  ei_x_buff frame = frame_to(self, "sink", &payload);
  long fit = BLOCK / frame.index;
  return repeated(&payload, &frame, fit < LEAST_FRAMES ? LEAST_FRAMES : fit);
}

static block requests_of(contestant* self, long frames) {
  ei_x_buff payload;
  erlang_ref ref;
  require(ei_x_new(&payload) == 0, "allocating");
  require(ei_make_ref(&self->node, &ref) == 0, "making a reference");
  encode_request(&payload, self, &ref);
  ei_x_buff frame = frame_to(self, "server", &payload);
  return repeated(&payload, &frame, frames);
}

static void write_frames(const contestant* self, const block* from, long frames) {
  const char* at = from->bytes;
  size_t left = (size_t)frames * from->frame;
  while (left > 0) {
    ssize_t written = write(self->connection, at, left);
    if (written < 0 && errno == EINTR) continue;
    require(written > 0, "writing");
    at += written;
    left -= (size_t)written;
  }
}

/* How many frames end in these bytes. A tick is a length of 0, and counts for nothing. */
static long ends(walker* state, const unsigned char* at, size_t size) {
  const unsigned char* end = at + size;
  long found = 0;
  while (at < end) {
    size_t here = (size_t)(end - at);
    if (state->left > 0) {
      size_t step = here < state->left ? here : state->left;
      at += step;
      state->left -= (uint32_t)step;
      found += state->left == 0;
    } else if (state->known == 0 && here >= sizeof state->length) {
      state->left = big_endian(at);
      at += sizeof state->length;
    } else {
      state->length[state->known++] = *at++;
      if (state->known < sizeof state->length) continue;
      state->left = big_endian(state->length);
      state->known = 0;
    }
  }
  return found;
}

/* Reads once. Answers how many frames have ended. */
static long read_frames(const contestant* self, walker* state, unsigned char* into) {
  ssize_t size;
  do {
    size = read(self->connection, into, BLOCK);
  } while (size < 0 && errno == EINTR);
  require(size > 0, "reading");
  return ends(state, into, (size_t)size);
}

static figures small_out(contestant* self, const task* task) {
  block out = messages(self, task);
  expect(self, task->count);
  for (long left = task->count; left > 0;) {
    long now = left < out.frames ? left : out.frames;
    write_frames(self, &out, now);
    left -= now;
  }
  free(out.bytes);
  return counted(self);
}

static figures small_in(contestant* self, const task* task) {
  walker state = {0};
  unsigned char* in = allocate(BLOCK, 1);
  long have = 0;
  ask_for(self, task->count, task->bytes);
  while (have == 0) have = read_frames(self, &state, in);
  int64_t start = nanoseconds();
  while (have < task->count) have += read_frames(self, &state, in);
  int64_t elapsed = nanoseconds() - start;
  require(have == task->count && state.left == 0 && state.known == 0, "counting");
  free(in);
  return took(elapsed);
}

/* For as many answers as come in one read, as many requests go out in one write. */
static figures requests(contestant* self, const task* task) {
  walker state = {0};
  unsigned char* in = allocate(BLOCK, 1);
  long sent = task->count < task->outstanding ? task->count : task->outstanding;
  require(sent > 0, "reading the task");
  block out = requests_of(self, sent);
  int64_t start = nanoseconds();
  write_frames(self, &out, sent);
  for (long have = 0; have < task->count;) {
    long came = read_frames(self, &state, in);
    have += came;
    require(have <= sent, "counting");
    long more = came < task->count - sent ? came : task->count - sent;
    write_frames(self, &out, more);
    sent += more;
  }
  int64_t elapsed = nanoseconds() - start;
  free(out.bytes);
  free(in);
  return took(elapsed);
}

int main(int argc, char** argv) {
  static const workload workloads[] = {{"w1", small_out}, {"w2", small_in}, {"w4", requests}, {NULL, NULL}};
  return compete(argc, argv, workloads);
}
