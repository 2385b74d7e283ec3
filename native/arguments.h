// Checks of what JavaScript hands over. The TypeScript side validates for users; these keep a mistake of ours
// from becoming a native crash.
#pragma once

#include <napi.h>

#include <string>
#include <string_view>

namespace hidden_node {

inline Napi::Value Argument(const Napi::CallbackInfo& info, size_t index, bool right, const char* what) {
  if (!right) {
    throw Napi::TypeError::New(info.Env(), "argument " + std::to_string(index + 1) + " must be " + what);
  }
  return info[index];
}

inline std::string StringArgument(const Napi::CallbackInfo& info, size_t index) {
  return Argument(info, index, info[index].IsString(), "a string").As<Napi::String>().Utf8Value();
}

inline uint32_t UintArgument(const Napi::CallbackInfo& info, size_t index) {
  return Argument(info, index, info[index].IsNumber(), "a number").As<Napi::Number>().Uint32Value();
}

inline Napi::Function FunctionOf(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsFunction())
    throw Napi::TypeError::New(object.Env(), std::string(name) + " must be a function");
  return value.As<Napi::Function>();
}

inline bool IsBytes(const Napi::Value& value) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
}

inline Napi::Uint8Array BytesArgument(const Napi::CallbackInfo& info, size_t index) {
  return Argument(info, index, IsBytes(info[index]), "a Uint8Array").As<Napi::Uint8Array>();
}

inline Napi::Uint8Array AsBytes(Napi::Env env, const Napi::Value& value) {
  if (!IsBytes(value)) throw Napi::TypeError::New(env, "an array that holds only Uint8Arrays is expected");
  return value.As<Napi::Uint8Array>();
}

inline std::string_view View(const Napi::Uint8Array& bytes) {
  return {reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength()};
}

}  // namespace hidden_node
