%% The Erlang side of the throughput figures: a sink that counts, and a source that sends.
-module(hidden_node_bench).
-export([sink/0, source/3]).

%% Registers the calling process as `sink`. For every {expect, N, ReplyTo} it counts N messages and answers with the
%% microseconds from the first to the last.
sink() ->
    register(sink, self()),
    sink_loop().

sink_loop() ->
    receive
        {expect, N, ReplyTo} ->
            ReplyTo ! {ready, self()},
            receive {send, _, _, _} -> ok end,
            Start = erlang:monotonic_time(microsecond),
            count(N - 1),
            ReplyTo ! {elapsed, erlang:monotonic_time(microsecond) - Start},
            sink_loop()
    end.

count(0) -> ok;
count(N) -> receive {send, _, _, _} -> count(N - 1) end.

%% Sends N messages to a registered name on a node, from a process of its own.
source(Name, Node, N) ->
    spawn(fun() -> send({Name, Node}, N) end),
    ok.

send(_, 0) -> ok;
send(To, N) ->
    To ! {send, 'js@host', <<"hello world">>, 1234567890123},
    send(To, N - 1).
