#pragma once

#include "codec.h"

namespace ei_codec {

// Throws unless ei says that all is well.
inline void Check(Napi::Env env, int result) {
  if (result != 0) throw Napi::Error::New(env, "ei refuses the term");
}

// Writes values of JavaScript by the functions ei_x_encode_*.
class Encoder {
 public:
  Encoder(const Codec& codec, Napi::Env env, ei_x_buff& out) : codec_(codec), env_(env), out_(out) {}

  void Write(const Napi::Value& value);

 private:
  void WriteNumber(double value);
  void WriteString(const Napi::String& value);
  void WriteAtom(const std::string& name);
  void WriteObject(const Napi::Object& value);
  void WriteElements(const Napi::Array& elements);
  void WriteList(const Napi::Array& elements);
  void WriteMap(const Napi::Object& value);

  const Codec& codec_;
  Napi::Env env_;
  ei_x_buff& out_;
};

}  // namespace ei_codec
