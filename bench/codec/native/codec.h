#pragma once

#include <ei.h>
#include <napi.h>

namespace ei_codec {

// What the benchmark compares with: the codec as it would be written on node-addon-api and ei. Atoms and
// tuples are objects of two classes that JavaScript gives; a map is a plain object, whose names are atoms; a
// string is a binary.
class Codec : public Napi::Addon<Codec> {
 public:
  Codec(Napi::Env env, Napi::Object exports);
  ~Codec();
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;

  bool IsAtom(const Napi::Object& value) const { return value.InstanceOf(atom_.Value()); }
  bool IsTuple(const Napi::Object& value) const { return value.InstanceOf(tuple_.Value()); }
  Napi::Value NewAtom(const Napi::String& name) const { return atom_.Value().New({name}); }
  Napi::Value NewTuple(const Napi::Array& elements) const { return tuple_.Value().New({elements}); }

 private:
  void SetClasses(const Napi::CallbackInfo& info);
  Napi::Value Encode(const Napi::CallbackInfo& info);
  Napi::Value Decode(const Napi::CallbackInfo& info);

  Napi::FunctionReference atom_;
  Napi::FunctionReference tuple_;
  // Kept from call to call, so that it grows only once.
  ei_x_buff out_{};
};

}  // namespace ei_codec
