%% The Erlang side of the codec tests: builds terms from source text and from a generator of its own, compares, re-encodes, prints.
%% Bulk data goes through files of records, each a 32-bit length and its bytes.
-module(codec_peer).
-export([make/1, made/1, float/1, pid/4, port/3, ref/3]).
-export([check/2, reencode/3, print/2, print_atoms/2, generate/3, compare/3, counter/1]).

%% Identifiers and funs of this node's own, encoded into a file.
make(Out) ->
    F = fun(N) -> fun(X) -> {X, N} end end,
    A = 1,
    B = <<"free">>,
    Port = erlang:open_port({spawn, "cat"}, []),
    Made = [self(), Port, fun lists:map/2, fun erlang:'+'/2, fun 'no such':'Fun@1'/255, fun counter/1]
        ++ [make_ref() || _ <- lists:seq(1, 5)]
        ++ [spawn(fun() -> ok end) || _ <- lists:seq(1, 5)]
        ++ [F(1), F(self()), F(#{a => [F(F)]}), fun() -> A end, fun(X, Y) -> {A, B, X, Y} end, fun(X) -> X end]
        ++ [erlang:alias()],
    persistent_term:put(made, list_to_tuple(Made)),
    write(Out, [term_to_binary(T) || T <- Made]),
    length(Made).

counter(N) -> N.

made(N) -> element(N + 1, persistent_term:get(made)).

%% For source texts: values that have no literal, or none that is exact.
float(Bits) -> <<F/float>> = <<Bits:64>>, F.
pid(Node, Id, Serial, Creation) ->
    binary_to_term(<<131, 88, (bare(Node))/binary, Id:32, Serial:32, Creation:32>>).
port(Node, Id, Creation) ->
    binary_to_term(<<131, 120, (bare(Node))/binary, Id:64, Creation:32>>).
ref(Node, Creation, Words) ->
    Tail = << <<W:32>> || W <- Words >>,
    binary_to_term(<<131, 90, (length(Words)):16, (bare(Node))/binary, Creation:32, Tail/binary>>).

bare(Node) -> <<131, Bytes/binary>> = term_to_binary(Node), Bytes.

%% In: pairs of an encoded term and its source text. Answers the numbers of those that differ.
check(In, Limit) -> check(read(In), 0, Limit, []).

check(_, _, Limit, Bad) when length(Bad) >= Limit -> lists:reverse(Bad);
check([], _, _, Bad) -> lists:reverse(Bad);
check([Bytes, Source | Rest], N, Limit, Bad) ->
    Same = try same(binary_to_term(Bytes), evaluate(Source)) catch Class:Reason -> {Class, Reason} end,
    case Same of
        true -> check(Rest, N + 1, Limit, Bad);
        Other -> check(Rest, N + 1, Limit, [{N, Other} | Bad])
    end.

%% =:= takes 0.0 and -0.0 for the same before OTP 27; the bytes do not.
same(A, B) -> A =:= B andalso term_to_binary(A, [{minor_version, 2}]) =:= term_to_binary(B, [{minor_version, 2}]).

evaluate(Source) ->
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Source) ++ "."),
    {ok, Parsed} = erl_parse:parse_exprs(Tokens),
    {value, Value, _} = erl_eval:exprs(Parsed, []),
    Value.

%% In: encoded terms. Out: the same, encoded anew.
reencode(In, Out, Options) ->
    write(Out, [term_to_binary(binary_to_term(B), Options) || B <- read(In)]).

%% In: encoded terms. Out: for each, its encoding in this node's order of map keys, and its text.
print(In, Out) ->
    Terms = [binary_to_term(B) || B <- read(In)],
    write(Out, lists:append([[term_to_binary(T), text("~0p", T)] || T <- Terms])).

text(Format, Term) -> unicode:characters_to_binary(io_lib:format(Format, [Term])).

%% Names as UTF-8. Out: the text of the atom, and of an exported function of that name.
print_atoms(In, Out) ->
    Atoms = [binary_to_atom(B) || B <- read(In)],
    write(Out, lists:append([[text("~0p", A), text("~0p", fun A:A/1)] || A <- Atoms])).

%% Out: terms from a generator of its own.
generate(Out, Seed, Count) ->
    rand:seed(exsss, Seed),
    persistent_term:put(names, list_to_tuple([name(N) || N <- lists:seq(1, 3000)])),
    Terms = [random(4) || _ <- lists:seq(1, Count)],
    persistent_term:put(generated, Terms),
    write(Out, [term_to_binary(T, encoding(N)) || {N, T} <- lists:zip(lists:seq(1, Count), Terms)]).

encoding(N) -> lists:nth(N rem 6 + 1, [[], [{minor_version, 0}], [{minor_version, 1}], [{minor_version, 2}], [compressed],
                                      [deterministic]]).

%% In: the generated terms, decoded and encoded again. Answers the numbers of those that differ.
compare(In, _Seed, Limit) ->
    Pairs = lists:zip(persistent_term:get(generated), read(In)),
    Bad = [N || {N, {T, B}} <- lists:zip(lists:seq(0, length(Pairs) - 1), Pairs), not same(T, binary_to_term(B))],
    lists:sublist(Bad, Limit).

random(0) -> leaf(rand:uniform(16));
random(Depth) ->
    case rand:uniform(12) of
        1 -> list_to_tuple(many(Depth, 6));
        2 -> list_to_tuple(many(1, case rand:uniform(20) of 1 -> 300; _ -> 8 end));
        3 -> many(Depth, 8);
        4 -> [leaf(1) || _ <- lists:seq(1, rand:uniform(400))];
        5 -> [leaf(3) | many(Depth, 3)] ++ leaf(4);
        6 -> maps:from_list([{random(Depth - 1), random(Depth - 1)} || _ <- lists:seq(1, rand:uniform(6))]);
        7 -> maps:from_list([{random(0), leaf(2)} || _ <- lists:seq(1, 3 + rand:uniform(60))]);
        8 -> made(tuple_size(persistent_term:get(made)) - rand:uniform(tuple_size(persistent_term:get(made))));
        _ -> leaf(rand:uniform(16))
    end.

many(Depth, Most) -> [random(Depth - 1) || _ <- lists:seq(1, rand:uniform(Most) - 1)].

leaf(1) -> rand:uniform(256) - 1;
leaf(2) -> rand:uniform(1 bsl 33) - (1 bsl 32);
leaf(3) -> lists:nth(rand:uniform(8), [true, false, nil, undefined, ok, '', 'hello world', '\x{1F600}']);
leaf(N) when N =:= 4; N =:= 5 -> element(rand:uniform(3000), persistent_term:get(names));
leaf(6) -> rand:bytes(rand:uniform(300) - 1);
leaf(7) -> Bits = rand:uniform(200), <<(big(Bits)):Bits>>;
leaf(8) -> sign() * big(rand:uniform(70));
leaf(9) -> sign() * big(rand:uniform(4000));
leaf(10) -> (rand:uniform() - 0.5) * math:pow(10, rand:uniform(600) - 300);
leaf(11) -> lists:nth(rand:uniform(10), [0.0, -0.0, 1.0, -1.0, 1.0e22, 5.0e-324, 2.2250738585072014e-308,
                                         1.7976931348623157e308, 9007199254740993.0, 0.1]);
leaf(12) -> <<Sign:1, Fraction:52>> = <<(rand:uniform(1 bsl 53) - 1):53>>, ?MODULE:float((Sign bsl 63) bor Fraction);
leaf(13) -> [];
leaf(14) -> pid(leaf(4), word(), word(), word());
%% Not of one word: OTP 25 hashes such a reference of another node wrongly, so that large maps with it as a key are broken.
leaf(15) -> ref(leaf(5), word(), [word() || _ <- lists:seq(0, rand:uniform(4))]);
leaf(16) -> port('p@h', big(64), word()).

%% Both sides limit how many atoms there are, so the names are few.
name(N) ->
    Most = case N rem 2 of 0 -> 16#D7FF; 1 -> 255 end,
    list_to_atom([rand:uniform(Most) || _ <- lists:seq(1, rand:uniform(1 + N rem 255))]).

big(Bits) -> <<N:Bits, _/bitstring>> = rand:bytes(Bits div 8 + 1), N.
sign() -> 3 - 2 * rand:uniform(2).
word() -> rand:uniform(1 bsl 32) - 1.

read(Name) -> {ok, Bytes} = file:read_file(Name), records(Bytes).

records(<<>>) -> [];
records(<<Length:32, Record:Length/binary, Rest/binary>>) -> [Record | records(Rest)].

write(Name, Records) -> ok = file:write_file(Name, [[<<(byte_size(R)):32>>, R] || R <- Records]).
