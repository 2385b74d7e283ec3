// What a connection and a listener have in common: one uv_tcp_t, from its opening to libuv's close callback.
#pragma once

#include <napi.h>
#include <uv.h>

#include "addon_data.h"

namespace hidden_node {

class TcpHandle : public UvOwner {
 public:
  void CloseForCleanup() final;

 protected:
  TcpHandle() = default;

  // Opens the handle. From here on libuv may call, until Closed is called; the owner must live as long.
  void Open(Napi::Env env);
  void BeginClose();

  // Before the descriptor is closed.
  virtual void Closing() {}
  // After libuv has let go of the handle, unless the environment is ending.
  virtual void Closed() = 0;

  uv_tcp_t* tcp() { return &handle_->tcp; }
  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(tcp()); }
  bool closing() const { return closing_; }
  // The environment is ending: JavaScript cannot be called any more.
  bool silent() const { return silent_; }

  template <typename Owner>
  static Owner* OwnerOf(const void* data) {
    return static_cast<Owner*>(static_cast<const Handle*>(data)->owner);
  }

 private:
  // libuv needs the handle until its close callback has run, which can be after its owner has gone.
  struct Handle {
    uv_tcp_t tcp{};
    TcpHandle* owner = nullptr;
    AddonData* data = nullptr;
  };

  static void OnClosed(uv_handle_t* handle);

  Handle* handle_ = nullptr;
  bool closing_ = false;
  bool silent_ = false;
};

}  // namespace hidden_node
