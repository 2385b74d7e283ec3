#include "tcp_handle.h"

#include <memory>

namespace hidden_node {

void TcpHandle::Open(Napi::Env env) {
  auto handle = std::make_unique<Handle>();
  handle->owner = this;
  handle->data = &AddonData::Of(env);
  const int error = uv_tcp_init(handle->data->loop(), &handle->tcp);
  if (error != 0) throw Napi::Error::New(env, uv_err_name(error));
  handle_ = handle.release();
  handle_->tcp.data = handle_;
  handle_->data->Opened(this);
}

void TcpHandle::CloseForCleanup() {
  silent_ = true;
  BeginClose();
}

void TcpHandle::BeginClose() {
  if (closing_) return;
  closing_ = true;
  Closing();
  uv_close(reinterpret_cast<uv_handle_t*>(tcp()), OnClosed);
}

void TcpHandle::OnClosed(uv_handle_t* handle) {
  const std::unique_ptr<Handle> owned(static_cast<Handle*>(handle->data));
  TcpHandle* self = owned->owner;
  AddonData* data = owned->data;
  if (!self->silent_) self->Closed();
  // The last one closed lets the environment end: nothing of the owner may be used after.
  data->Closed(self);
}

}  // namespace hidden_node
