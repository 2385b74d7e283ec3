// Keeps connections alive while JavaScript is busy: one thread per environment writes a tick (four zero
// bytes) on every connection on which nothing was sent for a quarter of the net tick time. It knows
// descriptors and times, and neither libuv nor N-API. Erlang documentation: kernel application,
// `net_ticktime`.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace hidden_node {

// A connection that two threads write on: the event loop's, which owns it, and the guard's. The lock is held
// over every write, so that a tick never comes to stand inside of a message.
class GuardedSocket {
 public:
  using Clock = std::chrono::steady_clock;

  GuardedSocket(int descriptor, Clock::duration interval)
      : descriptor_(descriptor), interval_(interval), last_write_(Clock::now()) {}
  GuardedSocket(const GuardedSocket&) = delete;
  GuardedSocket& operator=(const GuardedSocket&) = delete;
  ~GuardedSocket() = default;

  // For the event loop. Everything but Lock and Close is called with the lock held.
  std::unique_lock<std::mutex> Lock() { return std::unique_lock<std::mutex>(mutex_); }
  // How many bytes of a tick the kernel did not take: they come before whatever is written next.
  uint32_t owed() const { return owed_; }
  uint64_t ticks() const { return ticks_; }
  // Something was written, and with it all that was owed; `whole` says whether a message is left in the
  // middle.
  void Wrote(bool whole) {
    owed_ = 0;
    whole_ = whole;
    last_write_ = Clock::now();
  }
  // Must come before the descriptor is closed.
  void Close();

  // For the guard: writes a tick if it is due, and answers when to look again.
  Clock::time_point Tend(Clock::time_point now);

 private:
  std::mutex mutex_;
  const int descriptor_;
  const Clock::duration interval_;
  Clock::time_point last_write_;
  uint64_t ticks_ = 0;
  uint32_t owed_ = 0;
  bool whole_ = true;
  bool closed_ = false;
};

class TickGuard {
 public:
  TickGuard() = default;
  TickGuard(const TickGuard&) = delete;
  TickGuard& operator=(const TickGuard&) = delete;
  ~TickGuard();

  // Watches a connection until its GuardedSocket is forgotten. Throws std::system_error when there is no
  // thread to be had.
  std::shared_ptr<GuardedSocket> Watch(int descriptor, std::chrono::milliseconds interval);
  void Forget(const std::shared_ptr<GuardedSocket>& socket);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<GuardedSocket>> sockets_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace hidden_node
