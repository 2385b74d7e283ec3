%% Sends values of which a program keeps a few.
-module(values).
-export([send/3]).

%% Returns at once; the messages are {N, Value} with N from 1 to Count, perhaps with more elements, which are not kept.
send(To, Kind, Count) ->
    spawn(fun() -> send(To, Kind, 1, Count) end),
    ok.

send(_, _, N, Count) when N > Count -> ok;
send(To, Kind, N, Count) ->
    To ! message(Kind, N),
    send(To, Kind, N + 1, Count).

message(Bytes, N) when is_integer(Bytes) -> {N, numbered(Bytes, N)};
message(beside_large, N) -> {N, numbered(10, N), binary:copy(<<"x">>, 1000000)};
message(among_many, N) -> {N, numbered(10, N), [numbered(10, N + I) || I <- lists:seq(1, 2000)]};
message(bitstring, N) -> {N, <<N:77>>};
message(pid, N) -> {N, self()};
message(reference, N) -> {N, make_ref()};
message(function, N) -> {N, fun() -> N end};
message(integer, N) -> {N, (1 bsl 200) + N};
message(charlist, N) -> {N, integer_to_list(1000000000 + N)};
message(atom, N) -> {N, list_to_atom("value" ++ integer_to_list(N rem 500))};
message(many_atoms, N) -> {N, list_to_atom("one_of_many" ++ integer_to_list(N))}.

%% A binary that ends with its number.
numbered(Bytes, N) -> <<0:((Bytes - 4) * 8), N:32>>.
