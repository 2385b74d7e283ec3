// One identity in the cluster: owns the ei_cnode, and makes process identifiers and references from it.
#pragma once

#include <ei.h>
#include <napi.h>

#include "ei_runtime.h"

namespace hidden_node {

class CNode : public Napi::ObjectWrap<CNode> {
 public:
  static void Export(Napi::Env env, Napi::Object& exports);

  // new CNode(name, alive, host, cookie, creation)
  explicit CNode(const Napi::CallbackInfo& info);

  const Identity& identity() const { return identity_; }

 private:
  Napi::Value MakePid(const Napi::CallbackInfo& info);
  Napi::Value MakeReferences(const Napi::CallbackInfo& info);

  Identity identity_;
  ei_cnode cnode_{};
};

}  // namespace hidden_node
