#include "decoder.h"

#include <cstring>
#include <vector>

#include "encoder.h"

namespace ei_codec {

Napi::Value Decoder::Read() {
  int version = 0;
  Check(env_, ei_decode_version(bytes_, &index_, &version));
  return ReadTerm();
}

Napi::Value Decoder::ReadTerm() {
  int type = 0;
  int size = 0;
  Check(env_, ei_get_type(bytes_, &index_, &type, &size));
  switch (type) {
    case ERL_SMALL_INTEGER_EXT:
    case ERL_INTEGER_EXT:
    case ERL_SMALL_BIG_EXT:
      return ReadInteger();
    case ERL_FLOAT_EXT:
      return ReadFloat();
    case ERL_ATOM_EXT:
      return ReadAtom();
    case ERL_SMALL_TUPLE_EXT:
      return ReadTuple();
    case ERL_LIST_EXT:
    case ERL_NIL_EXT:
      return ReadList();
    case ERL_STRING_EXT:
      return ReadByteList(static_cast<size_t>(size));
    case ERL_BINARY_EXT:
      return ReadBinary(static_cast<size_t>(size));
    case ERL_MAP_EXT:
      return ReadMap();
    default:
      throw Napi::Error::New(env_, "no such term is measured");
  }
}

Napi::Value Decoder::ReadInteger() {
  long long value = 0;
  Check(env_, ei_decode_longlong(bytes_, &index_, &value));
  return Napi::Number::New(env_, static_cast<double>(value));
}

Napi::Value Decoder::ReadFloat() {
  double value = 0;
  Check(env_, ei_decode_double(bytes_, &index_, &value));
  return Napi::Number::New(env_, value);
}

Napi::Value Decoder::ReadAtom() {
  char name[MAXATOMLEN_UTF8];
  Check(env_, ei_decode_atom_as(bytes_, &index_, name, sizeof name, ERLANG_UTF8, nullptr, nullptr));
  if (std::strcmp(name, "true") == 0) return Napi::Boolean::New(env_, true);
  if (std::strcmp(name, "false") == 0) return Napi::Boolean::New(env_, false);
  if (std::strcmp(name, "nil") == 0) return env_.Null();
  if (std::strcmp(name, "undefined") == 0) return env_.Undefined();
  return codec_.NewAtom(Napi::String::New(env_, name));
}

Napi::Value Decoder::ReadTuple() {
  int arity = 0;
  Check(env_, ei_decode_tuple_header(bytes_, &index_, &arity));
  return codec_.NewTuple(ReadElements(arity));
}

Napi::Value Decoder::ReadList() {
  int count = 0;
  Check(env_, ei_decode_list_header(bytes_, &index_, &count));
  const Napi::Array elements = ReadElements(count);
  if (count > 0) Check(env_, ei_skip_term(bytes_, &index_));
  return elements;
}

Napi::Value Decoder::ReadByteList(size_t size) {
  std::vector<char> bytes(size + 1);
  Check(env_, ei_decode_string(bytes_, &index_, bytes.data()));
  const Napi::Array elements = Napi::Array::New(env_, size);
  for (size_t i = 0; i < size; i++) {
    elements.Set(static_cast<uint32_t>(i), Napi::Number::New(env_, static_cast<unsigned char>(bytes[i])));
  }
  return elements;
}

Napi::Value Decoder::ReadBinary(size_t size) {
  const auto bytes = Napi::Buffer<char>::New(env_, size);
  long length = 0;
  Check(env_, ei_decode_binary(bytes_, &index_, bytes.Data(), &length));
  return bytes;
}

Napi::Value Decoder::ReadMap() {
  int count = 0;
  Check(env_, ei_decode_map_header(bytes_, &index_, &count));
  const Napi::Object map = Napi::Object::New(env_);
  char name[MAXATOMLEN_UTF8];
  for (int i = 0; i < count; i++) {
    Check(env_, ei_decode_atom_as(bytes_, &index_, name, sizeof name, ERLANG_UTF8, nullptr, nullptr));
    map.Set(Napi::String::New(env_, name), ReadTerm());
  }
  return map;
}

Napi::Array Decoder::ReadElements(int count) {
  const Napi::Array elements = Napi::Array::New(env_, static_cast<size_t>(count));
  for (int i = 0; i < count; i++) {
    const Napi::HandleScope scope(env_);
    elements.Set(static_cast<uint32_t>(i), ReadTerm());
  }
  return elements;
}

}  // namespace ei_codec
