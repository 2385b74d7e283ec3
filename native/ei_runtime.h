// What ei keeps for the whole process: its initialisation, and the numbers that its connection table knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hidden_node {

// Who a node is. Everything that ei needs to make a cnode of it.
struct Identity {
  std::string name;  // alive@host
  std::string alive;
  std::string host;
  std::string cookie;
  uint32_t creation = 0;
};

// The longest node name and cookie that ei takes, in bytes.
constexpr size_t kMaxNodeNameBytes = 255;
constexpr size_t kMaxCookieBytes = 255;

// Initialises ei, once for the process. Answers 0 or an errno.
int InitialiseEi();

// ei indexes its connection table by descriptor. No descriptor of ours ever reaches ei, so each running
// handshake borrows a number that no other one holds. Process-wide, since the table is.
class ConnectionNumber {
 public:
  // Nothing when every number is taken.
  static std::optional<ConnectionNumber> Take();

  ConnectionNumber(ConnectionNumber&& other) noexcept;
  ConnectionNumber& operator=(ConnectionNumber&& other) noexcept;
  ConnectionNumber(const ConnectionNumber&) = delete;
  ConnectionNumber& operator=(const ConnectionNumber&) = delete;
  ~ConnectionNumber();

  int value() const { return value_; }

 private:
  explicit ConnectionNumber(int value) : value_(value) {}
  int value_;
};

}  // namespace hidden_node
