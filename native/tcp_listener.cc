#include "tcp_listener.h"

#include <memory>

#include "arguments.h"
#include "callback.h"
#include "socket_address.h"
#include "tcp_carrier.h"

namespace hidden_node {

void TcpListener::Export(Napi::Env env, Napi::Object& exports) {
  exports.Set("TcpListener", DefineClass(env, "TcpListener",
                                         {InstanceMethod<&TcpListener::Listen>("listen"),
                                          InstanceMethod<&TcpListener::Accept>("accept"),
                                          InstanceMethod<&TcpListener::Close>("close"),
                                          InstanceAccessor<&TcpListener::GetLocal>("local")}));
}

TcpListener::TcpListener(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<TcpListener>(info), context_(info.Env(), "hidden-node:listener") {
  const Napi::Object handler =
      Argument(info, 0, info[0].IsObject(), "an object of functions").As<Napi::Object>();
  connection_ = Napi::Persistent(FunctionOf(handler, "connection"));
  Open(info.Env());
  Ref();
}

// listen(address, port, backlog): undefined, or an error name.
Napi::Value TcpListener::Listen(const Napi::CallbackInfo& info) {
  sockaddr_storage address{};
  int error = ReadAddress(StringArgument(info, 0), static_cast<int>(UintArgument(info, 1)), &address);
  if (error == 0 && closing()) error = UV_ECANCELED;
  if (error == 0) error = uv_tcp_bind(tcp(), reinterpret_cast<sockaddr*>(&address), 0);
  if (error == 0) {
    error = uv_listen(stream(), static_cast<int>(UintArgument(info, 2)), OnConnection);
  }
  return ErrorName(info.Env(), error);
}

void TcpListener::OnConnection(uv_stream_t* stream, int status) {
  auto* self = OwnerOf<TcpListener>(stream->data);
  if (self->closing()) return;
  self->Call(self->connection_, status == 0 ? nullptr : uv_err_name(status));
}

// accept(carrier): takes the connection that was announced into a new carrier.
Napi::Value TcpListener::Accept(const Napi::CallbackInfo& info) {
  const bool right = info[0].IsObject() && info[0].As<Napi::Object>().InstanceOf(
                                               AddonData::Of(info.Env()).carrier_constructor.Value());
  TcpCarrier* carrier = TcpCarrier::Unwrap(Argument(info, 0, right, "a TcpCarrier").As<Napi::Object>());
  int error = closing() ? UV_ECANCELED : uv_accept(stream(), carrier->stream());
  if (error == 0) carrier->TuneSocket();
  return ErrorName(info.Env(), error);
}

Napi::Value TcpListener::Close(const Napi::CallbackInfo& info) {
  BeginClose();
  return info.Env().Undefined();
}

void TcpListener::Closed() {
  // As for the carrier: what is held any longer is never collected.
  connection_.Reset();
  Unref();
}

Napi::Value TcpListener::GetLocal(const Napi::CallbackInfo& info) {
  sockaddr_storage address{};
  int length = sizeof(address);
  if (closing() || uv_tcp_getsockname(tcp(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return info.Env().Undefined();
  }
  return WriteAddress(info.Env(), address);
}

void TcpListener::Call(const Napi::FunctionReference& callback, const char* error) {
  if (silent()) return;
  const Napi::HandleScope scope(Env());
  CallFromLoop(Env(), callback, {error == nullptr ? Env().Undefined() : Napi::String::New(Env(), error)},
               context_);
}

}  // namespace hidden_node
