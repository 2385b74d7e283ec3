#include "tick_guard.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "signals_blocked.h"

namespace hidden_node {
namespace {

constexpr std::array<char, 4> kTick{};

// When the kernel takes nothing, the peer is not reading: looked at again after this part of the interval.
constexpr int kRetryPart = 4;

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
#else
constexpr int kSendFlags = MSG_DONTWAIT;  // SIGPIPE is ignored by Node and blocked in this thread.
#endif

}  // namespace

void GuardedSocket::Close() {
  const std::lock_guard<std::mutex> lock(mutex_);
  closed_ = true;
}

GuardedSocket::Clock::time_point GuardedSocket::Tend(Clock::time_point now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) return Clock::time_point::max();
  if (now < last_write_ + interval_) return last_write_ + interval_;
  const Clock::time_point retry = now + interval_ / kRetryPart;
  if (!whole_ || owed_ > 0) return retry;
  const ssize_t sent = send(descriptor_, kTick.data(), kTick.size(), kSendFlags);
  if (sent <= 0) return retry;
  owed_ = static_cast<uint32_t>(kTick.size() - static_cast<size_t>(sent));
  last_write_ = now;
  ++ticks_;
  return now + interval_;
}

TickGuard::~TickGuard() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<GuardedSocket> TickGuard::Watch(int descriptor, std::chrono::milliseconds interval) {
  auto socket = std::make_shared<GuardedSocket>(descriptor, interval);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!thread_.joinable()) {
    const SignalsBlocked blocked;
    thread_ = std::thread([this] { Run(); });
  }
  sockets_.push_back(socket);
  changed_.notify_all();
  return socket;
}

void TickGuard::Forget(const std::shared_ptr<GuardedSocket>& socket) {
  const std::lock_guard<std::mutex> lock(mutex_);
  sockets_.erase(std::remove(sockets_.begin(), sockets_.end(), socket), sockets_.end());
}

void TickGuard::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!ending_) {
    const auto now = GuardedSocket::Clock::now();
    auto next = GuardedSocket::Clock::time_point::max();
    for (const auto& socket : sockets_) next = std::min(next, socket->Tend(now));
    if (next == GuardedSocket::Clock::time_point::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, next);
    }
  }
}

}  // namespace hidden_node
