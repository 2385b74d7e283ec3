#pragma once

#include "codec.h"

namespace ei_codec {

// Makes values of JavaScript by the functions ei_decode_*. As ei itself, it trusts the bytes.
class Decoder {
 public:
  Decoder(const Codec& codec, Napi::Env env, const char* bytes) : codec_(codec), env_(env), bytes_(bytes) {}

  // One term behind its version byte.
  Napi::Value Read();

 private:
  Napi::Value ReadTerm();
  Napi::Value ReadInteger();
  Napi::Value ReadFloat();
  Napi::Value ReadAtom();
  Napi::Value ReadTuple();
  Napi::Value ReadList();
  Napi::Value ReadByteList(size_t size);
  Napi::Value ReadBinary(size_t size);
  Napi::Value ReadMap();
  Napi::Array ReadElements(int count);

  const Codec& codec_;
  Napi::Env env_;
  const char* bytes_;
  int index_ = 0;
};

}  // namespace ei_codec
