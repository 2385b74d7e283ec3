%% Calls functions of a node in every way, and leaves some of the calls to themselves.
-module(caller).
-export([round/2]).

%% Count calls of each kind, 50 at a time; gives how many came to the outcome that they should.
round(Node, Count) ->
    Caller = self(),
    Parts = [spawn_link(fun() -> Caller ! {self(), part(Node, Count div 50)} end) || _ <- lists:seq(1, 50)],
    lists:sum([receive {Part, Right} -> Right end || Part <- Parts]).

part(Node, Count) -> lists:sum([right(one(Kind, Node, N)) || N <- lists:seq(1, Count), Kind <- kinds()]).

kinds() -> [call, fail, undef, rex, cast, spawn, linked, monitored, killed, late].

right(true) -> 1;
right(_) -> 0.

one(call, Node, N) -> erpc:call(Node, calc, echo, [{N, <<"text">>, [1.5]}]) =:= {N, <<"text">>, [1.5]};
one(fail, Node, _) -> try erpc:call(Node, calc, fail, []) catch error:{exception, {js_error, _, _}, _} -> true end;
one(undef, Node, N) -> element(1, element(2, rpc:call(Node, none, none, [N]))) =:= 'EXIT';
one(rex, Node, N) -> gen_server:call({rex, Node}, {call, calc, echo, [N], user}, 60000) =:= N;
one(cast, Node, N) -> erpc:cast(Node, calc, echo, [N]) =:= ok;
one(spawn, Node, N) -> is_pid(spawn(Node, calc, echo, [N]));
one(linked, Node, N) ->
    process_flag(trap_exit, true),
    Pid = spawn_link(Node, calc, echo, [N]),
    receive {'EXIT', Pid, normal} -> true end;
one(monitored, Node, _) ->
    {_, Monitor} = spawn_monitor(Node, none, none, []),
    receive {'DOWN', Monitor, _, _, {undef, _}} -> true end;
one(killed, Node, _) ->
    {Pid, Monitor} = spawn_monitor(Node, calc, held, []),
    exit(Pid, kill),
    receive {'DOWN', Monitor, _, _, killed} -> true end;
%% Given up: its answer is dropped.
one(late, Node, _) -> rpc:call(Node, calc, slow, [], 1) =/= unheard_of.
