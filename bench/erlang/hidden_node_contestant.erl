%% BEAM to BEAM: the benchmark suite's tasks, done by an ordinary Erlang node. Tasks come as lines on the standard input,
%% `<workload> <bytes> <count> <outstanding>`, and each is answered by one line of JSON, with times in microseconds.
-module(hidden_node_contestant).
-export([main/1]).

%% The one argument is the name of the peer. The node ends when there are no more tasks.
main([Name]) ->
    Peer = list_to_atom(Name),
    true = net_kernel:connect_node(Peer),
    register(inbox, self()),
    io:put_chars("ready\n"),
    tasks(Peer).

tasks(Peer) ->
    case io:get_line("") of
        Line when is_list(Line) ->
            [Workload | Numbers] = string:lexemes(Line, " \n"),
            [Bytes, Count, Outstanding] = lists:map(fun list_to_integer/1, Numbers),
            io:put_chars(json(run(Workload, Peer, Bytes, Count, Outstanding))),
            tasks(Peer);
        _ ->
            halt()
    end.

json(unsupported) -> "{\"error\":\"unsupported\"}\n";
json({elapsed, Elapsed}) -> io_lib:format("{\"elapsed\":~.3f}\n", [Elapsed]);
json({elapsed, Elapsed, Times}) ->
    Sorted = list_to_tuple(lists:sort(Times)),
    Figures = [Elapsed, percentile(50, Sorted), percentile(99, Sorted)],
    io_lib:format("{\"elapsed\":~.3f,\"p50\":~.3f,\"p99\":~.3f}\n", Figures).

%% By nearest rank.
percentile(P, Sorted) -> element((P * tuple_size(Sorted) + 99) div 100, Sorted).

run("w1", Peer, Bytes, Count, _) ->
    Sink = {sink, Peer},
    Sink ! {expect, Count, self()},
    receive {ready, _} -> ok end,
    send(Sink, binary_of(Bytes), Count),
    receive {elapsed, Elapsed} -> {elapsed, float(Elapsed)} end;
run("w2", Peer, Bytes, Count, _) ->
    {source, Peer} ! {blast, Count, Bytes, {inbox, node()}},
    receive {send, _, _, _} -> ok end,
    Start = now_in_us(),
    count(Count - 1),
    {elapsed, now_in_us() - Start};
run("w3", Peer, _, Count, _) -> one_by_one(fun(N) -> ping({echo, Peer}, N) end, Count);
run("w4", Peer, _, Count, Outstanding) ->
    Server = {server, Peer},
    Start = now_in_us(),
    Pending = lists:foldl(fun(N, Map) -> request(Server, N, Map) end, #{}, lists:seq(1, min(Count, Outstanding))),
    answers(Server, Pending, Count - map_size(Pending)),
    {elapsed, now_in_us() - Start};
run("rpc1", Peer, _, Count, _) -> one_by_one(fun(_) -> Peer = rpc:call(Peer, erlang, node, []) end, Count);
run(_, _, _, _, _) -> unsupported.

binary_of(11) -> <<"hello world">>;
binary_of(Bytes) -> binary:copy(<<"x">>, Bytes).

send(_, _, 0) -> ok;
send(To, Binary, Left) ->
    To ! {send, 'js@host', Binary, 1234567890123},
    send(To, Binary, Left - 1).

count(0) -> ok;
count(Left) -> receive {send, _, _, _} -> count(Left - 1) end.

ping(Echo, N) ->
    Echo ! {ping, self(), N},
    receive {pong, N} -> ok end.

%% What is known of each request that is under way is its number.
request(Server, N, Pending) ->
    Ref = make_ref(),
    Server ! {self(), Ref, <<"hello world">>},
    Pending#{Ref => N}.

answers(_, Pending, 0) when map_size(Pending) =:= 0 -> ok;
answers(Server, Pending, Left) ->
    receive
        {Ref, _} when is_map_key(Ref, Pending) ->
            Others = maps:remove(Ref, Pending),
            case Left of
                0 -> answers(Server, Others, 0);
                _ -> answers(Server, request(Server, Left, Others), Left - 1)
            end
    end.

one_by_one(Call, Count) ->
    Start = now_in_us(),
    Times = [timed(Call, N) || N <- lists:seq(1, Count)],
    {elapsed, now_in_us() - Start, Times}.

timed(Call, N) ->
    Start = now_in_us(),
    Call(N),
    now_in_us() - Start.

now_in_us() -> erlang:monotonic_time(nanosecond) / 1000.
