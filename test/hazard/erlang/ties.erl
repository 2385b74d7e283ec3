%% Processes to be linked and monitored by the thousand, and a process that links and monitors others.
-module(ties).
-export([start_many/1, stop_all/2, watch/2, report/1, watching/1]).

%% Processes that wait to be told for which reason to end.
start_many(Count) ->
    [spawn(fun() -> receive {stop, Reason} -> exit(Reason) end end) || _ <- lists:seq(1, Count)].

stop_all(Pids, Reason) ->
    [Pid ! {stop, Reason} || Pid <- Pids],
    ok.

%% Processes that link and monitor each of the pids, registered as watcher.
watch(Pids, Times) ->
    register(watcher, spawn(fun() ->
        process_flag(trap_exit, true),
        [begin link(Pid), monitor(process, Pid) end || Pid <- Pids, _ <- lists:seq(1, Times)],
        count(0, 0)
    end)),
    ok.

count(Downs, Exits) ->
    receive
        {'DOWN', _, process, _, bye} -> count(Downs + 1, Exits);
        {'EXIT', _, bye} -> count(Downs, Exits + 1);
        {report, From, Ref} -> From ! {Ref, [Downs, Exits]}
    end.

%% How many have ended so far, once that is as many as expected; then the watcher ends.
report(Expected) ->
    case process_info(whereis(watcher), message_queue_len) of
        {message_queue_len, Length} when Length > 0 -> erlang:yield(), report(Expected);
        _ ->
            Ref = make_ref(),
            Watcher = whereis(watcher),
            Monitor = monitor(process, Watcher),
            watcher ! {report, self(), Ref},
            receive {Ref, Counts} -> ok end,
            receive {'DOWN', Monitor, _, _, _} -> ok end,
            Counts
    end.

%% How many links and monitors of the watcher there are.
watching(Name) ->
    {links, Links} = process_info(whereis(Name), links),
    {monitors, Monitors} = process_info(whereis(Name), monitors),
    [length(Links), length(Monitors)].
