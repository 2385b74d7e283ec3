#include "tcp_carrier.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>

#include "arguments.h"
#include "callback.h"
#include "socket_address.h"

namespace hidden_node {
namespace {

constexpr unsigned kKeepAliveDelaySeconds = 30;

// How many arrays one write takes.
constexpr size_t kMostPieces = 64;

// When the kernel takes no more, this much is copied and left to libuv, whose callback tells when to go on.
// So nothing but the copy is read outside of a call: the arrays may be detached, resized or collected
// meanwhile.
constexpr size_t kPrimerBytes = 4096;

}  // namespace

// What is left to write: the rest of a tick that the guard began, then the bytes at hand.
class TcpCarrier::Pieces {
 public:
  void Add(uint8_t* bytes, size_t length) {
    buffers_[end_++] = uv_buf_init(reinterpret_cast<char*>(bytes), static_cast<unsigned>(length));
    left_ += length;
  }

  // Bytes of a tick that come before the others, and do not count.
  void Owe(uint32_t bytes) {
    static std::array<char, 4> zeros{};
    buffers_[0] = uv_buf_init(zeros.data(), bytes);
    owed_ = bytes;
    Advance(0);
  }

  const uv_buf_t* first() const { return &buffers_[next_]; }
  unsigned count() const { return static_cast<unsigned>(end_ - next_); }
  // Without what is owed.
  size_t left() const { return left_; }
  bool written() const { return next_ == end_; }

  void Advance(size_t bytes) {
    const size_t paid = std::min<size_t>(bytes, owed_);
    owed_ -= static_cast<uint32_t>(paid);
    left_ -= bytes - paid;
    while (next_ < end_ && bytes >= buffers_[next_].len) bytes -= buffers_[next_++].len;
    if (next_ == end_) return;
    buffers_[next_].base += bytes;
    buffers_[next_].len -= bytes;
  }

  // Copies `most` bytes of what is left, and passes over them. Answers how many.
  size_t Take(char* to, size_t most) {
    size_t taken = 0;
    while (!written() && taken < most) {
      const size_t part = std::min<size_t>(buffers_[next_].len, most - taken);
      std::memcpy(to + taken, buffers_[next_].base, part);
      taken += part;
      Advance(part);
    }
    return taken;
  }

 private:
  // The first is what is owed.
  std::array<uv_buf_t, kMostPieces + 1> buffers_{};
  size_t next_ = 0;
  size_t end_ = 1;
  size_t left_ = 0;
  uint32_t owed_ = 0;
};

// What libuv writes by itself once the kernel takes more.
struct TcpCarrier::Write {
  uv_write_t request{};
  std::array<char, kPrimerBytes> bytes{};
  // How many of them JavaScript waits for.
  size_t counted = 0;
  // Nothing is left in the middle after it.
  bool whole = false;
};

void TcpCarrier::Export(Napi::Env env, Napi::Object& exports) {
  const Napi::Function constructor = DefineClass(
      env, "TcpCarrier",
      {InstanceMethod<&TcpCarrier::Connect>("connect"), InstanceMethod<&TcpCarrier::ReadStart>("readStart"),
       InstanceMethod<&TcpCarrier::ReadStop>("readStop"), InstanceMethod<&TcpCarrier::WriteArrays>("write"),
       InstanceMethod<&TcpCarrier::WriteRange>("writeRange"),
       InstanceMethod<&TcpCarrier::Shutdown>("shutdown"), InstanceMethod<&TcpCarrier::Close>("close"),
       InstanceMethod<&TcpCarrier::KeepAlive>("keepAlive"), InstanceAccessor<&TcpCarrier::GetTicks>("ticks"),
       InstanceAccessor<&TcpCarrier::GetRemote>("remote")});
  AddonData::Of(env).carrier_constructor = Napi::Persistent(constructor);
  exports.Set("TcpCarrier", constructor);
}

TcpCarrier::TcpCarrier(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<TcpCarrier>(info), context_(info.Env(), "hidden-node:tcp") {
  const Napi::Object handler =
      Argument(info, 0, info[0].IsObject(), "an object of functions").As<Napi::Object>();
  Napi::Uint8Array slab = BytesArgument(info, 1);
  connected_ = Napi::Persistent(FunctionOf(handler, "connected"));
  readable_ = Napi::Persistent(FunctionOf(handler, "readable"));
  writable_ = Napi::Persistent(FunctionOf(handler, "writable"));
  ended_ = Napi::Persistent(FunctionOf(handler, "ended"));
  slab_ = Napi::Persistent(slab);
  slab_data_ = reinterpret_cast<char*>(slab.Data());
  slab_bytes_ = slab.ByteLength();
  Open(info.Env());
  // While the handle is open libuv may call us, so the object must not be collected.
  Ref();
}

Napi::Value TcpCarrier::Connect(const Napi::CallbackInfo& info) {
  sockaddr_storage address{};
  int error = ReadAddress(StringArgument(info, 0), static_cast<int>(UintArgument(info, 1)), &address);
  if (error == 0 && closing()) error = UV_ECANCELED;
  if (error == 0) {
    auto request = std::make_unique<uv_connect_t>();
    error = uv_tcp_connect(request.get(), tcp(), reinterpret_cast<sockaddr*>(&address), OnConnected);
    if (error == 0) static_cast<void>(request.release());  // OnConnected owns it now.
  }
  return ErrorName(info.Env(), error);
}

void TcpCarrier::OnConnected(uv_connect_t* request, int status) {
  const std::unique_ptr<uv_connect_t> owned(request);
  auto* self = OwnerOf<TcpCarrier>(request->handle->data);
  if (self->closing()) return;
  if (status == 0) self->TuneSocket();
  self->Call(self->connected_, status == 0 ? nullptr : uv_err_name(status));
}

void TcpCarrier::TuneSocket() {
  uv_tcp_nodelay(tcp(), 1);
  uv_tcp_keepalive(tcp(), 1, kKeepAliveDelaySeconds);
}

Napi::Value TcpCarrier::ReadStart(const Napi::CallbackInfo& info) {
  int error = closing() ? UV_ECANCELED : uv_read_start(stream(), OnAllocate, OnRead);
  if (error == UV_EALREADY) error = 0;
  return ErrorName(info.Env(), error);
}

Napi::Value TcpCarrier::ReadStop(const Napi::CallbackInfo& info) {
  if (!closing()) uv_read_stop(stream());
  return info.Env().Undefined();
}

void TcpCarrier::OnAllocate(uv_handle_t* handle, size_t /*suggested*/, uv_buf_t* buffer) {
  auto* self = OwnerOf<TcpCarrier>(handle->data);
  *buffer = uv_buf_init(self->slab_data_, static_cast<unsigned>(self->slab_bytes_));
}

void TcpCarrier::OnRead(uv_stream_t* stream, ssize_t count, const uv_buf_t* /*buffer*/) {
  auto* self = OwnerOf<TcpCarrier>(stream->data);
  if (self->closing() || count == 0) return;
  if (count < 0) {
    uv_read_stop(stream);
    self->Call(self->ended_, count == UV_EOF ? nullptr : uv_err_name(static_cast<int>(count)));
    return;
  }
  const Napi::HandleScope scope(self->Env());
  self->Call(self->readable_, {Napi::Number::New(self->Env(), static_cast<double>(count))});
}

// write(arrays, more): how many bytes of the arrays, one behind another, the kernel took, or an error name.
// When it did not take all, writable(count) tells that so many more have gone, and that it is time to come
// with the rest. `more`: what comes behind the arrays is part of the same message.
Napi::Value TcpCarrier::WriteArrays(const Napi::CallbackInfo& info) {
  const Napi::Array arrays = Argument(info, 0, info[0].IsArray(), "an array").As<Napi::Array>();
  const uint32_t count = arrays.Length();
  if (count > kMostPieces) throw Napi::RangeError::New(info.Env(), "too many arrays for one write");
  Pieces pieces;
  for (uint32_t i = 0; i < count; ++i) {
    Napi::Uint8Array bytes = AsBytes(info.Env(), arrays[i]);
    pieces.Add(bytes.Data(), bytes.ByteLength());
  }
  return Transmit(info.Env(), pieces, info[1].ToBoolean());
}

// writeRange(bytes, start, end): the same for a range of one array, which most messages are.
Napi::Value TcpCarrier::WriteRange(const Napi::CallbackInfo& info) {
  Napi::Uint8Array bytes = BytesArgument(info, 0);
  const size_t start = UintArgument(info, 1);
  const size_t end = UintArgument(info, 2);
  if (start > end || end > bytes.ByteLength()) {
    throw Napi::RangeError::New(info.Env(), "write range is out of bounds");
  }
  Pieces pieces;
  pieces.Add(bytes.Data() + start, end - start);
  return Transmit(info.Env(), pieces, false);
}

Napi::Value TcpCarrier::Transmit(Napi::Env env, Pieces& pieces, bool more) {
  if (closing()) return ErrorName(env, UV_ECANCELED);
  // What libuv still has goes first.
  if (uv_stream_get_write_queue_size(stream()) > 0) return Napi::Number::New(env, 0);
  std::unique_lock<std::mutex> lock;
  if (guarded_) lock = guarded_->Lock();
  const size_t offered = pieces.left();
  pieces.Owe(guarded_ ? guarded_->owed() : 0);
  const int written = uv_try_write(stream(), pieces.first(), pieces.count());
  if (written < 0 && written != UV_EAGAIN) return ErrorName(env, written);
  if (written > 0) pieces.Advance(static_cast<size_t>(written));
  if (guarded_) guarded_->Wrote(pieces.written() && !more);
  const size_t left = pieces.left();
  if (!pieces.written()) {
    const int error = WriteLater(pieces, more);
    if (error != 0) return ErrorName(env, error);
  }
  return Napi::Number::New(env, static_cast<double>(offered - left));
}

int TcpCarrier::WriteLater(Pieces& pieces, bool more) {
  auto write = std::make_unique<Write>();
  const size_t left = pieces.left();
  const size_t length = pieces.Take(write->bytes.data(), write->bytes.size());
  write->counted = left - pieces.left();
  write->whole = pieces.written() && !more;
  write->request.data = write.get();
  const uv_buf_t buffer = uv_buf_init(write->bytes.data(), static_cast<unsigned>(length));
  const int error = uv_write(&write->request, stream(), &buffer, 1, OnWritten);
  if (error == 0) static_cast<void>(write.release());  // OnWritten owns it now.
  return error;
}

void TcpCarrier::OnWritten(uv_write_t* request, int status) {
  auto* self = OwnerOf<TcpCarrier>(request->handle->data);
  const std::unique_ptr<Write> owned(static_cast<Write*>(request->data));
  if (self->closing()) return;
  if (status != 0) {
    self->Call(self->ended_, uv_err_name(status));
    return;
  }
  if (self->guarded_) {
    const auto lock = self->guarded_->Lock();
    self->guarded_->Wrote(owned->whole);
  }
  const Napi::HandleScope scope(self->Env());
  self->Call(self->writable_, {Napi::Number::New(self->Env(), static_cast<double>(owned->counted))});
}

// Tells the peer that nothing more comes, after all that is queued.
Napi::Value TcpCarrier::Shutdown(const Napi::CallbackInfo& info) {
  if (closing()) return ErrorName(info.Env(), UV_ECANCELED);
  Unguard();
  auto request = std::make_unique<uv_shutdown_t>();
  const int error = uv_shutdown(request.get(), stream(), [](uv_shutdown_t* done, int /*status*/) {
    const std::unique_ptr<uv_shutdown_t> owned(done);
  });
  if (error == 0) static_cast<void>(request.release());  // Its callback owns it now.
  return ErrorName(info.Env(), error);
}

Napi::Value TcpCarrier::Close(const Napi::CallbackInfo& info) {
  BeginClose();
  return info.Env().Undefined();
}

void TcpCarrier::Closed() {
  // The functions know who uses this object: held any longer, none of it would ever be collected.
  for (Napi::FunctionReference* held : {&connected_, &readable_, &writable_, &ended_}) held->Reset();
  Unref();
}

// keepAlive(milliseconds): from now on a tick goes out whenever nothing else did for that long, whatever
// JavaScript does. False when there is no thread for it.
Napi::Value TcpCarrier::KeepAlive(const Napi::CallbackInfo& info) {
  uv_os_fd_t descriptor = -1;
  const auto* handle = reinterpret_cast<const uv_handle_t*>(tcp());
  if (closing() || guarded_ || uv_fileno(handle, &descriptor) != 0) {
    return Napi::Boolean::New(info.Env(), guarded_ != nullptr);
  }
  try {
    const std::chrono::milliseconds interval(UintArgument(info, 0));
    guarded_ = AddonData::Of(info.Env()).tick_guard().Watch(descriptor, interval);
  } catch (const std::system_error&) {
    return Napi::Boolean::New(info.Env(), false);
  }
  return Napi::Boolean::New(info.Env(), true);
}

// Nothing of ours may be written on the descriptor any more: it is about to be shut down or closed.
void TcpCarrier::Unguard() {
  if (!guarded_) return;
  guarded_->Close();
  AddonData::Of(Env()).tick_guard().Forget(guarded_);
}

Napi::Value TcpCarrier::GetTicks(const Napi::CallbackInfo& info) {
  if (!guarded_) return Napi::Number::New(info.Env(), 0);
  const auto lock = guarded_->Lock();
  return Napi::Number::New(info.Env(), static_cast<double>(guarded_->ticks()));
}

Napi::Value TcpCarrier::GetRemote(const Napi::CallbackInfo& info) {
  sockaddr_storage address{};
  int length = sizeof(address);
  if (closing() || uv_tcp_getpeername(tcp(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return info.Env().Undefined();
  }
  return WriteAddress(info.Env(), address);
}

void TcpCarrier::Call(const Napi::FunctionReference& callback, const char* error) {
  const Napi::HandleScope scope(Env());
  Call(callback, {error == nullptr ? Env().Undefined() : Napi::String::New(Env(), error)});
}

void TcpCarrier::Call(const Napi::FunctionReference& callback, std::initializer_list<napi_value> arguments) {
  if (!silent()) CallFromLoop(Env(), callback, arguments, context_);
}

}  // namespace hidden_node
