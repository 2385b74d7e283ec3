%% A gen_server that is slower than its callers, and writes down what it gets before it answers.
-module(slow_server).
-behaviour(gen_server).
-export([start/1, start/2, seen/0]).
-export([init/1, handle_call/3, handle_cast/2]).

%% Registered as `slow`; it sleeps for a millisecond after every so many messages.
start(Every) ->
    start(Every, undefined).

%% With the name of a file to which each message, a number, is appended as a line.
start(Every, File) ->
    {ok, _} = gen_server:start({local, slow}, ?MODULE, {Every, File}, []),
    ok.

%% How many messages came, whether each was the number after the one before, and the longest queue that any of them found.
seen() ->
    gen_server:call(slow, seen).

init({Every, undefined}) ->
    {ok, {Every, undefined, 0, true, 0}};
init({Every, File}) ->
    {ok, Disk} = file:open(File, [append, raw, binary]),
    {ok, {Every, Disk, 0, true, 0}}.

handle_call(seen, _From, {_, _, Last, Ordered, Longest} = State) ->
    {reply, {Last, Ordered, Longest}, State};
handle_call(Number, _From, {Every, Disk, Last, Ordered, Longest}) ->
    {message_queue_len, Length} = process_info(self(), message_queue_len),
    Number rem Every =:= 0 andalso receive after 1 -> ok end,
    Disk =:= undefined orelse (ok = file:write(Disk, [integer_to_list(Number), $\n])),
    {reply, ok, {Every, Disk, Number, Ordered andalso Number =:= Last + 1, max(Longest, Length)}}.

handle_cast(crash, State) ->
    {stop, crashed, State}.
