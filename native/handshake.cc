#include "handshake.h"

#include "addon_data.h"
#include "arguments.h"
#include "cnode.h"

namespace hidden_node {
namespace {

using Machine = HandshakeMachine;

Machine MakeMachine(const Napi::CallbackInfo& info) {
  const bool right = info[0].IsObject() && info[0].As<Napi::Object>().InstanceOf(
                                               AddonData::Of(info.Env()).cnode_constructor.Value());
  const Napi::Object cnode = Argument(info, 0, right, "a CNode").As<Napi::Object>();
  const bool accepting = Argument(info, 1, info[1].IsBoolean(), "a boolean").As<Napi::Boolean>().Value();
  bool lossless = false;
  const uint64_t flags =
      Argument(info, 2, info[2].IsBigInt(), "a bigint").As<Napi::BigInt>().Uint64Value(&lossless);
  return {CNode::Unwrap(cnode)->identity(), accepting ? Machine::Role::kAccept : Machine::Role::kConnect,
          flags};
}

Napi::Value Bytes(Napi::Env env, const std::string& bytes) {
  return Napi::Buffer<char>::Copy(env, bytes.data(), bytes.size());
}

const char* FailureName(Machine::Failure failure) {
  switch (failure) {
    case Machine::Failure::kNone:
      return "none";
    case Machine::Failure::kProtocol:
      return "protocol";
    case Machine::Failure::kRefused:
      return "refused";
    case Machine::Failure::kCookie:
      return "cookie";
    case Machine::Failure::kNumbers:
      return "limit";
    case Machine::Failure::kThread:
      return "thread";
    case Machine::Failure::kGivenUp:
      return "given up";
  }
  return "";
}

}  // namespace

void Handshake::Export(Napi::Env env, Napi::Object& exports) {
  exports.Set(
      "Handshake",
      DefineClass(
          env, "Handshake",
          {InstanceMethod<&Handshake::Open>("open"), InstanceMethod<&Handshake::Push>("push"),
           InstanceMethod<&Handshake::Step>("step"), InstanceMethod<&Handshake::TakeRest>("takeRest"),
           InstanceMethod<&Handshake::GiveUp>("giveUp"), InstanceAccessor<&Handshake::GetWaiting>("waiting"),
           InstanceAccessor<&Handshake::GetState>("state"),
           InstanceAccessor<&Handshake::GetFailure>("failure"),
           InstanceAccessor<&Handshake::GetStatus>("status"),
           InstanceAccessor<&Handshake::GetPeer>("peer")}));
}

Handshake::Handshake(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<Handshake>(info), machine_(MakeMachine(info)) {}

Napi::Value Handshake::Open(const Napi::CallbackInfo& info) { return Bytes(info.Env(), machine_.Open()); }

Napi::Value Handshake::Push(const Napi::CallbackInfo& info) {
  machine_.Push(View(BytesArgument(info, 0)));
  return info.Env().Undefined();
}

Napi::Value Handshake::Step(const Napi::CallbackInfo& info) {
  return Bytes(info.Env(), machine_.Step(StringArgument(info, 0)));
}

Napi::Value Handshake::TakeRest(const Napi::CallbackInfo& info) {
  return Bytes(info.Env(), machine_.TakeRest());
}

Napi::Value Handshake::GiveUp(const Napi::CallbackInfo& info) {
  machine_.GiveUp();
  return info.Env().Undefined();
}

Napi::Value Handshake::GetWaiting(const Napi::CallbackInfo& info) {
  const auto waiting = machine_.Waiting();
  if (!waiting) return info.Env().Undefined();
  return Napi::String::New(info.Env(), PacketKindName(*waiting));
}

Napi::Value Handshake::GetState(const Napi::CallbackInfo& info) {
  switch (machine_.state()) {
    case Machine::State::kRunning:
      return Napi::String::New(info.Env(), "running");
    case Machine::State::kDone:
      return Napi::String::New(info.Env(), "done");
    case Machine::State::kFailed:
      return Napi::String::New(info.Env(), "failed");
  }
  return info.Env().Undefined();
}

Napi::Value Handshake::GetFailure(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), FailureName(machine_.failure()));
}

Napi::Value Handshake::GetStatus(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), machine_.status());
}

Napi::Value Handshake::GetPeer(const Napi::CallbackInfo& info) {
  const auto& claim = machine_.peer();
  if (!claim) return info.Env().Undefined();
  Napi::Object peer = Napi::Object::New(info.Env());
  peer.Set("name", Napi::String::New(info.Env(), claim->name));
  peer.Set("flags", Napi::BigInt::New(info.Env(), claim->flags));
  peer.Set("creation", Napi::Number::New(info.Env(), claim->creation));
  return peer;
}

}  // namespace hidden_node
