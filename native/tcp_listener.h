// A listening TCP socket on the event loop: says when somebody has connected, and hands the connection to a
// carrier.
#pragma once

#include <napi.h>
#include <uv.h>

#include "tcp_handle.h"

namespace hidden_node {

class TcpListener : public Napi::ObjectWrap<TcpListener>, public TcpHandle {
 public:
  static void Export(Napi::Env env, Napi::Object& exports);

  // new TcpListener({ connection(error?) })
  explicit TcpListener(const Napi::CallbackInfo& info);
  ~TcpListener() override = default;

 private:
  Napi::Value Listen(const Napi::CallbackInfo& info);
  Napi::Value Accept(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  Napi::Value GetLocal(const Napi::CallbackInfo& info);

  static void OnConnection(uv_stream_t* stream, int status);

  void Closed() override;
  void Call(const Napi::FunctionReference& callback, const char* error);

  Napi::AsyncContext context_;
  Napi::FunctionReference connection_;
};

}  // namespace hidden_node
