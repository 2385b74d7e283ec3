%% The node that every contestant of the benchmark suite is measured against: four registered processes, one for each
%% kind of traffic. They do as little as can be done, so that what is measured is the connection.
-module(hidden_node_peer).
-export([start/0]).

%% Returns when all are registered.
start() ->
    register(sink, spawn(fun sink/0)),
    register(source, spawn(fun source/0)),
    register(echo, spawn(fun echo/0)),
    register(server, spawn(fun server/0)),
    ok.

%% Counts what it was told to expect, and answers with the microseconds from the first message to the last.
sink() ->
    receive
        {expect, Count, ReplyTo} ->
            ReplyTo ! {ready, self()},
            receive {send, _, _, _} -> ok end,
            Start = erlang:monotonic_time(microsecond),
            count(Count - 1),
            ReplyTo ! {elapsed, erlang:monotonic_time(microsecond) - Start},
            sink()
    end.

count(0) -> ok;
count(Left) -> receive {send, _, _, _} -> count(Left - 1) end.

%% Sends so many messages with a binary of so many bytes. A process of its own does it, which ends with its garbage.
source() ->
    receive
        {blast, Count, Bytes, To} ->
            spawn(fun() -> blast(To, binary_of(Bytes), Count) end),
            source()
    end.

blast(_, _, 0) -> ok;
blast(To, Binary, Left) ->
    To ! {send, 'js@host', Binary, 1234567890123},
    blast(To, Binary, Left - 1).

binary_of(11) -> <<"hello world">>;
binary_of(Bytes) -> binary:copy(<<"x">>, Bytes).

echo() ->
    receive
        {ping, ReplyTo, N} ->
            ReplyTo ! {pong, N},
            echo()
    end.

server() ->
    receive
        {ReplyTo, Ref, Message} ->
            ReplyTo ! {Ref, Message},
            server()
    end.
