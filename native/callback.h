// Calls of JavaScript from libuv's callbacks.
#pragma once

#include <napi.h>

#include <initializer_list>

namespace hidden_node {

// Not node-addon-api's own call, which makes a JavaScript error of every failure: while a worker is being
// terminated there is no making one, and the attempt ends the process.
inline void CallFromLoop(Napi::Env env, const Napi::FunctionReference& callback,
                         std::initializer_list<napi_value> arguments, napi_async_context context) {
  napi_value result = nullptr;
  const napi_status status = napi_make_callback(env, context, env.Global(), callback.Value(),
                                                arguments.size(), arguments.begin(), &result);
  bool pending = false;
  if (status != napi_pending_exception || napi_is_exception_pending(env, &pending) != napi_ok || !pending) {
    return;
  }
  // The handlers are ours and do not throw; what comes here is thrown by microtasks of the user's, which Node
  // treats as uncaught.
  napi_value error = nullptr;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

}  // namespace hidden_node
