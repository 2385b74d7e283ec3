#include "encoder.h"

#include <cmath>

namespace ei_codec {
namespace {

constexpr double kMaxSafeInteger = 9007199254740991;

}  // namespace

void Encoder::Write(const Napi::Value& value) {
  switch (value.Type()) {
    case napi_number:
      return WriteNumber(value.As<Napi::Number>().DoubleValue());
    case napi_string:
      return WriteString(value.As<Napi::String>());
    case napi_boolean:
      return Check(env_, ei_x_encode_boolean(&out_, value.As<Napi::Boolean>().Value() ? 1 : 0));
    case napi_null:
      return WriteAtom("nil");
    case napi_undefined:
      return WriteAtom("undefined");
    case napi_object:
      return WriteObject(value.As<Napi::Object>());
    default:
      throw Napi::TypeError::New(env_, "no term");
  }
}

void Encoder::WriteNumber(double value) {
  if (std::trunc(value) == value && std::fabs(value) <= kMaxSafeInteger) {
    return Check(env_, ei_x_encode_longlong(&out_, static_cast<long long>(value)));
  }
  Check(env_, ei_x_encode_double(&out_, value));
}

void Encoder::WriteString(const Napi::String& value) {
  const std::string text = value.Utf8Value();
  Check(env_, ei_x_encode_binary(&out_, text.data(), static_cast<int>(text.size())));
}

void Encoder::WriteAtom(const std::string& name) {
  Check(env_,
        ei_x_encode_atom_len_as(&out_, name.data(), static_cast<int>(name.size()), ERLANG_UTF8, ERLANG_UTF8));
}

void Encoder::WriteObject(const Napi::Object& value) {
  if (value.IsArray()) return WriteList(value.As<Napi::Array>());
  if (codec_.IsAtom(value)) return WriteAtom(value.Get("name").As<Napi::String>().Utf8Value());
  if (codec_.IsTuple(value)) {
    const auto elements = value.Get("elements").As<Napi::Array>();
    Check(env_, ei_x_encode_tuple_header(&out_, static_cast<long>(elements.Length())));
    return WriteElements(elements);
  }
  if (value.IsBuffer()) {
    const auto bytes = value.As<Napi::Buffer<char>>();
    return Check(env_, ei_x_encode_binary(&out_, bytes.Data(), static_cast<int>(bytes.Length())));
  }
  WriteMap(value);
}

void Encoder::WriteElements(const Napi::Array& elements) {
  const uint32_t count = elements.Length();
  for (uint32_t i = 0; i < count; i++) {
    // Else a long list would keep a handle for each element.
    const Napi::HandleScope scope(env_);
    Write(elements.Get(i));
  }
}

void Encoder::WriteList(const Napi::Array& elements) {
  if (elements.Length() > 0) {
    Check(env_, ei_x_encode_list_header(&out_, static_cast<long>(elements.Length())));
    WriteElements(elements);
  }
  Check(env_, ei_x_encode_empty_list(&out_));
}

void Encoder::WriteMap(const Napi::Object& value) {
  const Napi::Array names = value.GetPropertyNames();
  const uint32_t count = names.Length();
  Check(env_, ei_x_encode_map_header(&out_, static_cast<long>(count)));
  for (uint32_t i = 0; i < count; i++) {
    const Napi::Value name = names.Get(i);
    WriteAtom(name.As<Napi::String>().Utf8Value());
    Write(value.Get(name));
  }
}

}  // namespace ei_codec
