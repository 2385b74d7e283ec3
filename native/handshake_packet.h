// The packets of the distribution handshake, as far as they must be read before ei sees them.
// Erlang documentation: "Distribution Protocol", section "Distribution Handshake".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hidden_node {

// No packet of a handshake is longer: a name packet has 15 bytes before a name of at most 255.
constexpr size_t kMaxHandshakePacketBytes = 512;

enum class PacketKind : uint8_t { kName, kStatus, kChallenge, kReply, kAcknowledge };

const char* PacketKindName(PacketKind kind);

// What a peer says of itself in its name or challenge packet.
struct PeerClaim {
  std::string name;
  uint64_t flags = 0;
  uint32_t creation = 0;
};

// Every reader answers nothing when the packet (without its length prefix) is not exactly what the protocol
// says.
std::optional<PeerClaim> ReadNamePacket(std::string_view packet);
std::optional<PeerClaim> ReadChallengePacket(std::string_view packet);
std::optional<std::string> ReadStatusPacket(std::string_view packet);
bool IsReplyPacket(std::string_view packet);
bool IsAcknowledgePacket(std::string_view packet);

// A packet with its two-byte length prefix.
std::string WithLength(std::string_view packet);

// Sets bits in the flags of an outgoing name or challenge packet (with its length prefix); the digest does
// not cover them. Other packets pass unchanged.
void AddFlags(std::string& packet, uint64_t flags);

}  // namespace hidden_node
