#include "cnode.h"

#include <netinet/in.h>

#include "addon_data.h"
#include "arguments.h"

namespace hidden_node {
namespace {

constexpr size_t kReferenceWords = 3;

// The words of an identifier go into an array of the caller's, so that making one allocates nothing.
Napi::Uint32Array WordsArgument(const Napi::CallbackInfo& info, size_t count) {
  const bool right = info[0].IsTypedArray() &&
                     info[0].As<Napi::TypedArray>().TypedArrayType() == napi_uint32_array &&
                     info[0].As<Napi::TypedArray>().ElementLength() >= count;
  return Argument(info, 0, right, "a Uint32Array that is long enough").As<Napi::Uint32Array>();
}

std::string LatinArgument(const Napi::CallbackInfo& info, size_t index) {
  const std::u16string text =
      Argument(info, index, info[index].IsString(), "a string").As<Napi::String>().Utf16Value();
  std::string latin;
  for (const char16_t unit : text) {
    if (unit == 0 || unit > 0xff) throw Napi::TypeError::New(info.Env(), "the cookie must be Latin-1 text");
    latin.push_back(static_cast<char>(unit));
  }
  return latin;
}

}  // namespace

void CNode::Export(Napi::Env env, Napi::Object& exports) {
  const Napi::Function constructor = DefineClass(
      env, "CNode",
      {InstanceMethod<&CNode::MakePid>("makePid"), InstanceMethod<&CNode::MakeReferences>("makeReferences")});
  AddonData::Of(env).cnode_constructor = Napi::Persistent(constructor);
  exports.Set("CNode", constructor);
}

CNode::CNode(const Napi::CallbackInfo& info) : Napi::ObjectWrap<CNode>(info) {
  identity_.name = StringArgument(info, 0);
  identity_.alive = StringArgument(info, 1);
  identity_.host = StringArgument(info, 2);
  identity_.cookie = LatinArgument(info, 3);
  identity_.creation = UintArgument(info, 4);
  if (identity_.name.size() > kMaxNodeNameBytes || identity_.alive.size() > EI_MAXALIVELEN ||
      identity_.host.size() > EI_MAXHOSTNAMELEN) {
    throw Napi::RangeError::New(info.Env(), "the node name is too long");
  }
  if (identity_.cookie.size() > kMaxCookieBytes) {
    throw Napi::RangeError::New(info.Env(), "the cookie is too long");
  }
  const int error = InitialiseEi();
  if (error != 0) {
    throw Napi::Error::New(info.Env(), "ei could not be initialised: error " + std::to_string(error));
  }
  in_addr nowhere{};
  if (ei_connect_xinit(&cnode_, identity_.host.c_str(), identity_.alive.c_str(), identity_.name.c_str(),
                       &nowhere, identity_.cookie.c_str(), identity_.creation) != 0) {
    throw Napi::Error::New(info.Env(), "ei refused the node name");
  }
  ei_set_tracelevel(0);
}

Napi::Value CNode::MakePid(const Napi::CallbackInfo& info) {
  Napi::Uint32Array words = WordsArgument(info, 2);
  erlang_pid pid;
  if (ei_make_pid(&cnode_, &pid) != 0) throw Napi::Error::New(info.Env(), "ei could not make a pid");
  words[0] = pid.num;
  words[1] = pid.serial;
  return info.Env().Undefined();
}

// makeReferences(words): as many as the array has room for, because a call from JavaScript costs more than a
// reference.
Napi::Value CNode::MakeReferences(const Napi::CallbackInfo& info) {
  Napi::Uint32Array words = WordsArgument(info, kReferenceWords);
  for (size_t at = 0; at + kReferenceWords <= words.ElementLength(); at += kReferenceWords) {
    erlang_ref reference;
    if (ei_make_ref(&cnode_, &reference) != 0)
      throw Napi::Error::New(info.Env(), "ei could not make a reference");
    for (size_t i = 0; i < kReferenceWords; ++i) words[at + i] = reference.n[i];
  }
  return info.Env().Undefined();
}

}  // namespace hidden_node
