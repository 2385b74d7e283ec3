%% A gen_server that does nothing but count: its calls, and what is sent to it.
-module(hidden_node_server).
-behaviour(gen_server).
-export([start/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

%% Registered as `counter`.
start() -> gen_server:start({local, counter}, ?MODULE, 0, []).

init(Count) -> {ok, Count}.

handle_call(count, _From, Count) -> {reply, Count, 0};
handle_call(_, _From, Count) -> {reply, ok, Count + 1}.

handle_cast(_, Count) -> {noreply, Count + 1}.

handle_info(_, Count) -> {noreply, Count + 1}.
