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
                                          InstanceMethod<&TcpListener::SetReferenced>("setReferenced"),
                                          InstanceAccessor<&TcpListener::GetLocal>("local")}));
}

TcpListener::TcpListener(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<TcpListener>(info), context_(info.Env(), "hidden-node:listener") {
  const Napi::Object handler =
      Argument(info, 0, info[0].IsObject(), "an object of functions").As<Napi::Object>();
  connection_ = Napi::Persistent(FunctionOf(handler, "connection"));
  closed_ = Napi::Persistent(FunctionOf(handler, "closed"));
  AddonData& data = AddonData::Of(info.Env());
  auto handle = std::make_unique<Handle>();
  handle->owner = this;
  const int error = uv_tcp_init(data.loop(), &handle->tcp);
  if (error != 0) throw Napi::Error::New(info.Env(), uv_err_name(error));
  handle_ = handle.release();
  handle_->tcp.data = handle_;
  Ref();
  data.Opened(this);
}

// listen(address, port, backlog): undefined, or an error name.
Napi::Value TcpListener::Listen(const Napi::CallbackInfo& info) {
  sockaddr_storage address{};
  int error = ReadAddress(StringArgument(info, 0), static_cast<int>(UintArgument(info, 1)), &address);
  if (error == 0 && closing_) error = UV_ECANCELED;
  if (error == 0) error = uv_tcp_bind(&handle_->tcp, reinterpret_cast<sockaddr*>(&address), 0);
  if (error == 0) {
    error = uv_listen(reinterpret_cast<uv_stream_t*>(&handle_->tcp), static_cast<int>(UintArgument(info, 2)),
                      OnConnection);
  }
  return ErrorName(info.Env(), error);
}

void TcpListener::OnConnection(uv_stream_t* stream, int status) {
  TcpListener* self = static_cast<Handle*>(stream->data)->owner;
  if (self->closing_) return;
  self->Call(self->connection_, status == 0 ? nullptr : uv_err_name(status));
}

// accept(carrier): takes the connection that was announced into a new carrier.
Napi::Value TcpListener::Accept(const Napi::CallbackInfo& info) {
  const bool right = info[0].IsObject() && info[0].As<Napi::Object>().InstanceOf(
                                               AddonData::Of(info.Env()).carrier_constructor.Value());
  TcpCarrier* carrier = TcpCarrier::Unwrap(Argument(info, 0, right, "a TcpCarrier").As<Napi::Object>());
  int error =
      closing_ ? UV_ECANCELED : uv_accept(reinterpret_cast<uv_stream_t*>(&handle_->tcp), carrier->stream());
  if (error == 0) carrier->TuneSocket();
  return ErrorName(info.Env(), error);
}

Napi::Value TcpListener::Close(const Napi::CallbackInfo& info) {
  BeginClose();
  return info.Env().Undefined();
}

void TcpListener::CloseForCleanup() {
  silent_ = true;
  BeginClose();
}

void TcpListener::BeginClose() {
  if (closing_) return;
  closing_ = true;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->tcp), OnClosed);
}

void TcpListener::OnClosed(uv_handle_t* handle) {
  const std::unique_ptr<Handle> owned(static_cast<Handle*>(handle->data));
  TcpListener* self = owned->owner;
  AddonData& data = AddonData::Of(self->Env());
  if (!self->silent_) {
    self->Call(self->closed_, nullptr);
    // The functions know who uses this object: held any longer, none of it would ever be collected.
    self->connection_.Reset();
    self->closed_.Reset();
    self->Unref();
  }
  // The last one closed lets the environment end: nothing of this object may be used after.
  data.Closed(self);
}

Napi::Value TcpListener::SetReferenced(const Napi::CallbackInfo& info) {
  auto* handle = reinterpret_cast<uv_handle_t*>(&handle_->tcp);
  if (closing_) return info.Env().Undefined();
  if (info[0].ToBoolean().Value()) {
    uv_ref(handle);
  } else {
    uv_unref(handle);
  }
  return info.Env().Undefined();
}

Napi::Value TcpListener::GetLocal(const Napi::CallbackInfo& info) {
  sockaddr_storage address{};
  int length = sizeof(address);
  if (closing_ || uv_tcp_getsockname(&handle_->tcp, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return info.Env().Undefined();
  }
  return WriteAddress(info.Env(), address);
}

void TcpListener::Call(const Napi::FunctionReference& callback, const char* error) {
  if (silent_) return;
  const Napi::HandleScope scope(Env());
  CallFromLoop(Env(), callback, {error == nullptr ? Env().Undefined() : Napi::String::New(Env(), error)},
               context_);
}

}  // namespace hidden_node
