%% A gen_server as Erlang programs have them, for the tests of calls from JavaScript.
-module(calc_server).
-behaviour(gen_server).
-export([start/1, init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, code_change/3]).
-export([ask/2, ask/4, ask_many/3, ask_in_turn/3]).

start(Name) ->
    {ok, Pid} = gen_server:start({local, Name}, calc_server, [], []),
    Pid.

%% The state: what was logged, newest first, and who waits.
init([]) -> {ok, {[], []}}.

handle_call({add, A, B}, _From, State) -> {reply, A + B, State};
handle_call({log, What}, _From, {Log, Held}) -> {reply, What, {[What | Log], Held}};
handle_call(log, _From, {Log, _} = State) -> {reply, lists:reverse(Log), State};
handle_call(hold, From, {Log, Held}) -> {noreply, {Log, [From | Held]}};
handle_call(held, _From, {_, Held} = State) -> {reply, length(Held), State};
handle_call({fail, error, Reason}, _From, _State) -> error(Reason);
handle_call({fail, exit, Reason}, _From, _State) -> exit(Reason);
handle_call({fail, throw, Reason}, _From, _State) -> throw(Reason);
handle_call({stop, Reason}, _From, State) -> {stop, Reason, State};
handle_call({stop, Reason, Reply}, _From, State) -> {stop, Reason, Reply, State}.

handle_cast({log, What}, {Log, Held}) -> {noreply, {[What | Log], Held}};
handle_cast({release, What}, {Log, Held}) ->
    [gen_server:reply(From, What) || From <- Held],
    {noreply, {Log, []}}.

handle_info({log, What}, {Log, Held}) -> {noreply, {[What | Log], Held}}.

terminate(_Reason, _State) -> ok.

code_change(_Old, State, _Extra) -> {ok, State}.

%% Callers of servers in JavaScript.

%% What gen_server:call does in a process of its own, and what that leaves behind in it: its messages and its monitors.
ask(Server, Request) -> ask(Server, Request, 5000, 0).

ask(Server, Request, Timeout, Linger) ->
    Parent = self(),
    Ref = make_ref(),
    spawn(fun() ->
        Outcome = try {ok, gen_server:call(Server, Request, Timeout)}
        catch Class:Reason -> {Class, Reason} end,
        timer:sleep(Linger),
        {monitors, Monitors} = process_info(self(), monitors),
        Parent ! {Ref, {Outcome, messages(), Monitors}}
    end),
    receive {Ref, Result} -> Result after 30000 -> silence end.

messages() ->
    receive Message -> [Message | messages()] after 0 -> [] end.

%% The answers to {echo, N} of N processes at once, in the order of N.
ask_many(Server, Count, Timeout) ->
    Parent = self(),
    Pids = [spawn(fun() -> Parent ! {self(), gen_server:call(Server, {echo, N}, Timeout)} end) || N <- lists:seq(1, Count)],
    [receive {Pid, Answer} -> Answer after Timeout -> silence end || Pid <- Pids].

%% {echo, N} for N from 1, from some processes in turn, each with a number of calls; how many of them failed.
ask_in_turn(Server, Processes, Calls) ->
    Parent = self(),
    Ask = fun(N) ->
        try N = gen_server:call(Server, {echo, N}, 30000), 0
        catch exit:{tenth, _} -> 1 end
    end,
    Pids = [spawn_link(fun() -> Parent ! {self(), lists:sum([Ask(N) || N <- lists:seq(1, Calls)])} end)
        || _ <- lists:seq(1, Processes)],
    lists:sum([receive {Pid, Failed} -> Failed end || Pid <- Pids]).
