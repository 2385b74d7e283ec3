// What one environment (the main thread or a worker) owns natively.
#pragma once

#include <napi.h>
#include <uv.h>

#include <unordered_set>

#include "tick_guard.h"

namespace hidden_node {

// Something that keeps a libuv handle open and can be told to close it. Closing is asynchronous in libuv, so
// the environment may only end when every such thing has said that it is closed.
class UvOwner {
 public:
  UvOwner() = default;
  UvOwner(const UvOwner&) = delete;
  UvOwner& operator=(const UvOwner&) = delete;
  virtual ~UvOwner() = default;
  // Begins to close without calling into JavaScript any more.
  virtual void CloseForCleanup() = 0;
};

class AddonData {
 public:
  explicit AddonData(Napi::Env env);
  AddonData(const AddonData&) = delete;
  AddonData& operator=(const AddonData&) = delete;
  ~AddonData() = default;

  static AddonData& Of(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }

  uv_loop_t* loop() const { return loop_; }
  void Opened(UvOwner* owner) { open_.insert(owner); }
  void Closed(UvOwner* owner);
  TickGuard& tick_guard() { return tick_guard_; }

  Napi::FunctionReference cnode_constructor;
  Napi::FunctionReference carrier_constructor;

 private:
  static void Cleanup(napi_async_cleanup_hook_handle handle, void* data);

  uv_loop_t* loop_ = nullptr;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
  bool cleaning_ = false;
  std::unordered_set<UvOwner*> open_;
  TickGuard tick_guard_;
};

}  // namespace hidden_node
