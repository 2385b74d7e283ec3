#include "handshake_machine.h"

#include <ei.h>
#include <netinet/in.h>

#include <cerrno>
#include <mutex>
#include <system_error>
#include <utility>

#include "signals_blocked.h"

namespace hidden_node {
namespace {

constexpr size_t kLengthBytes = 2;
constexpr std::string_view kStatusOk = "sok";

// What ei's callbacks are handed: the queue they move bytes through, and the number that stands for a
// descriptor.
struct Channel {
  ByteQueue* queue;
  int number;
  uint64_t flags;
};

}  // namespace

struct EiCallbacks {
  static int Socket(void** context, void* setup) {
    *context = setup;
    return 0;
  }
  static int Close(void* /*context*/) { return 0; }
  static int Listen(void* /*context*/, void* /*address*/, int* /*length*/, int /*backlog*/) { return 0; }
  static int Accept(void** /*context*/, void* /*address*/, int* /*length*/, unsigned /*timeout*/) {
    return 0;
  }
  static int Connect(void* /*context*/, void* /*address*/, int /*length*/, unsigned /*timeout*/) { return 0; }
  static int WriteMany(void* /*context*/, const void* /*pieces*/, int /*count*/, ssize_t* /*length*/,
                       unsigned /*timeout*/) {
    return ENOTSUP;  // A handshake never calls it.
  }
  static int Write(void* context, const char* bytes, ssize_t* length, unsigned /*timeout*/) {
    const auto* channel = static_cast<Channel*>(context);
    std::string packet(bytes, static_cast<size_t>(*length));
    AddFlags(packet, channel->flags);
    channel->queue->Write(packet);
    return 0;
  }
  static int Read(void* context, char* bytes, ssize_t* length, unsigned /*timeout*/) {
    const auto* channel = static_cast<Channel*>(context);
    const size_t count = channel->queue->Read(bytes, static_cast<size_t>(*length));
    *length = static_cast<ssize_t>(count);
    return count == 0 ? ECONNABORTED : 0;
  }
  static int HeaderSize(void* /*context*/, int* size) {
    *size = static_cast<int>(kLengthBytes);
    return 0;
  }
  static int Complete(void* /*context*/) { return 0; }
  static int Descriptor(void* context, int* number) {
    *number = static_cast<Channel*>(context)->number;
    return 0;
  }

  static ei_socket_callbacks* Table() {
    static ei_socket_callbacks table = {EI_SCLBK_FLG_FULL_IMPL,
                                        Socket,
                                        Close,
                                        Listen,
                                        Accept,
                                        Connect,
                                        WriteMany,
                                        Write,
                                        Read,
                                        HeaderSize,
                                        Complete,
                                        Complete,
                                        Descriptor};
    return &table;
  }
};

namespace {

// A cnode of ei's for one handshake. ei reads its trace level from the environment at each start; it would
// print what peers send, so it is silenced again.
bool MakeCNode(ei_cnode& cnode, const Identity& identity, Channel& channel) {
  static std::mutex trace_level;
  const std::lock_guard<std::mutex> lock(trace_level);
  in_addr nowhere{};
  const int result =
      ei_connect_xinit_ussi(&cnode, identity.host.c_str(), identity.alive.c_str(), identity.name.c_str(),
                            &nowhere, identity.cookie.c_str(), identity.creation, EiCallbacks::Table(),
                            sizeof(ei_socket_callbacks), &channel);
  ei_set_tracelevel(0);
  return result == 0;
}

}  // namespace

HandshakeMachine::HandshakeMachine(Identity identity, Role role, uint64_t flags)
    : identity_(std::move(identity)), role_(role), flags_(flags) {}

HandshakeMachine::~HandshakeMachine() { GiveUp(); }

void HandshakeMachine::GiveUp() {
  if (thread_.joinable()) {
    queue_.GiveUp();
    thread_.join();
  }
  number_.reset();
  if (state_ == State::kRunning) Fail(Failure::kGivenUp);
}

std::string HandshakeMachine::Open() {
  if (role_ == Role::kAccept || !opening_.empty()) return opening_;
  ByteQueue queue;
  queue.GiveUp();
  RunConnect(queue);
  opening_ = queue.TakeOutput();
  return opening_;
}

void HandshakeMachine::Push(std::string_view bytes) {
  input_.append(bytes);
  if (state_ == State::kRunning && !waiting_) ReadAhead();
}

PacketKind HandshakeMachine::Expected() const {
  if (role_ == Role::kAccept) return packets_ == 0 ? PacketKind::kName : PacketKind::kReply;
  if (packets_ == 0) return PacketKind::kStatus;
  return packets_ == 1 ? PacketKind::kChallenge : PacketKind::kAcknowledge;
}

void HandshakeMachine::ReadAhead() {
  if (input_.size() < kLengthBytes) return;
  const size_t length =
      static_cast<size_t>(static_cast<uint8_t>(input_[0])) << 8U | static_cast<uint8_t>(input_[1]);
  if (length == 0 || length > kMaxHandshakePacketBytes) {
    Fail(Failure::kProtocol);
    return;
  }
  if (input_.size() < kLengthBytes + length) return;
  const PacketKind kind = Expected();
  if (Understand(kind, std::string_view(input_).substr(kLengthBytes, length))) {
    waiting_ = kind;
  } else {
    Fail(Failure::kProtocol);
  }
}

bool HandshakeMachine::Understand(PacketKind kind, std::string_view packet) {
  switch (kind) {
    case PacketKind::kName:
      peer_ = ReadNamePacket(packet);
      return peer_.has_value();
    case PacketKind::kChallenge:
      peer_ = ReadChallengePacket(packet);
      return peer_.has_value();
    case PacketKind::kStatus: {
      auto status = ReadStatusPacket(packet);
      if (!status) return false;
      status_ = std::move(*status);
      return true;
    }
    case PacketKind::kReply:
      return IsReplyPacket(packet);
    case PacketKind::kAcknowledge:
      return IsAcknowledgePacket(packet);
  }
  return false;
}

std::string HandshakeMachine::Step(std::string_view status) {
  if (!waiting_ || state_ != State::kRunning) return {};
  const PacketKind kind = *waiting_;
  const size_t whole = kLengthBytes + (static_cast<size_t>(static_cast<uint8_t>(input_[0])) << 8U |
                                       static_cast<uint8_t>(input_[1]));
  const std::string packet = input_.substr(kLengthBytes, whole - kLengthBytes);
  input_.erase(0, whole);
  waiting_.reset();
  ++packets_;

  std::string output;
  if (kind == PacketKind::kStatus && status_ == "alive") {
    // The peer still holds an old connection of ours. We are the same node and mean this one: it may go.
    output = WithLength("strue");
    output += HandToEi(kind, kStatusOk);
  } else if (kind == PacketKind::kStatus && status_ != "ok" && status_ != "ok_simultaneous") {
    Fail(Failure::kRefused);
  } else {
    output = HandToEi(kind, packet);
    const std::string plain = WithLength(kStatusOk);
    if (kind == PacketKind::kName && output.compare(0, plain.size(), plain) == 0) {
      output.replace(0, plain.size(), WithLength("s" + std::string(status)));
    }
  }
  if (state_ == State::kRunning) ReadAhead();
  return output;
}

std::string HandshakeMachine::HandToEi(PacketKind kind, std::string_view packet) {
  queue_.Push(WithLength(packet));
  if (!thread_.joinable() && !StartThread()) return {};
  const bool ended = queue_.AwaitTurn();
  std::string output = queue_.TakeOutput();
  if (!opening_repeated_) {
    // The thread began from the start; what Open sent must not go out again.
    opening_repeated_ = true;
    if (output.compare(0, opening_.size(), opening_) == 0) output.erase(0, opening_.size());
  }
  if (ended) Conclude(kind);
  return output;
}

bool HandshakeMachine::StartThread() {
  number_ = ConnectionNumber::Take();
  if (!number_) {
    Fail(Failure::kNumbers);
    return false;
  }
  const SignalsBlocked blocked;
  try {
    thread_ = std::thread([this] { Run(queue_); });
  } catch (const std::system_error&) {
    Fail(Failure::kThread);
    return false;
  }
  return true;
}

void HandshakeMachine::Run(ByteQueue& queue) {
  succeeded_ = (role_ == Role::kConnect ? RunConnect(queue) : RunAccept(queue)) >= 0;
  queue.End();
}

int HandshakeMachine::RunConnect(ByteQueue& queue) {
  Channel channel{&queue, number_ ? number_->value() : 0, flags_};
  ei_cnode cnode{};
  if (!MakeCNode(cnode, identity_, channel)) return -1;
  in_addr nowhere{};
  const int connection = ei_xconnect_host_port_tmo(&cnode, &nowhere, 0, 0);
  if (connection >= 0) ei_close_connection(connection);
  return connection;
}

int HandshakeMachine::RunAccept(ByteQueue& queue) {
  Channel channel{&queue, number_->value(), flags_};
  ei_cnode cnode{};
  if (!MakeCNode(cnode, identity_, channel)) return -1;
  in_addr nowhere{};
  int port = 0;
  // ei accepts only on a listener that its table knows, which is how it comes to our callbacks.
  const int listener = ei_xlisten(&cnode, &nowhere, &port, 1);
  if (listener < 0) return -1;
  ErlConnect peer{};
  const int connection = ei_accept_tmo(&cnode, listener, &peer, 0);
  ei_close_connection(listener);
  return connection;
}

void HandshakeMachine::Conclude(PacketKind kind) {
  thread_.join();
  number_.reset();
  const bool last = kind == PacketKind::kReply || kind == PacketKind::kAcknowledge;
  if (succeeded_ && last) {
    state_ = State::kDone;
  } else {
    // A well-formed digest that ei does not accept was made with another cookie.
    Fail(last ? Failure::kCookie : Failure::kProtocol);
  }
}

void HandshakeMachine::Fail(Failure failure) {
  state_ = State::kFailed;
  failure_ = failure;
  waiting_.reset();
}

std::string HandshakeMachine::TakeRest() { return std::exchange(input_, std::string()); }

}  // namespace hidden_node
