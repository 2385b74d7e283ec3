// Starts the module in an environment and ends what it left open when the environment ends.
#include "addon_data.h"
#include "cnode.h"
#include "handshake.h"
#include "tcp_carrier.h"
#include "tcp_listener.h"

namespace hidden_node {

AddonData::AddonData(Napi::Env env) {
  if (napi_get_uv_event_loop(env, &loop_) != napi_ok || loop_ == nullptr) {
    throw Napi::Error::New(env, "there is no event loop in this environment");
  }
  napi_add_async_cleanup_hook(env, Cleanup, this, &cleanup_);
}

void AddonData::Cleanup(napi_async_cleanup_hook_handle handle, void* data) {
  auto* self = static_cast<AddonData*>(data);
  self->cleanup_ = handle;
  self->cleaning_ = true;
  const auto open = self->open_;
  for (UvOwner* owner : open) owner->CloseForCleanup();
  if (self->open_.empty()) napi_remove_async_cleanup_hook(handle);
}

void AddonData::Closed(UvOwner* owner) {
  open_.erase(owner);
  if (cleaning_ && open_.empty()) napi_remove_async_cleanup_hook(cleanup_);
}

Napi::Object Initialise(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new AddonData(env));
  CNode::Export(env, exports);
  Handshake::Export(env, exports);
  TcpCarrier::Export(env, exports);
  TcpListener::Export(env, exports);
  return exports;
}

NODE_API_MODULE(hidden_node, Initialise)

}  // namespace hidden_node
