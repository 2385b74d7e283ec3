// The hand-over of handshake bytes between the JavaScript thread and the thread that ei runs on.
//
// The two take turns: the JavaScript thread hands bytes over and waits until ei has used them up, which takes
// as long as ei computes and never as long as a network. So ei's thread is in truth only a second stack, and
// nothing of it ever has to call back.
#pragma once

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

namespace hidden_node {

class ByteQueue {
 public:
  ByteQueue() = default;
  ByteQueue(const ByteQueue&) = delete;
  ByteQueue& operator=(const ByteQueue&) = delete;
  ~ByteQueue() = default;

  // JavaScript's side.

  void Push(std::string_view input) {
    const std::lock_guard<std::mutex> lock(mutex_);
    input_.append(input);
    changed_.notify_all();
  }

  // Waits until ei wants more bytes than there are, or has ended. Answers whether it has ended.
  bool AwaitTurn() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || (hungry_ && input_.empty()); });
    return ended_;
  }

  // From now on every read fails, so ei unwinds.
  void GiveUp() {
    const std::lock_guard<std::mutex> lock(mutex_);
    given_up_ = true;
    changed_.notify_all();
  }

  std::string TakeOutput() {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::string output;
    output.swap(output_);
    return output;
  }

  // ei's side.

  // Blocks until there is at least one byte; answers how many were copied, 0 when the handshake was given up.
  size_t Read(char* to, size_t most) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (input_.empty() && !given_up_) {
      hungry_ = true;
      changed_.notify_all();
      changed_.wait(lock);
    }
    hungry_ = false;
    if (given_up_) return 0;
    const size_t count = input_.copy(to, most);
    input_.erase(0, count);
    return count;
  }

  void Write(std::string_view bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    output_.append(bytes);
  }

  void End() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string input_;
  std::string output_;
  bool hungry_ = false;
  bool given_up_ = false;
  bool ended_ = false;
};

}  // namespace hidden_node
