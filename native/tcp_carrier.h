// A TCP connection on the event loop's own handle: connects to an address, reads into a slab that JavaScript
// gave, writes what the kernel takes at once and tells when it takes more.
#pragma once

#include <napi.h>
#include <uv.h>

#include <memory>
#include <string>

#include "tcp_handle.h"

namespace hidden_node {

class TcpListener;

class TcpCarrier : public Napi::ObjectWrap<TcpCarrier>, public TcpHandle {
 public:
  static void Export(Napi::Env env, Napi::Object& exports);

  // new TcpCarrier({ connected(error?), readable(count), writable(count), ended(error?) }, slab)
  explicit TcpCarrier(const Napi::CallbackInfo& info);
  ~TcpCarrier() override = default;

 private:
  friend class TcpListener;

  class Pieces;
  struct Write;

  Napi::Value Connect(const Napi::CallbackInfo& info);
  Napi::Value ReadStart(const Napi::CallbackInfo& info);
  Napi::Value ReadStop(const Napi::CallbackInfo& info);
  Napi::Value WriteArrays(const Napi::CallbackInfo& info);
  Napi::Value WriteRange(const Napi::CallbackInfo& info);
  Napi::Value Shutdown(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  Napi::Value KeepAlive(const Napi::CallbackInfo& info);
  Napi::Value GetTicks(const Napi::CallbackInfo& info);
  Napi::Value GetRemote(const Napi::CallbackInfo& info);

  static void OnConnected(uv_connect_t* request, int status);
  static void OnAllocate(uv_handle_t* handle, size_t suggested, uv_buf_t* buffer);
  static void OnRead(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer);
  static void OnWritten(uv_write_t* request, int status);

  void Closing() override { Unguard(); }
  void Closed() override;
  void TuneSocket();
  Napi::Value Transmit(Napi::Env env, Pieces& pieces, bool more);
  int WriteLater(Pieces& pieces, bool more);
  void Unguard();
  void Call(const Napi::FunctionReference& callback, const char* error);
  void Call(const Napi::FunctionReference& callback, std::initializer_list<napi_value> arguments);

  // Absent until KeepAlive; then every write takes its lock.
  std::shared_ptr<GuardedSocket> guarded_;
  Napi::AsyncContext context_;
  Napi::FunctionReference connected_;
  Napi::FunctionReference readable_;
  Napi::FunctionReference writable_;
  Napi::FunctionReference ended_;
  Napi::Reference<Napi::Uint8Array> slab_;
  char* slab_data_ = nullptr;
  size_t slab_bytes_ = 0;
};

}  // namespace hidden_node
