// Drives the tick guard without Node: several threads write messages of random length on guarded socket
// pairs, with pauses, partial writes and closes, while the guard puts its ticks between them. Exits 0 when
// every stream held whole messages and whole ticks only, and ticks came when nothing else did.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tick_guard.h"

namespace {

using hidden_node::GuardedSocket;
using hidden_node::TickGuard;
using std::chrono::milliseconds;

constexpr int kConnections = 8;
constexpr int kMessages = 3000;
constexpr milliseconds kInterval(1);

std::atomic<int> failures{0};

void Expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "failed: %s\n", what);
  ++failures;
}

std::string Message(std::mt19937& random) {
  const size_t length = 1 + random() % 3000;
  std::string message(4 + length, static_cast<char>(1 + random() % 255));
  for (int i = 0; i < 4; ++i) message[i] = static_cast<char>(length >> (24 - 8 * i));
  return message;
}

// As the carrier does: what a tick still owes goes first, and the lock is held over each attempt.
void SendMessage(int descriptor, GuardedSocket& socket, const std::string& message) {
  std::string left = message;
  bool first = true;
  while (!left.empty()) {
    {
      const auto lock = socket.Lock();
      if (first) left.insert(0, socket.owed(), '\0');
      first = false;
      const ssize_t sent = send(descriptor, left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent > 0) left.erase(0, static_cast<size_t>(sent));
      socket.Wrote(left.empty());
    }
    if (!left.empty()) std::this_thread::yield();
  }
}

void Write(TickGuard& guard, int descriptor, unsigned seed) {
  std::mt19937 random(seed);
  const auto socket = guard.Watch(descriptor, kInterval);
  uint64_t ticks = 0;
  for (int i = 0; i < kMessages; ++i) {
    SendMessage(descriptor, *socket, Message(random));
    if (random() % 100 != 0) continue;
    // Nothing is sent until the guard has seen to it that something is.
    const auto seen = ticks;
    while (ticks == seen) {
      std::this_thread::sleep_for(kInterval);
      const auto lock = socket->Lock();
      ticks = socket->ticks();
    }
  }
  socket->Close();
  guard.Forget(socket);
  shutdown(descriptor, SHUT_WR);
}

// Reads to the end; answers the number of messages, or -1 when the stream made no sense.
int Read(int descriptor, unsigned seed, int* ticks) {
  std::mt19937 random(seed);
  std::string stream;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = read(descriptor, buffer.data(), buffer.size())) > 0;) {
    stream.append(buffer.data(), static_cast<size_t>(count));
    if (random() % 50 == 0) std::this_thread::sleep_for(kInterval);  // lets the buffers fill
  }
  int messages = 0;
  size_t at = 0;
  while (at + 4 <= stream.size()) {
    size_t length = 0;
    for (int i = 0; i < 4; ++i) length = length << 8U | static_cast<uint8_t>(stream[at + i]);
    if (at + 4 + length > stream.size()) return -1;
    const char fill = length == 0 ? '\0' : stream[at + 4];
    if (stream.compare(at + 4, length, std::string(length, fill)) != 0) return -1;
    if (length == 0) {
      ++*ticks;
    } else {
      ++messages;
    }
    at += 4 + length;
  }
  return at == stream.size() ? messages : -1;
}

void Converse(TickGuard& guard, unsigned seed) {
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) != 0) {
    Expect(false, "a socket pair");
    return;
  }
  std::thread writer([&] { Write(guard, pair[0], seed); });
  int ticks = 0;
  Expect(Read(pair[1], seed, &ticks) == kMessages, "every message arrives whole");
  Expect(ticks > 0, "ticks arrive");
  writer.join();
  close(pair[0]);
  close(pair[1]);
}

}  // namespace

int main() {
  {
    TickGuard guard;
    std::vector<std::thread> threads;
    threads.reserve(kConnections);
    for (unsigned i = 0; i < kConnections; ++i) threads.emplace_back([&guard, i] { Converse(guard, i); });
    for (std::thread& thread : threads) thread.join();
  }
  std::printf("%d connections, %d messages each, %d failures\n", kConnections, kMessages, failures.load());
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
