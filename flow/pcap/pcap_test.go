package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/exchange"
	"github.com/spectap/spectap/internal/test/must"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// segment is a segment of the connection of a client with a server, or of another one.
type segment struct {
	server bool // it sent this
	seq    int  // of its first byte
	text   string
	syn    bool
	fin    bool
	port   int // of the client, if another connection
}

// capture returns a file with the segments, 10 ms apart.
func capture(t testing.TB, ng bool, segments ...segment) []byte {
	t.Helper()
	var b bytes.Buffer
	old := pcapgo.NewWriter(&b)
	write := old.WritePacket
	if ng {
		w := must.Get(pcapgo.NewNgWriter(&b, layers.LinkTypeEthernet))
		write = func(info gopacket.CaptureInfo, data []byte) error {
			return errors.Join(w.WritePacket(info, data), w.Flush())
		}
	} else {
		must.Do(t, old.WriteFileHeader(1<<16, layers.LinkTypeEthernet))
	}
	for i, s := range segments {
		data := packet(t, s)
		info := gopacket.CaptureInfo{Timestamp: start.Add(time.Duration(i) * 10 * time.Millisecond), CaptureLength: len(data), Length: len(data)}
		must.Do(t, write(info, data))
	}
	return b.Bytes()
}

func packet(t testing.TB, s segment) []byte {
	t.Helper()
	client, server := net.IPv4(10, 0, 0, 1), net.IPv4(10, 0, 0, 2)
	port := layers.TCPPort(40000 + s.port)
	ip := layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: client, DstIP: server}
	tcp := layers.TCP{SrcPort: port, DstPort: 8080, Seq: uint32(1000 + s.seq), SYN: s.syn, FIN: s.fin, ACK: true, Window: 1 << 15}
	if s.server {
		ip.SrcIP, ip.DstIP, tcp.SrcPort, tcp.DstPort = server, client, 8080, port
	}
	must.Do(t, tcp.SetNetworkLayerForChecksum(&ip))
	eth := layers.Ethernet{SrcMAC: make(net.HardwareAddr, 6), DstMAC: make(net.HardwareAddr, 6), EthernetType: layers.EthernetTypeIPv4}
	out := gopacket.NewSerializeBuffer()
	err := gopacket.SerializeLayers(out, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, &eth, &ip, &tcp, gopacket.Payload(s.text))
	must.Do(t, err)
	return out.Bytes()
}

// lines describes what a reader yields.
func lines(r *Reader) (out []string) {
	for f, err := range r.Flows() {
		if err != nil {
			out = append(out, err.Error())
			continue
		}
		out = append(out, line(&f))
	}
	if r.Skipped() > 0 {
		out = append(out, fmt.Sprintf("skipped %d", r.Skipped()))
	}
	return out
}

func line(f *flow.Flow) string {
	s := fmt.Sprintf("%s %s %q", f.Request.Method, f.Request.URL(), f.Request.Body.Data)
	if r := f.Response; r != nil {
		s += fmt.Sprintf(" %d %q", r.Status, r.Body.Data)
		if r.Body.Truncated {
			s += " cut"
		}
	}
	if f.Err != "" {
		s += " " + f.Err
	}
	return s
}

const (
	get  = "GET /a?b=1 HTTP/1.1\r\nHost: api.example\r\n\r\n"
	post = "POST /b HTTP/1.1\r\nHost: api.example\r\nContent-Length: 5\r\n\r\nhello"
	ok   = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
)

// TestFlows checks the flows of connections as they occur.
func TestFlows(t *testing.T) {
	client := func(seq int, text string) segment { return segment{seq: seq, text: text} }
	server := func(seq int, text string) segment { return segment{server: true, seq: seq, text: text} }
	chunked := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
	const bad = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
	const gotA, gotB = `GET http://api.example/a?b=1 "" 200 "ok"`, `POST http://api.example/b "hello" 200 "ok"`
	for _, tt := range []struct {
		name     string
		segments []segment
		want     []string
	}{
		{"a connection", []segment{{syn: true}, {server: true, syn: true}, client(1, get), server(1, ok), {seq: 1 + len(get), fin: true}}, []string{gotA}},
		{"kept alive", []segment{client(0, get), server(0, ok), client(len(get), post), server(len(ok), chunked)}, []string{gotA, gotB}},
		{"pipelined", []segment{client(0, get+post), server(0, ok+ok)}, []string{gotA, gotB}},
		{"in pieces, out of order, sent again", []segment{
			{seq: -1, syn: true}, {server: true, seq: -1, syn: true},
			client(0, get[:10]), client(20, get[20:]), client(10, get[10:20]), client(0, get), server(10, ok[10:]), server(0, ok[:10]), server(0, ok),
		}, []string{gotA}},
		{"two connections", []segment{client(0, get), {text: post, port: 1}, {server: true, text: ok, port: 1}, server(0, ok)}, []string{gotA, gotB}},
		{"no answer", []segment{client(0, get)}, []string{`GET http://api.example/a?b=1 "" no answer was captured`}},
		{"a missing segment", []segment{client(0, get), server(0, ok[:len(ok)-1]), client(len(get), get), server(len(ok)+5, "x"), {server: true, seq: len(ok) + 6, fin: true}},
			[]string{`GET http://api.example/a?b=1 "" 200 "o" cut the capture lacks the end of the exchange`,
				`GET http://api.example/a?b=1 "" no answer was captured`}},
		{"until the end", []segment{client(0, get), server(0, "HTTP/1.0 200 OK\r\n\r\nabc")}, []string{`GET http://api.example/a?b=1 "" 200 "abc"`}},
		{"begins with an answer", []segment{server(0, bad), client(0, get), server(len(bad), ok)}, []string{gotA}},
		{"to a proxy", []segment{client(0, strings.Replace(get, "/a", "http://other.example/a", 1)), server(0, ok)},
			[]string{`GET http://other.example/a?b=1 "" 200 "ok"`}},
		{"no host", []segment{client(0, "GET /x HTTP/1.0\r\n\r\n"), server(0, ok)}, []string{`GET http://10.0.0.2:8080/x "" 200 "ok"`}},
		{"no host, begins with an answer", []segment{server(0, ok), client(0, "GET /x HTTP/1.0\r\n\r\n"), server(len(ok), ok)}, []string{`GET http://10.0.0.2:8080/x "" 200 "ok"`}},
		{"a bad host", []segment{client(0, "GET / HTTP/1.1\r\nHost: a\"b\r\n\r\n"), server(0, ok), client(30, get)},
			[]string{`entry 1: connection of 10.0.0.1:40000 and 10.0.0.2:8080: host "a\"b": bad host name`}},
		{"a WebSocket", []segment{
			client(0, get), server(0, "HTTP/1.1 101 Switching Protocols\r\n\r\n"), client(len(get), "\x81\x01x"), client(len(get)+3, get),
		}, []string{`GET http://api.example/a?b=1 "" 101 ""`}},
		{"TLS", []segment{client(0, "\x16\x03\x01\x00\x05hello")}, []string{"skipped 1"}},
		{"HTTP/2", []segment{client(0, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")}, []string{"skipped 1"}},
		{"a tunnel", []segment{client(0, "CONNECT x.example:443 HTTP/1.1\r\n\r\n"), server(0, "HTTP/1.1 200 OK\r\n\r\n"), client(34, "\x16\x03")},
			[]string{"skipped 1"}},
		{"a tunnel to an address", []segment{client(0, "CONNECT 192.0.2.7:443 HTTP/1.1\r\n\r\n"), server(0, "HTTP/1.1 200 OK\r\n\r\n"), client(34, "\x16\x03")},
			[]string{"skipped 1"}},
		{"a bad answer", []segment{client(0, get), server(0, "not HTTP at all\r\n\r\n")},
			[]string{`entry 1: connection of 10.0.0.1:40000 and 10.0.0.2:8080: not a status line: "not HTTP at all"`}},
		{"a bad request", []segment{client(0, "GET /a HTTP/1.1\r\nno colon\r\n\r\n"), server(0, bad), client(40, get), server(len(bad), ok)},
			[]string{`entry 1: connection of 10.0.0.1:40000 and 10.0.0.2:8080: not a header field: "no colon"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, ng := range []bool{false, true} {
				got := lines(Read(bytes.NewReader(capture(t, ng, tt.segments...)), "import:x"))
				if fmt.Sprint(got) != fmt.Sprint(tt.want) {
					t.Errorf("pcapng %v:\n got %s\nwant %s", ng, strings.Join(got, "\n     "), strings.Join(tt.want, "\n     "))
				}
			}
		})
	}
}

// TestRealCapture reads what tcpdump wrote of curl and a server of Python.
func TestRealCapture(t *testing.T) {
	f := must.Get(os.Open("testdata/curl.pcap"))
	defer f.Close()
	got := lines(Read(f, ""))
	want := []string{
		`GET http://127.0.0.1:8765/a.json "" 200 "{\"a\":1}\n"`,
		`GET http://127.0.0.1:8765/a.json?x=2 "" 200 "{\"a\":1}\n"`,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %s", strings.Join(got, "\n"))
	}
}

// TestBadFiles checks files that are not captures, and one that was cut off.
func TestBadFiles(t *testing.T) {
	whole := capture(t, false, segment{text: get}, segment{server: true, text: ok}, segment{seq: len(get), text: post})
	if got := lines(Read(bytes.NewReader(whole[:len(whole)-3]), "")); len(got) != 1 || !strings.Contains(got[0], "200") {
		t.Errorf("cut off: %q", got)
	}
	clear(whole[36:40]) // the length of the first packet as it was sent
	if got := lines(Read(bytes.NewReader(whole), "")); len(got) != 2 || !strings.Contains(got[0], "200") {
		t.Errorf("sent less than captured: %q", got)
	}
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("hello"), "only a magic": whole[:4], "half a head": whole[:20], "half a head of pcapng": capture(t, true, segment{})[:20]} {
		var err error
		for _, err = range Read(bytes.NewReader(data), "").Flows() {
		}
		if !errors.Is(err, ErrNotCapture) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnordered reads a connection whose packets are in a random order in the file.
func TestUnordered(t *testing.T) {
	var segments []segment
	var want []string
	for i, asked, answered := 0, 0, 0; i < 3000; i++ {
		request := fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: api.example\r\n\r\n", i)
		segments = append(segments, segment{seq: asked, text: request}, segment{server: true, seq: answered, text: ok})
		asked, answered = asked+len(request), answered+len(ok)
		want = append(want, fmt.Sprintf(`GET http://api.example/%d "" 200 "ok"`, i))
	}
	file := capture(t, false, segments...)
	parts := [][]byte{}
	for rest := file[24:]; len(rest) > 0; {
		n := 16 + binary.LittleEndian.Uint32(rest[8:])
		parts, rest = append(parts, rest[:n]), rest[n:]
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	file = slices.Concat(file[:24], slices.Concat(parts...))
	if got := lines(Read(bytes.NewReader(file), "test")); !slices.Equal(got, want) {
		t.Errorf("%d flows, want %d", len(got), len(want))
	}
}

// TestAlternating checks that the work stays linear when both sides alternate within an exchange:
// it would take minutes if each segment were a reason to read the exchange again.
func TestAlternating(t *testing.T) {
	head := "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n"
	r := &Reader{}
	s := &stream{r: r, client: unknown}
	began := time.Now()
	s.add(0, []byte(head), start)
	for range 300_000 {
		s.add(0, []byte("0123456789"), start)
		s.add(1, []byte("x"), start)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("took %v", took)
	}
	s.end()
	if r.buffered != 0 {
		t.Errorf("%d bytes are counted after the end", r.buffered)
	}
}

// TestManyConnections opens more connections than are kept: those that are idle are closed, and the
// others go on.
func TestManyConnections(t *testing.T) {
	var segments []segment
	for i := range maxStreams + 1 {
		segments = append(segments, segment{port: i, text: get})
	}
	segments = append(segments, segment{port: maxStreams, server: true, text: ok})
	answered, open := 0, 0
	for f, err := range Read(bytes.NewReader(capture(t, false, segments...)), "x").Flows() {
		switch {
		case err != nil:
			t.Fatal(err)
		case f.Response != nil:
			answered++
		default:
			open++
		}
	}
	if answered != 1 || open != maxStreams {
		t.Errorf("%d with an answer, and %d without", answered, open)
	}
}

// TestTooLarge checks the limit of one exchange.
func TestTooLarge(t *testing.T) {
	r := &Reader{}
	s := &stream{r: r, client: unknown}
	s.add(0, []byte(get), start)
	piece := make([]byte, 1<<20)
	for range maxExchange>>20 + 2 {
		s.add(1, piece, start)
	}
	if len(r.ready) != 1 || !errors.Is(r.ready[0].err, exchange.ErrTooLarge) || r.buffered != 0 {
		t.Errorf("%v, %d buffered", r.ready, r.buffered)
	}
}

// A capture may end after any byte of a request, and of a response. What it has of them is a request
// with a method, or an error.
func TestCutAtAnyByte(t *testing.T) {
	for n := 1; n <= len(post); n++ {
		r := Read(bytes.NewReader(capture(t, false, segment{text: get}, segment{server: true, text: ok}, segment{seq: len(get), text: post[:n]})), "x")
		flows, failed := 0, 0
		for f, err := range r.Flows() {
			switch {
			case err != nil:
				failed++
			case f.Request.Method == "" || f.Request.Path == "":
				t.Errorf("cut at %d: a request %+v", n, f.Request)
			default:
				flows++
			}
		}
		line := strings.Index(post, "\n") + 1
		if want := n >= line; flows == 2 != want || failed == 1 == want {
			t.Errorf("cut at %d of %d: %d flows and %d errors", n, line, flows, failed)
		}
	}
}

// FuzzRead checks that no file stops the reader or makes it keep bytes.
func FuzzRead(f *testing.F) {
	f.Add(capture(f, false, segment{text: get}, segment{server: true, text: ok}))
	f.Add(capture(f, true, segment{text: get}, segment{server: true, text: ok}, segment{seq: len(get), text: post}))
	if data, err := os.ReadFile("testdata/curl.pcap"); err == nil {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := Read(bytes.NewReader(data), "x")
		for f, err := range r.Flows() {
			if err == nil && f.Request.Method == "" {
				t.Error("a request without a method")
			}
		}
		if r.buffered != 0 {
			t.Errorf("%d bytes are counted after the end", r.buffered)
		}
	})
}

// TestBlocks reads files of pcapng with blocks that would take memory: more interfaces than any
// machine has, at once and with a packet after every few, and blocks of other kinds and sizes.
func TestBlocks(t *testing.T) {
	good := capture(t, true, segment{seq: 1, text: "GET / HTTP/1.1\r\nHost: h\r\n\r\n"})
	head := binary.LittleEndian.Uint32(good[4:])
	size := binary.LittleEndian.Uint32(good[head+4:])
	section, description, packets := good[:head], good[head:head+size], good[head+size:]
	described := func(n int) []byte { return bytes.Repeat(description, n) }
	most := (maxDescribed - len(section)) / len(description)
	block := func(typ uint32, size int, content ...uint32) []byte {
		out := make([]byte, size)
		for i, x := range append([]uint32{typ, uint32(size)}, content...) {
			binary.LittleEndian.PutUint32(out[4*i:], x)
		}
		return out
	}
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"few":               {slices.Concat(section, described(100), packets), ""},
		"as many as may be": {slices.Concat(section, described(most), packets), ""},
		"one more":          {slices.Concat(section, described(most+1), packets), "that describe interfaces"},
		"a few a time":      {slices.Concat(section, bytes.Repeat(slices.Concat(described(100), packets), most/100+1)), "that describe interfaces"},
		"names, unreadable": {slices.Concat(section, description, block(4, 64, 0xffff0001), packets), ""},
		"a huge packet":     {slices.Concat(section, description, block(blockEnhanced, 2*maxPacket, 0, 0, 0, 2*maxPacket-32, 2*maxPacket-32), packets), ""},
		"a false length":    {slices.Concat(section, description, block(blockSimple, 16, 1<<31), packets), ""},
		"sent less":         {slices.Concat(section, description, block(blockEnhanced, 36, 0, 0, 0, 4, 0), packets), ""},
		"broken options":    {slices.Concat(section, description, block(blockEnhanced, 40, 0, 0, 0, 4, 4, 0, 0x7fff0001), packets), ""},
		"version 1.2":       {slices.Concat(section[:14], []byte{2, 0}, section[16:], description, packets), ""},
		"another":           {slices.Concat(section, description, block(blockEnhanced, 40, 0, 0, 0, 9, 9), packets), "a packet of 9 bytes in a block of 40"},
		"a short block":     {slices.Concat(section, description, block(blockEnhanced, 8), packets), "a block of 8 bytes"},
	} {
		flows, failed, r := 0, error(nil), Read(bytes.NewReader(tt.file), "test")
		for _, err := range r.Flows() {
			failed = errors.Join(failed, err)
			flows++
		}
		if (failed != nil) != (tt.want != "") || failed != nil && !strings.Contains(failed.Error(), tt.want) || flows == 0 || (r.Seen().Partial > 0) != (name == "a huge packet") {
			t.Errorf("%s: %d, %v, %+v, want %q", name, flows, failed, r.Seen(), tt.want)
		}
	}
}
