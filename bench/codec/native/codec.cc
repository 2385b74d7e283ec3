#include "codec.h"

#include "decoder.h"
#include "encoder.h"

namespace ei_codec {

Codec::Codec(Napi::Env env, Napi::Object exports) {
  if (ei_x_new(&out_) != 0) throw Napi::Error::New(env, "no memory");
  DefineAddon(exports, {InstanceMethod("setClasses", &Codec::SetClasses),
                        InstanceMethod("encode", &Codec::Encode), InstanceMethod("decode", &Codec::Decode)});
}

Codec::~Codec() { ei_x_free(&out_); }

void Codec::SetClasses(const Napi::CallbackInfo& info) {
  atom_ = Napi::Persistent(info[0].As<Napi::Function>());
  tuple_ = Napi::Persistent(info[1].As<Napi::Function>());
}

Napi::Value Codec::Encode(const Napi::CallbackInfo& info) {
  out_.index = 0;
  Check(info.Env(), ei_x_encode_version(&out_));
  Encoder(*this, info.Env(), out_).Write(info[0]);
  return Napi::Buffer<char>::Copy(info.Env(), out_.buff, static_cast<size_t>(out_.index));
}

Napi::Value Codec::Decode(const Napi::CallbackInfo& info) {
  const auto bytes = info[0].As<Napi::Buffer<char>>();
  return Decoder(*this, info.Env(), bytes.Data()).Read();
}

NODE_API_ADDON(Codec)

}  // namespace ei_codec
