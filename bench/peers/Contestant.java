import com.ericsson.otp.erlang.OtpErlangAtom;
import com.ericsson.otp.erlang.OtpErlangBinary;
import com.ericsson.otp.erlang.OtpErlangList;
import com.ericsson.otp.erlang.OtpErlangLong;
import com.ericsson.otp.erlang.OtpErlangObject;
import com.ericsson.otp.erlang.OtpErlangRef;
import com.ericsson.otp.erlang.OtpErlangTuple;
import com.ericsson.otp.erlang.OtpMbox;
import com.ericsson.otp.erlang.OtpNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** The benchmark suite's tasks on JInterface: a node with one mailbox, and terms made for each message. */
public final class Contestant {
  private static final long PATIENCE = 10_000;
  private static final OtpErlangAtom SEND = new OtpErlangAtom("send");
  private static final OtpErlangAtom HOST = new OtpErlangAtom("js@host");
  private static final OtpErlangBinary HELLO = binary(11);

  private final OtpNode node;
  private final String peer;
  private final OtpMbox mailbox;

  private Contestant(String own, String peer, String cookie) throws Exception {
    this.node = new OtpNode(own, cookie);
    this.peer = peer;
    this.mailbox = node.createMbox("inbox");
    if (!node.ping(peer, PATIENCE)) throw new IllegalStateException(peer + " does not answer");
  }

  /** Arguments: own node, peer's node, cookie. */
  public static void main(String[] args) throws Exception {
    Contestant contestant = new Contestant(args[0], args[1], args[2]);
    BufferedReader tasks = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    System.out.println("ready");
    for (String line = tasks.readLine(); line != null; line = tasks.readLine()) {
      System.out.println(contestant.answer(line));
    }
    contestant.node.close();
    System.exit(0);
  }

  private String answer(String line) {
    try {
      String[] fields = line.split(" ");
      int bytes = Integer.parseInt(fields[1]);
      int count = Integer.parseInt(fields[2]);
      int outstanding = Integer.parseInt(fields[3]);
      switch (fields[0]) {
        case "w1":
          return elapsed(smallOut(bytes, count) * 1000);
        case "w2":
          return elapsed(smallIn(bytes, count));
        case "w3":
          return oneByOne(count, this::ping);
        case "w4":
          return elapsed(requests(count, outstanding));
        case "rpc1":
          return oneByOne(count, this::call);
        default:
          return "{\"error\":\"unsupported\"}";
      }
    } catch (Exception failure) {
      failure.printStackTrace();
      return "{\"error\":\"" + failure.getClass().getSimpleName() + "\"}";
    }
  }

  private long smallOut(int bytes, int count) throws Exception {
    OtpErlangBinary binary = binary(bytes);
    mailbox.send("sink", peer, tuple(new OtpErlangAtom("expect"), new OtpErlangLong(count), mailbox.self()));
    receive(2);
    for (int i = 0; i < count; i++) {
      mailbox.send("sink", peer, tuple(SEND, HOST, binary, new OtpErlangLong(1234567890123L)));
    }
    return ((OtpErlangLong) receive(2).elementAt(1)).longValue();
  }

  private long smallIn(int bytes, int count) throws Exception {
    OtpErlangTuple here = tuple(new OtpErlangAtom("inbox"), new OtpErlangAtom(node.node()));
    OtpErlangObject[] request = {new OtpErlangAtom("blast"), new OtpErlangLong(count), new OtpErlangLong(bytes), here};
    mailbox.send("source", peer, new OtpErlangTuple(request));
    receive(4);
    long start = System.nanoTime();
    for (int i = 1; i < count; i++) receive(4);
    return System.nanoTime() - start;
  }

  private void ping(int number) throws Exception {
    OtpErlangLong sent = new OtpErlangLong(number);
    mailbox.send("echo", peer, tuple(new OtpErlangAtom("ping"), mailbox.self(), sent));
    require(receive(2).elementAt(1).equals(sent), "not the answer to the ping");
  }

  private long requests(int count, int outstanding) throws Exception {
    Set<OtpErlangRef> pending = new HashSet<>();
    long start = System.nanoTime();
    int sent = Math.min(count, outstanding);
    for (int i = 0; i < sent; i++) request(pending);
    for (int i = 0; i < count; i++) {
      require(pending.remove(receive(2).elementAt(0)), "not the answer to a request");
      if (sent == count) continue;
      request(pending);
      sent++;
    }
    return System.nanoTime() - start;
  }

  private void request(Set<OtpErlangRef> pending) {
    OtpErlangRef ref = node.createRef();
    pending.add(ref);
    mailbox.send("server", peer, tuple(mailbox.self(), ref, HELLO));
  }

  /** What OtpConnection.sendRPC sends; a mailbox has no call of its own. */
  private void call(int number) throws Exception {
    OtpErlangObject[] call = {
      new OtpErlangAtom("call"), new OtpErlangAtom("erlang"), new OtpErlangAtom("node"), new OtpErlangList(),
      new OtpErlangAtom("user")
    };
    mailbox.send("rex", peer, tuple(mailbox.self(), new OtpErlangTuple(call)));
    require(((OtpErlangAtom) receive(2).elementAt(1)).atomValue().equals(peer), "not the answer to the call");
  }

  private OtpErlangTuple receive(int arity) throws Exception {
    OtpErlangTuple message = (OtpErlangTuple) mailbox.receive();
    require(message.arity() == arity, "another message than expected");
    return message;
  }

  private interface Once {
    void run(int number) throws Exception;
  }

  private static String oneByOne(int count, Once once) throws Exception {
    long[] times = new long[count];
    long start = System.nanoTime();
    long last = start;
    for (int i = 0; i < count; i++) {
      once.run(i);
      long now = System.nanoTime();
      times[i] = now - last;
      last = now;
    }
    Arrays.sort(times);
    String form = "{\"elapsed\":%.3f,\"p50\":%.3f,\"p99\":%.3f}";
    return String.format(Locale.ROOT, form, (last - start) / 1e3, percentile(times, 50), percentile(times, 99));
  }

  /** In microseconds, by nearest rank. */
  private static double percentile(long[] sorted, int which) {
    return sorted[(int) (((long) which * sorted.length + 99) / 100) - 1] / 1e3;
  }

  private static String elapsed(long nanoseconds) {
    return String.format(Locale.ROOT, "{\"elapsed\":%.3f}", nanoseconds / 1e3);
  }

  private static OtpErlangBinary binary(int bytes) {
    byte[] content = new byte[bytes];
    Arrays.fill(content, (byte) 'x');
    return new OtpErlangBinary(bytes == 11 ? "hello world".getBytes(StandardCharsets.US_ASCII) : content);
  }

  private static OtpErlangTuple tuple(OtpErlangObject... elements) {
    return new OtpErlangTuple(elements);
  }

  private static void require(boolean holds, String what) {
    if (!holds) throw new IllegalStateException(what);
  }
}
