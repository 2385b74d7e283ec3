%% Takes and sends large messages, and says by a digest what they were.
-module(large).
-export([start/0]).

start() ->
    true = register(large, spawn(fun loop/0)),
    ok.

loop() ->
    receive
        {digest, From, Term} -> From ! digest(Term);
        {size, From, Binary} -> From ! byte_size(Binary);
        {order, From, Number} -> From ! Number;
        {send, To, Kind, Count} ->
            Term = make(Kind, Count),
            To ! digest(Term),
            To ! Term,
            To ! behind
    end,
    erlang:garbage_collect(),
    loop().

make(binary, Bytes) -> crypto:strong_rand_bytes(Bytes);
make(list, Tuples) ->
    Bytes = crypto:strong_rand_bytes(1024),
    [{N, <<N:32, Bytes/binary>>} || N <- lists:seq(1, Tuples)];
make(records, Tuples) -> [{reading, N, <<"abcdefgh">>} || N <- lists:seq(1, Tuples)].

digest(Binary) when is_binary(Binary) -> crypto:hash(sha256, Binary);
digest([{reading, _, _} | _] = List) -> erlang:md5(term_to_binary(List));
digest(List) ->
    Add = fun({N, Binary}, Hash) -> crypto:hash_update(Hash, [<<N:32>>, Binary]) end,
    crypto:hash_final(lists:foldl(Add, crypto:hash_init(sha256), List)).
