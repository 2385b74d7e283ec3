// A TCP connection on the event loop's own handle: connects to an address, reads into a slab that JavaScript
// gave, writes what the kernel takes at once and queues the rest.
#pragma once

#include <napi.h>
#include <uv.h>

#include <memory>
#include <string>

#include "addon_data.h"

namespace hidden_node {

class TcpListener;

class TcpCarrier : public Napi::ObjectWrap<TcpCarrier>, public UvOwner {
 public:
  static void Export(Napi::Env env, Napi::Object& exports);

  // new TcpCarrier({ connected(error?), readable(count), drained(), ended(error?), closed() }, slab)
  explicit TcpCarrier(const Napi::CallbackInfo& info);
  ~TcpCarrier() override = default;

  void CloseForCleanup() override;
  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&handle_->tcp); }

 private:
  friend class TcpListener;

  // libuv needs the handle until its close callback has run, which can be after this object is gone.
  struct Handle {
    uv_tcp_t tcp;
    TcpCarrier* owner;
  };
  struct Write;

  Napi::Value Connect(const Napi::CallbackInfo& info);
  Napi::Value ReadStart(const Napi::CallbackInfo& info);
  Napi::Value ReadStop(const Napi::CallbackInfo& info);
  Napi::Value WriteBytes(const Napi::CallbackInfo& info);
  Napi::Value Shutdown(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  Napi::Value KeepAlive(const Napi::CallbackInfo& info);
  Napi::Value SetReferenced(const Napi::CallbackInfo& info);
  Napi::Value GetQueuedBytes(const Napi::CallbackInfo& info);
  Napi::Value GetTicks(const Napi::CallbackInfo& info);
  Napi::Value GetRemote(const Napi::CallbackInfo& info);

  static void OnConnected(uv_connect_t* request, int status);
  static void OnAllocate(uv_handle_t* handle, size_t suggested, uv_buf_t* buffer);
  static void OnRead(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer);
  static void OnWritten(uv_write_t* request, int status);
  static void OnClosed(uv_handle_t* handle);

  void TuneSocket();
  void Unguard();
  void BeginClose();
  void Call(const Napi::FunctionReference& callback, const char* error);
  void Call(const Napi::FunctionReference& callback, std::initializer_list<napi_value> arguments);

  Handle* handle_;
  // Absent until KeepAlive; then every write takes its lock.
  std::shared_ptr<GuardedSocket> guarded_;
  bool closing_ = false;
  bool silent_ = false;  // the environment is ending: JavaScript cannot be called any more
  Napi::AsyncContext context_;
  Napi::FunctionReference connected_;
  Napi::FunctionReference readable_;
  Napi::FunctionReference drained_;
  Napi::FunctionReference ended_;
  Napi::FunctionReference closed_;
  Napi::Reference<Napi::Uint8Array> slab_;
  char* slab_data_ = nullptr;
  size_t slab_bytes_ = 0;
};

}  // namespace hidden_node
