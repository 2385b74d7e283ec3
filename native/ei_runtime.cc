#include "ei_runtime.h"

#include <ei.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <bitset>
#include <cerrno>
#include <mutex>
#include <random>
#include <utility>

// ei asks the system for this to make its challenges, and the system may ask a name server for it: in the
// middle of a handshake, while JavaScript waits. The linker finds this one first. ei folds it into each
// challenge by MD5, so that fresh random bits make the challenge as unpredictable as its 32 bits can be,
// which ei's own ingredients (time and process) do not.
extern "C" __attribute__((visibility("hidden"))) long gethostid(void) {
  long bits = 0;
  if (getentropy(&bits, sizeof(bits)) != 0) bits = std::random_device()();
  return bits;
}

namespace hidden_node {
namespace {

// ei sizes its table by the descriptor limit, 8 bytes for 32 descriptors, and fails when there is no limit.
constexpr rlim_t kLargestTable = 65536;

// How many handshakes can hold a number at once, in all threads of the process.
constexpr int kMostNumbers = 256;

int InitialiseWithBoundedTable() {
  rlimit limit{};
  const bool narrow = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > kLargestTable;
  if (narrow) {
    rlimit bounded = limit;
    bounded.rlim_cur = kLargestTable;
    if (setrlimit(RLIMIT_NOFILE, &bounded) != 0) return EIO;
  }
  const int error = ei_init();
  if (narrow) setrlimit(RLIMIT_NOFILE, &limit);
  return error;
}

struct Numbers {
  std::mutex mutex;
  std::bitset<kMostNumbers> taken;
};

Numbers& TheNumbers() {
  static Numbers numbers;
  return numbers;
}

int TableSize() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > static_cast<rlim_t>(kMostNumbers))
    return kMostNumbers;
  return static_cast<int>(limit.rlim_cur);
}

}  // namespace

int InitialiseEi() {
  static std::once_flag once;
  static int error = 0;
  std::call_once(once, [] { error = InitialiseWithBoundedTable(); });
  return error;
}

std::optional<ConnectionNumber> ConnectionNumber::Take() {
  static const int size = TableSize();
  Numbers& numbers = TheNumbers();
  const std::lock_guard<std::mutex> lock(numbers.mutex);
  for (int value = 0; value < size; ++value) {
    if (numbers.taken[value]) continue;
    numbers.taken[value] = true;
    return ConnectionNumber(value);
  }
  return std::nullopt;
}

ConnectionNumber::ConnectionNumber(ConnectionNumber&& other) noexcept : value_(other.value_) {
  other.value_ = -1;
}

ConnectionNumber& ConnectionNumber::operator=(ConnectionNumber&& other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}

ConnectionNumber::~ConnectionNumber() {
  if (value_ < 0) return;
  Numbers& numbers = TheNumbers();
  const std::lock_guard<std::mutex> lock(numbers.mutex);
  numbers.taken[value_] = false;
}

}  // namespace hidden_node
