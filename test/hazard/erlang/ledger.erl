%% Acknowledged delivery, made to be killed: a ledger writes each number down before it acknowledges it, and a feeder sends
%% numbers, and sends those again that were not acknowledged when the connection comes back.
-module(ledger).
-export([start/1, feed/1, fed/0, footprint/0]).

%% Takes {note, From, Number} under the registered name ledger.
start(File) ->
    register(ledger, spawn(fun() ->
        {ok, Disk} = file:open(File, [append, raw, binary]),
        keep(Disk)
    end)),
    ok.

keep(Disk) ->
    receive
        {note, From, Number} ->
            ok = file:write(Disk, [integer_to_list(Number), $\n]),
            From ! {ack, Number}
    end,
    keep(Disk).

%% Feeds {note, From, Number} to the registered name inbox of a node, at most 20 unacknowledged.
feed(Node) ->
    register(feeder, spawn(fun() ->
        net_kernel:monitor_nodes(true, [{node_type, all}]),
        feed(Node, 1, [], [])
    end)),
    ok.

feed(Node, Next, Open, Acknowledged) when length(Open) < 20 ->
    send(Node, Next),
    feed(Node, Next + 1, Open ++ [Next], Acknowledged);
feed(Node, Next, Open, Acknowledged) ->
    receive
        {ack, Number} ->
            feed(Node, Next, lists:delete(Number, Open), [Number | Acknowledged]);
        {nodeup, Node, _} ->
            [send(Node, Number) || Number <- Open],
            feed(Node, Next, Open, Acknowledged);
        {fed, From, Ref} ->
            From ! {Ref, lists:usort(Acknowledged)},
            feed(Node, Next, Open, Acknowledged);
        _ ->
            feed(Node, Next, Open, Acknowledged)
    end.

%% The feeder must not open connections: those of the other side are what is tested.
send(Node, Number) ->
    erlang:send({inbox, Node}, {note, self(), Number}, [noconnect]).

%% Every number that was acknowledged.
fed() ->
    Ref = make_ref(),
    feeder ! {fed, self(), Ref},
    receive {Ref, Numbers} -> Numbers end.

%% What must not grow: processes, ports, atoms, timers.
footprint() ->
    [length(processes()), length(erlang:ports()), erlang:system_info(atom_count)].
