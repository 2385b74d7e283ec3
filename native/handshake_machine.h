// One distribution handshake, done by ei, as a machine of bytes: whole packets in, bytes out. It knows no
// socket and no N-API, so that a test, a fuzzer or a thread checker can drive it as it is.
//
// ei only has blocking calls, so it runs on a thread of its own that sleeps whenever ei waits for the peer.
// That thread exists only after the peer has spoken: our own first packet is made by letting ei run into its
// first read and unwind. A peer that accepts a connection and stays silent therefore costs no thread and no
// number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "byte_queue.h"
#include "ei_runtime.h"
#include "handshake_packet.h"

namespace hidden_node {

class HandshakeMachine {
 public:
  enum class Role : uint8_t { kConnect, kAccept };
  enum class State : uint8_t { kRunning, kDone, kFailed };
  enum class Failure : uint8_t { kNone, kProtocol, kRefused, kCookie, kNumbers, kThread, kGivenUp };

  // `flags` are set in addition to those that ei announces.
  HandshakeMachine(Identity identity, Role role, uint64_t flags);
  HandshakeMachine(const HandshakeMachine&) = delete;
  HandshakeMachine& operator=(const HandshakeMachine&) = delete;
  ~HandshakeMachine();

  // What has to be sent before the peer says anything: our name packet when connecting, nothing when
  // accepting.
  std::string Open();

  // Takes bytes of the peer, in pieces of any size. They wait until Step is called.
  void Push(std::string_view bytes);

  // The kind of the whole packet that the next Step will hand to ei. Reading it also fills in peer() or
  // status().
  std::optional<PacketKind> Waiting() const { return waiting_; }

  // Hands the waiting packet to ei and answers what to send to the peer. `status` is what an accepting side
  // answers to the name packet: "ok" or "ok_simultaneous".
  std::string Step(std::string_view status);

  // The bytes behind the handshake, which already belong to the connection.
  std::string TakeRest();

  void GiveUp();

  State state() const { return state_; }
  Failure failure() const { return failure_; }
  const std::optional<PeerClaim>& peer() const { return peer_; }
  const std::string& status() const { return status_; }
  bool holds_thread() const { return thread_.joinable(); }

 private:
  friend struct EiCallbacks;

  PacketKind Expected() const;
  void ReadAhead();
  bool Understand(PacketKind kind, std::string_view packet);
  bool StartThread();
  void Run(ByteQueue& queue);
  int RunConnect(ByteQueue& queue);
  int RunAccept(ByteQueue& queue);
  std::string HandToEi(PacketKind kind, std::string_view packet);
  void Conclude(PacketKind kind);
  void Fail(Failure failure);

  const Identity identity_;
  const Role role_;
  const uint64_t flags_;

  // Only the JavaScript thread touches these.
  std::string input_;
  std::string opening_;
  std::optional<PacketKind> waiting_;
  std::optional<PeerClaim> peer_;
  std::string status_;
  State state_ = State::kRunning;
  Failure failure_ = Failure::kNone;
  int packets_ = 0;
  bool opening_repeated_ = false;

  // Written by ei's thread before it ends the queue, read after.
  bool succeeded_ = false;

  // Destroyed in reverse: the thread is joined by the destructor before the queue and the number that it uses
  // go.
  std::optional<ConnectionNumber> number_;
  ByteQueue queue_;
  std::thread thread_;
};

}  // namespace hidden_node
