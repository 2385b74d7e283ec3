// The handshake machine as JavaScript sees it.
#pragma once

#include <napi.h>

#include "handshake_machine.h"

namespace hidden_node {

class Handshake : public Napi::ObjectWrap<Handshake> {
 public:
  static void Export(Napi::Env env, Napi::Object& exports);

  // new Handshake(cnode, accepting, flags: bigint)
  explicit Handshake(const Napi::CallbackInfo& info);

 private:
  Napi::Value Open(const Napi::CallbackInfo& info);
  Napi::Value Push(const Napi::CallbackInfo& info);
  Napi::Value Step(const Napi::CallbackInfo& info);
  Napi::Value TakeRest(const Napi::CallbackInfo& info);
  Napi::Value GiveUp(const Napi::CallbackInfo& info);
  Napi::Value GetWaiting(const Napi::CallbackInfo& info);
  Napi::Value GetState(const Napi::CallbackInfo& info);
  Napi::Value GetFailure(const Napi::CallbackInfo& info);
  Napi::Value GetStatus(const Napi::CallbackInfo& info);
  Napi::Value GetPeer(const Napi::CallbackInfo& info);

  HandshakeMachine machine_;
};

}  // namespace hidden_node
