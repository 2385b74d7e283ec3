// Addresses between JavaScript's text and the system's structures, and error names as Node has them.
#pragma once

#include <napi.h>
#include <uv.h>

#include <string>

namespace hidden_node {

// Reads a numeric IPv4 or IPv6 address (an IPv6 one may name its zone). Answers 0 or a libuv error.
inline int ReadAddress(const std::string& text, int port, sockaddr_storage* address) {
  if (uv_ip4_addr(text.c_str(), port, reinterpret_cast<sockaddr_in*>(address)) == 0) return 0;
  return uv_ip6_addr(text.c_str(), port, reinterpret_cast<sockaddr_in6*>(address));
}

inline Napi::Value WriteAddress(Napi::Env env, const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = {};
  int port = 0;
  if (address.ss_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address);
    uv_ip4_name(in, text, sizeof(text));
    port = ntohs(in->sin_port);
  } else {
    const auto* in = reinterpret_cast<const sockaddr_in6*>(&address);
    uv_ip6_name(in, text, sizeof(text));
    port = ntohs(in->sin6_port);
  }
  Napi::Object written = Napi::Object::New(env);
  written.Set("address", Napi::String::New(env, text));
  written.Set("port", Napi::Number::New(env, port));
  return written;
}

// undefined for success, else a name such as ECONNREFUSED.
inline Napi::Value ErrorName(Napi::Env env, int error) {
  if (error == 0) return env.Undefined();
  return Napi::String::New(env, uv_err_name(error));
}

}  // namespace hidden_node
