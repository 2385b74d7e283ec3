// A listening TCP socket on the event loop: says when somebody has connected, and hands the connection to a
// carrier.
#pragma once

#include <napi.h>
#include <uv.h>

#include "addon_data.h"

namespace hidden_node {

class TcpListener : public Napi::ObjectWrap<TcpListener>, public UvOwner {
 public:
  static void Export(Napi::Env env, Napi::Object& exports);

  // new TcpListener({ connection(error?), closed() })
  explicit TcpListener(const Napi::CallbackInfo& info);
  ~TcpListener() override = default;

  void CloseForCleanup() override;

 private:
  // As for the carrier: libuv needs it until its close callback has run.
  struct Handle {
    uv_tcp_t tcp;
    TcpListener* owner;
  };

  Napi::Value Listen(const Napi::CallbackInfo& info);
  Napi::Value Accept(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  Napi::Value SetReferenced(const Napi::CallbackInfo& info);
  Napi::Value GetLocal(const Napi::CallbackInfo& info);

  static void OnConnection(uv_stream_t* stream, int status);
  static void OnClosed(uv_handle_t* handle);

  void BeginClose();
  void Call(const Napi::FunctionReference& callback, const char* error);

  Handle* handle_;
  bool closing_ = false;
  bool silent_ = false;
  Napi::AsyncContext context_;
  Napi::FunctionReference connection_;
  Napi::FunctionReference closed_;
};

}  // namespace hidden_node
