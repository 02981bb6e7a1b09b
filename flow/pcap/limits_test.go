package pcap

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/spectap/spectap/flow/exchange"
)

// sent is a segment at a time after the start, of which a capture may have the beginning only.
type sent struct {
	at  time.Duration
	cut int // bytes that are not captured
	segment
}

func captureOf(t *testing.T, packets ...sent) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	if err := w.WriteFileHeader(1<<16, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	for _, x := range packets {
		data := packet(t, x.segment)
		info := gopacket.CaptureInfo{Timestamp: start.Add(x.at), CaptureLength: len(data) - x.cut, Length: len(data)}
		if err := w.WritePacket(info, data[:len(data)-x.cut]); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// TestPatience waits for a missing segment for half a minute of the capture, and for the next one of
// an idle connection for five.
func TestPatience(t *testing.T) {
	request := segment{text: get}
	first, second := segment{server: true, text: ok[:9]}, segment{server: true, seq: 9, text: ok[9:]}
	for _, tt := range []struct {
		name  string
		early []segment
		at    time.Duration
		late  segment
		want  string
	}{
		{"a segment that is not too late", []segment{request, {server: true, syn: true, seq: -1}, second}, 29 * time.Second, first, `GET http://api.example/a?b=1 "" 200 "ok"`},
		{"a late segment", []segment{request, {server: true, syn: true, seq: -1}, second}, 31 * time.Second, first, `GET http://api.example/a?b=1 "" no answer was captured`},
		{"an answer that is not too late", []segment{request}, 299 * time.Second, segment{server: true, text: ok}, `GET http://api.example/a?b=1 "" 200 "ok"`},
		{"a late answer", []segment{request}, 301 * time.Second, segment{server: true, text: ok}, `GET http://api.example/a?b=1 "" no answer was captured`},
	} {
		var packets []sent
		for _, s := range tt.early {
			packets = append(packets, sent{segment: s})
		}
		for i := len(packets); i < flushEvery; i++ {
			packets = append(packets, sent{at: tt.at, segment: segment{port: 1, text: "x"}})
		}
		packets = append(packets, sent{at: tt.at, segment: tt.late})
		got := slices.DeleteFunc(lines(Read(bytes.NewReader(captureOf(t, packets...)), "x")), func(s string) bool { return strings.HasPrefix(s, "skipped") })
		if !slices.Contains(got, tt.want) || len(got) != 1 {
			t.Errorf("%s: %q, want %s", tt.name, got, tt.want)
		}
	}
}

// TestOutOfOrder keeps up to 2,048 segments of a connection until the one before them comes.
func TestOutOfOrder(t *testing.T) {
	for n, want := range map[int]string{2000: `GET http://api.example/a?b=1 "" 200`, 2100: `GET http://api.example/a?b=1 "" no answer was captured`} {
		head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", n)
		packets := []sent{{segment: segment{text: get}}, {segment: segment{server: true, seq: -1, syn: true}}}
		for i := range n {
			packets = append(packets, sent{segment: segment{server: true, seq: len(head) + i, text: "x"}})
		}
		packets = append(packets, sent{at: time.Second, segment: segment{server: true, text: head}})
		if got := lines(Read(bytes.NewReader(captureOf(t, packets...)), "x")); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%d segments: %.200q, want %s", n, got, want)
		}
	}
}

// TestLargePacket skips packets of more than 1 MiB.
func TestLargePacket(t *testing.T) {
	for size, want := range map[int]int{1 << 20: 1, 1<<20 + 1: 0} {
		var b bytes.Buffer
		w := pcapgo.NewWriter(&b)
		if err := w.WriteFileHeader(1<<21, layers.LinkTypeEthernet); err != nil {
			t.Fatal(err)
		}
		data := append(packet(t, segment{text: get}), make([]byte, size)...)[:size] // padded
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: start, CaptureLength: size, Length: size}, data); err != nil {
			t.Fatal(err)
		}
		if got := lines(Read(&b, "x")); len(got) != want {
			t.Errorf("a packet of %d bytes: %q", size, got)
		}
	}
}

// TestSeen counts the packets of a capture.
func TestSeen(t *testing.T) {
	whole := captureOf(t, sent{segment: segment{syn: true}}, sent{cut: 3, segment: segment{seq: 1, text: get}}, sent{segment: segment{server: true, text: ok}},
		sent{segment: segment{port: 1, text: "\x16\x03"}})
	for cut, want := range map[int]Seen{0: {Packets: 4, Data: 3, Partial: 1}, 1: {Packets: 3, Data: 2, Partial: 1, Cut: 4}} {
		r := Read(bytes.NewReader(whole[:len(whole)-cut]), "x")
		for range r.Flows() {
		}
		if got := r.Seen(); got != want {
			t.Errorf("%d bytes cut off: %+v, want %+v", cut, got, want)
		}
	}
}

// TestMalformedPacket names the packet that cannot be read, after the flows before it.
func TestMalformedPacket(t *testing.T) {
	data := append(captureOf(t, sent{segment: segment{text: get}}, sent{segment: segment{server: true, text: ok}}), make([]byte, 8)...)
	data = append(data, 0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0) // a length of 16 MB
	got := lines(Read(bytes.NewReader(append(data, make([]byte, 99)...)), "x"))
	if len(got) != 2 || !strings.HasSuffix(got[0], `200 "ok"`) || !strings.HasPrefix(got[1], "packet 3: ") {
		t.Errorf("got %q", got)
	}
}

// TestStop stops after the first of two flows.
func TestStop(t *testing.T) {
	n := 0
	for range Read(bytes.NewReader(capture(t, false, segment{text: get + post}, segment{server: true, text: ok + ok})), "x").Flows() {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d flows", n)
	}
}

// TestIsCapture tells captures from other files.
func TestIsCapture(t *testing.T) {
	for head, want := range map[string]bool{
		"\xd4\xc3\xb2\xa1": true, "\xa1\xb2\xc3\xd4": true, "\x4d\x3c\xb2\xa1": true, "\xa1\xb2\x3c\x4d": true, "\n\r\r\n": true, "\xd4\xc3\xb2": false, "": false, "GET ": false,
	} {
		if IsCapture([]byte(head)) != want {
			t.Errorf("%q is not %v", head, want)
		}
	}
}

// TestClient tells the client by the first bytes of a connection.
func TestClient(t *testing.T) {
	for text, want := range map[string]int{
		"GET / HTTP/1.1\r\n": 1, "GET / HTTP/1.0\n": 1, "\r\nGET / HTTP/1.1\r\n": 1, "PROPFINDPROPFINDPROP /": 1, "GET /part": 1, "GET ": 1, "HTTP/1.1 200 OK": 0,
		"get / HTTP/1.1\r\n": unknown, "PROPFINDPROPFINDPROPX /": unknown, "G / HTTP/1.1\r\n": unknown, "GET / HTTP/2.0\r\n": unknown, "HTTP/2": unknown, "GET": unknown, "": unknown,
	} {
		s := &stream{client: unknown}
		if found := s.findClient(1, []byte(text)); s.client != want || found != (want != unknown) || found && s.last != want {
			t.Errorf("%q: the client is %d, found %v, want %d", text, s.client, found, want)
		}
	}
}

// TestExactLimits takes what is as large as may be, and nothing larger.
func TestExactLimits(t *testing.T) {
	for _, tt := range []struct {
		name           string
		buffered, size int
		want           bool
	}{
		{"the largest exchange", 0, maxExchange, true}, {"a larger one", 0, maxExchange + 1, false},
		{"the most of all", maxBuffered - 1000, 1000, true}, {"more of all", maxBuffered - 1000, 1001, false},
	} {
		r := &Reader{buffered: tt.buffered}
		s := &stream{r: r, client: unknown, addrs: [2]string{"a", "b"}}
		data := make([]byte, tt.size)
		copy(data, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n")
		s.add(0, data[:500], start)
		s.add(0, data[500:], start)
		if ok := len(r.ready) == 0; ok != tt.want {
			t.Errorf("%s: %v", tt.name, r.ready)
		}
		if !tt.want && (!errors.Is(r.ready[0].err, exchange.ErrTooLarge) || fmt.Sprint(r.ready[0].err) != "entry 0: connection of a and b: the exchange, or all at once: too large") {
			t.Errorf("%s: %v", tt.name, r.ready[0].err)
		}
		if s.end(); r.buffered != tt.buffered {
			t.Errorf("%s: %d bytes are counted at the end", tt.name, r.buffered-tt.buffered)
		}
	}
}
