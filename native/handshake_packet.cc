#include "handshake_packet.h"

namespace hidden_node {
namespace {

constexpr size_t kLengthBytes = 2;
constexpr size_t kNameHeaderBytes = 1 + 8 + 4 + 2;           // tag, flags, creation, name length
constexpr size_t kChallengeHeaderBytes = 1 + 8 + 4 + 4 + 2;  // tag, flags, challenge, creation, name length
constexpr size_t kReplyBytes = 1 + 4 + 16;                   // tag, challenge, digest
constexpr size_t kAcknowledgeBytes = 1 + 16;                 // tag, digest
constexpr size_t kLongestName = 255;
constexpr size_t kLongestStatus = 64;

uint64_t ReadBig(std::string_view bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value << 8U | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

// The name that ends the packet. A peer may append more in later protocol versions, so bytes behind it are
// allowed.
std::optional<std::string> ReadNameAt(std::string_view packet, size_t header) {
  const size_t length = ReadBig(packet, header - 2, 2);
  if (length == 0 || length > kLongestName || length > packet.size() - header) return std::nullopt;
  std::string name(packet.substr(header, length));
  if (name.find('\0') != std::string::npos) return std::nullopt;
  return name;
}

}  // namespace

const char* PacketKindName(PacketKind kind) {
  switch (kind) {
    case PacketKind::kName:
      return "name";
    case PacketKind::kStatus:
      return "status";
    case PacketKind::kChallenge:
      return "challenge";
    case PacketKind::kReply:
      return "reply";
    case PacketKind::kAcknowledge:
      return "acknowledge";
  }
  return "";
}

std::optional<PeerClaim> ReadNamePacket(std::string_view packet) {
  if (packet.size() <= kNameHeaderBytes || packet[0] != 'N') return std::nullopt;
  auto name = ReadNameAt(packet, kNameHeaderBytes);
  if (!name) return std::nullopt;
  return PeerClaim{std::move(*name), ReadBig(packet, 1, 8), static_cast<uint32_t>(ReadBig(packet, 9, 4))};
}

std::optional<PeerClaim> ReadChallengePacket(std::string_view packet) {
  if (packet.size() <= kChallengeHeaderBytes || packet[0] != 'N') return std::nullopt;
  auto name = ReadNameAt(packet, kChallengeHeaderBytes);
  if (!name) return std::nullopt;
  return PeerClaim{std::move(*name), ReadBig(packet, 1, 8), static_cast<uint32_t>(ReadBig(packet, 13, 4))};
}

std::optional<std::string> ReadStatusPacket(std::string_view packet) {
  if (packet.size() < 2 || packet.size() > kLongestStatus || packet[0] != 's') return std::nullopt;
  for (const char c : packet.substr(1)) {
    if (c < 0x20 || c > 0x7e) return std::nullopt;
  }
  return std::string(packet.substr(1));
}

bool IsReplyPacket(std::string_view packet) { return packet.size() == kReplyBytes && packet[0] == 'r'; }

bool IsAcknowledgePacket(std::string_view packet) {
  return packet.size() == kAcknowledgeBytes && packet[0] == 'a';
}

std::string WithLength(std::string_view packet) {
  std::string framed;
  framed.reserve(kLengthBytes + packet.size());
  framed.push_back(static_cast<char>(packet.size() >> 8U));
  framed.push_back(static_cast<char>(packet.size() & 0xffU));
  framed.append(packet);
  return framed;
}

void AddFlags(std::string& packet, uint64_t flags) {
  if (packet.size() < kLengthBytes + 9 || packet[kLengthBytes] != 'N') return;
  for (size_t i = 0; i < 8; ++i) {
    char& byte = packet[kLengthBytes + 1 + i];
    byte = static_cast<char>(static_cast<uint8_t>(byte) | static_cast<uint8_t>(flags >> (56 - 8 * i)));
  }
}

}  // namespace hidden_node
