%% @doc The Erlang side of the demo: one message handler per node, registered
%% as `hidden_node_demo'. demo/handler.ts is its counterpart in Node.js and
%% speaks the same messages, so that any node can send to any other:
%%
%%   {message, From, Number, Body, ReplyTo}
%%       is stored. If ReplyTo is a pid, {ack, node(), Number} goes there.
%%   {burst, From, Number, Filler}
%%       is counted by its number, and not stored.
%%   {report, From, Total, ReplyTo}
%%       ends a burst of Total messages: {report, node(), Figures} goes to
%%       ReplyTo. Sent by the process that sent the burst it cannot overtake
%%       it, because Erlang keeps the order between two processes.
%%
%% From is the name of the sending node; Number counts from 1 for each
%% pair of sender and receiver.
-module(hidden_node_demo).
-behaviour(gen_server).

-export([boot/0, start/0, start_link/0, list/0, count/0, send/2, burst/2]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

%% Milliseconds that a sender waits for the next acknowledgement or the report.
-define(PATIENCE, 30000).

%% What is known of a burst while it arrives.
-record(tally, {received = 0 :: non_neg_integer(),
                next = 1     :: pos_integer(),
                missing = #{} :: #{pos_integer() => true},
                twice = 0    :: non_neg_integer(),
                late = 0     :: non_neg_integer(),
                started      :: integer()}).

-record(state, {stored = [] :: [stored()],
                bursts = #{} :: #{node() => #tally{}}}).

-type stored() :: {From :: node(), Number :: pos_integer(), Body :: term()}.
-type figures() :: #{received := non_neg_integer(),
                     lost := non_neg_integer(),
                     twice := non_neg_integer(),
                     late := non_neg_integer(),
                     micros := non_neg_integer()}.

%% @doc Starts the handler in a node of the demo, and says so on the standard
%% output. The node ends with its standard input: whoever started it may be
%% killed without a chance to clean up, and must not leave the node behind.
-spec boot() -> ok.
boot() ->
    {ok, _} = start(),
    spawn(fun halt_at_end_of_input/0),
    io:put_chars("ready\n").

%% @doc Starts the handler on its own, as from the shell or by rpc.
-spec start() -> {ok, pid()} | {error, term()}.
start() ->
    gen_server:start({local, ?MODULE}, ?MODULE, [], []).

%% @doc Starts the handler under a supervisor.
-spec start_link() -> {ok, pid()} | {error, term()}.
start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

%% @doc Everything that the handler of this node has stored, in the order in
%% which it came.
-spec list() -> [stored()].
list() ->
    gen_server:call(?MODULE, list, ?PATIENCE).

%% @doc How many messages the handler of this node has stored of each sender.
-spec count() -> #{node() => pos_integer()}.
count() ->
    gen_server:call(?MODULE, count, ?PATIENCE).

%% @doc Sends messages to the handler of another node, and waits until each
%% has been acknowledged. Returns how many were.
-spec send(node(), non_neg_integer()) -> non_neg_integer().
send(To, Count) ->
    lists:foreach(
      fun(Number) ->
              Body = body(node(), To, Number),
              {?MODULE, To} ! {message, node(), Number, Body, self()}
      end,
      lists:seq(1, Count)),
    acknowledged(To, 0, Count).

%% @doc Sends a burst to the handler of another node. Returns the figures of
%% the receiver, or `no_report', and the microseconds from the first message
%% until they were here.
-spec burst(node(), non_neg_integer()) -> {figures() | no_report, non_neg_integer()}.
burst(To, Count) ->
    Handler = {?MODULE, To},
    Filler = binary:copy(<<"x">>, 64),
    Started = erlang:monotonic_time(microsecond),
    send_burst(Handler, 1, Count, Filler),
    Handler ! {report, node(), Count, self()},
    Answer = receive
                 {report, To, Figures} -> Figures
             after ?PATIENCE ->
                     no_report
             end,
    {Answer, erlang:monotonic_time(microsecond) - Started}.

%% The callbacks of gen_server.

%% @private
init([]) ->
    {ok, #state{}}.

%% @private
handle_call(list, _Caller, State) ->
    {reply, lists:reverse(State#state.stored), State};
handle_call(count, _Caller, State) ->
    {reply, lists:foldl(fun count_one/2, #{}, State#state.stored), State}.

%% @private
handle_cast(_Request, State) ->
    {noreply, State}.

%% @private
handle_info({message, From, Number, Body, ReplyTo}, State) ->
    acknowledge(ReplyTo, Number),
    {noreply, State#state{stored = [{From, Number, Body} | State#state.stored]}};
handle_info({burst, From, Number, _Filler}, State) ->
    Tally = tally(Number, burst_of(From, State)),
    {noreply, State#state{bursts = maps:put(From, Tally, State#state.bursts)}};
handle_info({report, From, Total, ReplyTo}, State) ->
    ReplyTo ! {report, node(), figures(Total, burst_of(From, State))},
    {noreply, State#state{bursts = maps:remove(From, State#state.bursts)}};
handle_info(_Unknown, State) ->
    {noreply, State}.

%% Storing and acknowledging.

acknowledge(ReplyTo, Number) when is_pid(ReplyTo) ->
    ReplyTo ! {ack, node(), Number},
    ok;
acknowledge(_Nobody, _Number) ->
    ok.

acknowledged(_To, Count, Count) ->
    Count;
acknowledged(To, Sofar, Count) ->
    Number = Sofar + 1,
    receive
        {ack, To, Number} -> acknowledged(To, Number, Count)
    after ?PATIENCE ->
            Sofar
    end.

count_one({From, _Number, _Body}, Counts) ->
    maps:update_with(From, fun(Count) -> Count + 1 end, 1, Counts).

%% A little of everything that a term can be. The receiver is asked for it
%% later, and whoever asks can make the same term and compare.
body(From, To, Number) ->
    #{from => From,
      to => To,
      number => Number,
      big => Number bsl 64,
      fraction => Number + 0.5,
      text => <<"Grüße, привет, 日本 №"/utf8, (integer_to_binary(Number))/binary>>,
      list => [Number, {nested, [-Number]}, true, <<0, 255>>]}.

%% Counting a burst.

send_burst(_Handler, Number, Count, _Filler) when Number > Count ->
    ok;
send_burst(Handler, Number, Count, Filler) ->
    Handler ! {burst, node(), Number, Filler},
    send_burst(Handler, Number + 1, Count, Filler).

burst_of(From, #state{bursts = Bursts}) ->
    case Bursts of
        #{From := Tally} -> Tally;
        #{} -> #tally{started = erlang:monotonic_time(microsecond)}
    end.

%% The number that is expected is the usual case. A later one leaves a gap; an
%% earlier one either fills a gap, and is late, or has been here before.
tally(Next, #tally{next = Next, received = Received} = Tally) ->
    Tally#tally{next = Next + 1, received = Received + 1};
tally(Number, #tally{next = Next, received = Received, missing = Missing} = Tally)
  when Number > Next ->
    Gap = maps:from_list([{Absent, true} || Absent <- lists:seq(Next, Number - 1)]),
    Tally#tally{next = Number + 1, received = Received + 1, missing = maps:merge(Missing, Gap)};
tally(Number, #tally{received = Received, missing = Missing, late = Late, twice = Twice} = Tally) ->
    case maps:take(Number, Missing) of
        {true, Rest} -> Tally#tally{received = Received + 1, missing = Rest, late = Late + 1};
        error -> Tally#tally{received = Received + 1, twice = Twice + 1}
    end.

figures(Total, #tally{next = Next, missing = Missing} = Tally) ->
    #{received => Tally#tally.received,
      lost => maps:size(Missing) + max(0, Total - Next + 1),
      twice => Tally#tally.twice,
      late => Tally#tally.late,
      micros => erlang:monotonic_time(microsecond) - Tally#tally.started}.

%% The end of the node.

halt_at_end_of_input() ->
    case io:get_line("") of
        Line when is_list(Line); is_binary(Line) -> halt_at_end_of_input();
        _EndOrError -> erlang:halt(0, [{flush, false}])
    end.
